"""What clicks come to, on answers that are known, and the command on drawn photos."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sam.errors import SamError
from sam.evaluation.benchmarks.convergence import CLICKS, figures, table
from sam.evaluation.clicker import Clicking

from ...subjects import draw_folder


def run(ious: list[float], labels: list[int], answers: list[bool]) -> Clicking:
    """A run whose clicks all go to one pixel, which the answers have or have not."""
    masks = []
    for answer in answers:
        mask = np.zeros((4, 4), bool)
        mask[2, 1] = answer
        masks.append(mask)
    return Clicking(ious, [np.array([1.5, 2.5], np.float32)] * len(ious), labels, masks)


def test_clicks_spots_and_corrections_that_harm() -> None:
    good = run([0.5, 0.86, 0.855, 0.91], [1, 0, 1, 0], [True, False, True, False])
    bad = run([0.6, 0.5, 0.55], [1, 0, 1], [True, True, False])
    got = figures([good, bad])
    assert (got.objects, got.noc_85, got.noc_90) == (2, (2 + 20) / 2, (4 + 20) / 2)
    assert got.own_spot == pytest.approx(5 / 7)
    assert got.lower == pytest.approx(1 / 5), ".005 less is no harm, .1 is"
    assert (got.first, got.third) == (pytest.approx(0.55), pytest.approx((0.855 + 0.55) / 2))
    assert got.last == pytest.approx((0.91 + 0.55) / 2), "where no error was left, the last answer counts on"


def test_one_click_has_no_corrections() -> None:
    assert figures([run([1.0], [1], [True])]).lower == 0


def test_no_objects_is_said() -> None:
    with pytest.raises(SamError, match="found none"):
        figures([])


def test_the_mean_is_over_sets() -> None:
    one, other = run([0.2], [1], [True]), run([0.8], [1], [False])
    last = table({"a": [one, one, one], "b": [other]}).splitlines()[-1]
    assert [cell.strip() for cell in last.split("|")][1:6] == ["**mean of sets**", "4", "20.00", "20.00", "0.500"]
    assert "0.500" in last
    assert "mean" not in table({"a": [one]})


def test_the_command_on_drawn_photos(tmp_path: Path) -> None:
    draw_folder(tmp_path / "shapes", 12)
    file = tmp_path / "figures.json"
    command = [sys.executable, "-m", "sam.evaluation.benchmarks.convergence", "--data", str(tmp_path / "shapes")]
    options = ["--photos", "1", "--objects", "1", "--all", "--json", str(file)]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    got = json.loads(file.read_text())["shapes"]
    assert got["objects"] == 1
    assert got["own_spot"] == 1.0, "the embedded model obeys each of its ten clicks"
    assert f"IoU at {CLICKS}" in done.stdout


def test_nothing_to_measure_is_said(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sam.evaluation.benchmarks.convergence", "--data", str(tmp_path / "none")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 1
    assert "expected" in done.stderr
    assert "Traceback" not in done.stderr
