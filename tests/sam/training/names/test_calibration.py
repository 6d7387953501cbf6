"""Biases of the names head, moved to where the maps fit best."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from sam import SamError
from sam.backends.nano import WEIGHTS
from sam.detection.vocabulary import INDEX
from sam.nano.export.heads import load_head
from sam.nano.names import NamesHead
from sam.training.heads import Settings, Stage
from sam.training.names.calibration import CALIBRATED, SHIFTS, Tally, calibrate
from sam.training.names.train import train
from sam.training.names.truth import COUNT, KNOWN, UNKNOWN

from ...subjects import draw_folder

NANO = WEIGHTS / "model.safetensors"
SMALL = Settings((Stage(1.0, 64, 1, 2),), workers=0)
CAR, DOG = INDEX["car"], INDEX["dog"]


def scene(logit: float, there: bool):
    """A car in the middle that the head sees with this logit, everything else far below."""
    logits = np.full((COUNT, 16, 16), -9, np.float32)
    logits[CAR, 4:12, 4:12] = logit
    state = np.full(COUNT, UNKNOWN, np.uint8)
    state[CAR] = KNOWN
    names = np.full(4, -1, np.int16)
    maps, known = np.zeros((2, 4, 16, 16), np.uint8)
    known[:] = 1
    if there:
        names[1] = CAR
        maps[1, 4:12, 4:12] = 255
    return logits, state, names, maps, known, np.ones((16, 16), np.uint8)


@pytest.mark.parametrize(
    ("there", "not_there", "low", "high"),
    [
        ([-1.6] * 6, [], SHIFTS[0], -1.75),
        # Where it is not, the head is less sure: the threshold lies between.
        ([-1.1] * 6, [-2.1] * 6, -2.0, -1.25),
        # Seen where it is not as surely as where it is: rather there than not.
        ([2.0] * 3, [2.0] * 3, 0.0, 0.0),
    ],
)
def test_the_threshold_lies_where_maps_fit_best(there, not_there, low, high):
    tally = Tally()
    for logit in there:
        tally.add(*scene(logit, True))
    for logit in not_there:
        tally.add(*scene(logit, False))
    shifts = tally.shifts()
    assert low <= shifts[CAR] <= high
    assert shifts[DOG] == 0


def test_a_name_that_is_nowhere_for_sure_costs_and_an_unknown_one_does_not():
    tally = Tally()
    logits, state, *rest = scene(3.0, False)
    tally.add(logits, state, *rest)
    assert tally.either[CAR].max() > 0
    assert tally.either[DOG].max() == 0
    assert tally.seen.sum() == 0


@pytest.mark.usefixtures("ticking")
def test_a_run_gets_a_checkpoint_that_is_exported_as_any_other(tmp_path: Path) -> None:
    data, run = tmp_path / "drawn", tmp_path / "run"
    draw_folder(data / "shapes")
    train(data, NANO, run, 0.01, SMALL)
    changed = calibrate(data, NANO, run, scenes=30, size=64)
    before, after = (torch.load(run / name, weights_only=True) for name in ("last.pt", CALIBRATED))
    moved = (before["average"]["bias"] != after["average"]["bias"]).sum(0)
    assert moved.tolist() == [changed, 0]
    assert {name for name in before["average"] if not torch.equal(before["average"][name], after["average"][name])} <= {
        "bias"
    }
    assert load_head(run / CALIBRATED, NamesHead()) == before["encoder"]


def test_without_a_run(tmp_path: Path) -> None:
    with pytest.raises(SamError, match=r"expected last\.pt of a names training run"):
        calibrate(tmp_path, NANO, tmp_path)
