"""LVIS names its photos by their address at COCO."""

from __future__ import annotations

from pathlib import Path

from sam.training.prepare import lvis

from . import layouts


def test_photos_are_found_in_either_part_of_coco_and_missing_ones_left_out(tmp_path: Path) -> None:
    layouts.lvis(tmp_path)
    found = [one.picture for one in lvis.read(tmp_path, "val")]
    assert [path.parent.name for path in found if isinstance(path, Path)] == ["val2017", "train2017", "val2017"]


def test_val_needs_photos_of_both_parts() -> None:
    names = [one.url.rsplit("/", 1)[-1] for one in lvis.downloads("val")]
    assert names == ["lvis_v1_val.json.zip", "val2017.zip", "train2017.zip"]
    assert len(lvis.downloads("train")) == 2
