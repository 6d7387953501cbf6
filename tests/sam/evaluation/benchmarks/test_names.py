"""Measuring names: what counts, where, and that only held-out photos do."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import sam
from sam.backends.nano_names import NanoNames
from sam.detection.vocabulary import INDEX
from sam.evaluation.benchmarks.names import COMMON, Sums, case_of, measure, outside, pooled, table, validation_cases
from sam.training.coco import read_folder
from sam.training.names.truth import Rule
from sam.training.split import is_validation

from ...subjects import draw_folder, scene


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("drawn")
    draw_folder(root / "shapes", 30)
    return root


TRUTH = np.zeros((8, 8), bool)
TRUTH[:4] = True
ALL, NONE = np.ones((8, 8), bool), np.zeros((8, 8), bool)


@pytest.mark.parametrize(
    ("answer", "truth", "known", "expected"),
    [
        (TRUTH, TRUTH, ALL, {"images": 1, "iou": 1, "precision": 1}),
        (ALL, TRUTH, ALL, {"images": 1, "iou": 0.5, "precision": 0.5}),
        (ALL, TRUTH, TRUTH, {"images": 1, "iou": 1, "precision": 1}),
        (NONE, TRUTH, ALL, {"images": 1, "iou": 0}),
        (ALL, None, ALL, {"images": 0, "precision": 0, "without": 1, "imagined": 1}),
        (NONE, None, ALL, {"images": 0, "without": 1, "imagined": 0}),
    ],
    ids=["right", "too much", "unknown does not count", "missed", "imagined", "rightly nothing"],
)
def test_what_one_answer_gets(
    answer: np.ndarray, truth: np.ndarray | None, known: np.ndarray, expected: dict[str, float]
) -> None:
    sums = Sums()
    sums.add(answer, truth, known)
    assert sums.figures() == expected


def test_sets_are_pooled() -> None:
    one, other = Sums([1.0], [1.0], [True]), Sums([0.0], [], [False])
    assert pooled({"a": {"car": one}, "b": {"car": other}})["car"].figures() == {
        "images": 2,
        "iou": 0.5,
        "precision": 1,
        "without": 2,
        "imagined": 0.5,
    }


def test_common_names_exist() -> None:
    assert set(COMMON) <= set(INDEX)
    assert len(COMMON) == 10


def test_outside_of_a_box() -> None:
    mask = np.zeros((6, 6), bool)
    mask[1, 2] = mask[3, 4] = True
    assert (~outside(mask)).sum() == 9


def test_a_part_tells_of_its_whole_and_what_hides_it(drawn: Path) -> None:
    photo = read_folder(drawn / "shapes")[0]
    ball, dot = scene(0)[1]
    rule = Rule({"ball": ("car",), "dot": ("wheel", "car")}, ("wheel",), ("car",), {"dot": ("car",)}, bounded=("car",))
    case = case_of(photo, rule, {1: "ball", 2: "dot"})
    assert (case.masks["car"] == (ball & ~dot)).all()
    assert (case.masks["wheel"] == dot).all()
    assert set(case.known) == {"car", "wheel"}, "nobody can say whether there is a person"
    assert case.known["wheel"].all()
    assert (case.known["car"] == (ball | dot | outside(ball))).all()


def test_only_held_out_photos_are_measured(drawn: Path) -> None:
    held_out = sum(is_validation(f"scene{number}.png") for number in range(30))
    assert len(list(validation_cases(drawn / "shapes", 100))) == held_out > 1
    assert len(list(validation_cases(drawn / "shapes", 1))) == 1


def test_figures_of_the_shipped_model(drawn: Path) -> None:
    results = measure(sam.load_model("nano-names", NanoNames), drawn, 2, 0.0)
    assert set(results) == {"masks", "boxes", "map"}
    for sets in results.values():
        assert len(sets["shapes"]["sports ball"].iou) == 2
    text = table(results)
    assert "| masks | sports ball | all | 2 |" in text
    assert "**all names**" in text


def test_sets_without_names_are_an_error(tmp_path: Path, drawn: Path) -> None:
    finder = sam.load_model("nano-names", NanoNames)
    (tmp_path / "none" / "images").mkdir(parents=True)
    data = json.loads((drawn / "shapes" / "annotations.json").read_text())
    data["categories"] = [{"id": 1, "name": "blob"}, {"id": 2, "name": "dot"}]
    (tmp_path / "none" / "annotations.json").write_text(json.dumps(data))
    with pytest.raises(sam.SamError, match=r"expected held-out photos with things that sam/.*/vocabulary\.py lists"):
        measure(finder, tmp_path, 2, 0.3)


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sam.evaluation.benchmarks.names", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=Path(sam.__file__).parents[1])


@pytest.mark.slow
def test_the_command_prints_a_table_and_writes_json(drawn: Path, tmp_path: Path) -> None:
    done = run("--data", drawn, "--photos", 1, "--methods", "map", "--json", tmp_path / "figures.json")
    assert done.returncode == 0, done.stderr
    assert "| map | sports ball | all | 1 |" in done.stdout
    assert json.loads((tmp_path / "figures.json").read_text())["map"]["shapes"]["sports ball"]["images"] == 1
    bad = run("--data", tmp_path / "nowhere")
    assert bad.returncode == 1
    assert "Traceback" not in bad.stderr
