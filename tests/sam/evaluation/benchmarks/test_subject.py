"""The measures of salient-object detection against their definitions, and the command on drawn photos."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from skimage import data

import sam
from sam.evaluation.benchmarks.subject import (
    THRESHOLDS,
    Sums,
    as_map,
    centred_ellipse,
    centred_grabcut,
    curves,
    f_measure,
    mean_of_sets,
    measure,
    middle_click,
    subject_map,
    table,
    validation_cases,
)
from sam.training.split import is_validation
from sam.training.subject.truth import Truth, nothing

from ...subjects import draw_folder, scene


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("subjects")
    draw_folder(root / "shapes", 30)
    return root


def test_curves_are_precision_and_recall_above_each_threshold() -> None:
    random = np.random.default_rng(0)
    p = random.random(500).astype(np.float32)
    p[:20], p[20:40] = 0, 1
    truth = random.random(500) < p
    precision, recall = curves(p, truth)
    for k in (0, 1, 40, 127, 128, 254, 255):
        on = p > THRESHOLDS[k]
        assert recall[k] == pytest.approx((on & truth).sum() / truth.sum(), abs=1e-6)
        assert precision[k] == pytest.approx((on & truth).sum() / max(1, on.sum()), abs=1e-6)


@pytest.mark.parametrize(("precision", "recall", "expected"), [(1, 1, 1), (0, 0, 0), (0.5, 1, 0.565), (1, 0.5, 0.8125)])
def test_f_measure_weighs_precision_more(precision: float, recall: float, expected: float) -> None:
    assert f_measure(np.array([precision]), np.array([recall]))[0] == pytest.approx(expected, abs=1e-3)


def test_a_perfect_and_an_empty_answer() -> None:
    mask = scene(0)[1][0]
    truth = Truth(mask, np.ones_like(mask))
    right, empty = Sums(), Sums()
    right.add(mask.astype(np.float32), truth)
    empty.add(np.zeros(mask.shape, np.float32), truth)
    figures = right.figures()
    assert [figures[key] for key in ("photos", "iou", "f max", "f 0.5", "mae", "found")] == [1, 1, 1, 1, 0, 1]
    figures = empty.figures()
    assert [figures[key] for key in ("iou", "f max", "found")] == [0, 0, 0]
    assert figures["mae"] == pytest.approx(mask.mean())


def test_only_known_pixels_count() -> None:
    mask = scene(0)[1][0]
    answer = mask.astype(np.float32)
    answer[:40] = 1 - answer[:40]
    known = np.ones_like(mask)
    known[:40] = False
    sums = Sums()
    sums.add(answer, Truth(mask, known))
    assert sums.figures()["iou"] == 1
    assert sums.figures()["mae"] == 0


def test_photos_without_a_subject_measure_imagination_only() -> None:
    sums = Sums()
    for value in (0.0, 1.0, 0.0, 0.0):
        sums.add(np.full((8, 8), value, np.float32), nothing((8, 8)))
    assert sums.figures() == {"without": 4, "imagined": 0.25}


def test_the_ellipse_is_centred_and_has_its_area() -> None:
    answer = centred_ellipse(np.zeros((90, 150, 3), np.uint8))
    assert answer.mean() == pytest.approx(np.pi / 4 * (2 / 3) ** 2, abs=0.01)
    assert (answer == answer[::-1, ::-1]).all()


def test_grabcut_finds_a_ball() -> None:
    image, masks = scene(3)
    sums = Sums()
    sums.add(centred_grabcut(image), Truth(masks[0], np.ones_like(masks[0])))
    assert sums.figures()["iou"] > 0.7


@pytest.mark.parametrize("number", [1, 2])
def test_a_map_is_on_its_masks_side_of_a_half(number: int) -> None:
    image, _ = scene(number)
    nano = sam.load_model("nano")
    found = nano.predict(nano.embed(image), points=[[image.shape[1] / 2, image.shape[0] / 2]], labels=[1]).best()
    answer = as_map(found, nano, image)
    assert answer.shape == image.shape[:2]
    assert ((answer > 0.5) == found.masks[0]).all()
    assert 0 <= answer.min() < answer.max() <= 1
    assert len(np.unique(answer)) > 10, "probabilities, not a mask"
    assert (middle_click(nano)(image) == answer).all()
    assert set(np.unique(as_map(sam.Masks(found.masks), nano, image))) <= {0, 1}


def test_the_models_own_answer_is_measured() -> None:
    finder, nano = sam.load_model("nano-subject", sam.SubjectFinder), sam.load_model("nano")
    for image in (data.coffee(), np.full((64, 64, 3), 128, np.uint8)):
        found = finder.find_subject(image)
        answer = subject_map(finder, nano)(image)
        assert answer.shape == image.shape[:2]
        assert ((answer > 0.5) == found.union()).all()
        assert bool(answer.any()) == bool(len(found))


def test_only_held_out_photos_are_measured(drawn: Path) -> None:
    held_out = [number for number in range(30) if is_validation(f"scene{number}.png")]
    cases = list(validation_cases(drawn / "shapes", 100))
    assert len(cases) == len(held_out) > 1
    for case in cases:
        assert any(
            (case.truth.mask.shape == scene(n)[1][0].shape and (case.image == scene(n)[0]).all()) for n in held_out
        )
    assert len(list(validation_cases(drawn / "shapes", 1))) == 1
    assert list(validation_cases(drawn / "shapes", 0)) == []


def test_figures_by_set_and_the_mean(drawn: Path) -> None:
    results = measure({"ellipse": centred_ellipse, "all": lambda i: np.ones(i.shape[:2], np.float32)}, drawn, 2)
    assert results["shapes"]["ellipse"]["iou"] > results["shapes"]["all"]["iou"]
    text = table(results)
    assert "| shapes | ellipse | 2 |" in text
    assert "| **mean of sets** | all | 2 |" in text
    assert mean_of_sets([{"iou": 0.5, "photos": 3}, {"iou": 1.0, "photos": 4}, {"imagined": 0.2, "without": 9}]) == {
        "iou": 0.75,
        "photos": 7,
        "imagined": 0.2,
        "without": 9,
    }


def test_sets_that_say_nothing_are_an_error(tmp_path: Path) -> None:
    draw_folder(tmp_path / "bsds500", 10)
    with pytest.raises(sam.SamError, match="expected held-out photos with one thing that stands out"):
        measure({"ellipse": centred_ellipse}, tmp_path, 10)


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sam.evaluation.benchmarks.subject", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=Path(sam.__file__).parents[1])


def test_the_command_prints_a_table_and_writes_json(drawn: Path, tmp_path: Path) -> None:
    done = run("--data", drawn, "--photos", 1, "--json", tmp_path / "figures.json")
    assert done.returncode == 0, done.stderr
    for method in ("nano-subject", "ellipse", "grabcut", "nano, middle click"):
        assert f"| shapes | {method} | 1 |" in done.stdout
    assert json.loads((tmp_path / "figures.json").read_text())["shapes"]["ellipse"]["photos"] == 1


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    done = run("--data", tmp_path / "nowhere")
    assert done.returncode == 1
    assert "expected a folder" in done.stderr
    assert "Traceback" not in done.stderr
