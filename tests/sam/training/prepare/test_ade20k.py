"""ADE20K: numbered objects where there are some, connected parts of the class map else."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sam import SamError
from sam.training.prepare import ade20k

from . import layouts


def test_without_numbers_things_that_touch_are_one(tmp_path: Path) -> None:
    layouts.ade20k(tmp_path)
    assert [one.label for one in next(ade20k.read(tmp_path, "val")).regions()] == ["car", "car", "sky"]
    shutil.rmtree(tmp_path / "ADEChallengeData2016" / "annotations_instance")
    assert [one.label for one in next(ade20k.read(tmp_path, "val")).regions()] == ["sky", "car"]


def test_a_map_that_is_missing_is_named(tmp_path: Path) -> None:
    layouts.ade20k(tmp_path)
    (tmp_path / "ADEChallengeData2016/annotations/validation/ADE_val_00000000.png").unlink()
    with pytest.raises(SamError, match=r"ADE_val_00000000\.png: expected ADE20K's map of classes"):
        list(ade20k.read(tmp_path, "val"))
