"""The evaluation runs a real model on drawn photos, on validation photos only, and its table adds up."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import sam
from sam.evaluation.__main__ import table
from sam.evaluation.evaluate import average, cases, measure_classics, measure_model, validation_photos
from sam.training.split import is_validation


def test_only_held_out_photos_are_measured(data: Path) -> None:
    photos = validation_photos(data / "shapes", 100)
    assert photos
    assert all(is_validation(photo.path.name) for photo in photos)


def test_cases_have_a_click_inside_and_a_tight_box(data: Path) -> None:
    photo = validation_photos(data / "shapes", 1)[0]
    found = list(cases(photo, 8, 50))
    assert found
    for case in found:
        x, y = case.click
        assert case.mask[int(y), int(x)]
        x0, y0, x1, y1 = case.box.astype(int)
        assert case.mask[y0:y1, x0:x1].sum() == case.mask.sum()
        assert case.mask[y0].any()
        assert case.mask[:, x1 - 1].any()


def test_no_more_objects_than_asked_for(data: Path) -> None:
    photo = validation_photos(data / "shapes", 1)[0]
    assert len(list(cases(photo, 2, 50))) == 2
    assert list(cases(photo, 8, 10**9)) == []


def test_figures_of_a_model_and_of_the_classics(data: Path) -> None:
    photo = validation_photos(data / "shapes", 1)[0]
    rows = measure_model(sam.load_model("nano"), photo, 2, 50)
    assert set(rows[0]) == {"box", "click top", "click oracle", "click single", "5 clicks"}
    assert all(0 <= value <= 1 for row in rows for value in row.values())
    assert all(row["click oracle"] >= row["click top"] for row in rows)
    classics = measure_classics(photo, 2, 50)
    assert len(classics) == len(rows)
    assert np.mean([row["region oracle"] for row in classics]) > 0.5, "flat shapes are one region each"


def test_average_and_table_add_up() -> None:
    first = average([{"box": 0.5}, {"box": 1.0}])
    assert first == {"box": 0.75, "objects": 2}
    assert average([]) == {}
    text = table({"a": first, "b": {"box": 0.25, "objects": 1}})
    assert "| a | 2 | 0.750 |" in text
    assert "**0.500**" in text


def test_the_command_prints_a_table_and_writes_json(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "figures.json"
    command = ["-m", "sam.evaluation", "--data", data, "--photos", "1", "--objects", "1", "--json", out]
    run = subprocess.run(
        [sys.executable, *map(str, command)], capture_output=True, text=True, cwd=Path(sam.__file__).parents[1]
    )
    assert run.returncode == 0, run.stderr
    assert "| shapes |" in run.stdout
    assert json.loads(out.read_text())["shapes"]["objects"] == 1


@pytest.mark.parametrize("limit", [0, 1])
def test_the_limit_of_photos_holds(data: Path, limit: int) -> None:
    assert len(validation_photos(data / "shapes", limit)) == limit
