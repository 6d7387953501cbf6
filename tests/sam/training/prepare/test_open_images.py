"""Open Images: a CSV, masks of sizes of their own, photos one at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from sam import SamError
from sam.training.coco import decode_mask
from sam.training.prepare import open_images

from . import layouts


def test_masks_of_another_size_are_brought_to_that_of_the_first(tmp_path: Path) -> None:
    layouts.open_images(tmp_path)
    first = next(open_images.read(tmp_path, "validation"))
    areas = [int(decode_mask({"segmentation": one.segmentation}, first.size_hw).sum()) for one in first.regions()]
    assert areas == [1200, 1200]


def test_a_photo_has_an_address_of_its_own() -> None:
    one = open_images.photo("validation", "00001abc")
    assert one.url.endswith("/validation/00001abc.jpg")
    assert one.into == "validation/00001abc.jpg"


def test_a_table_without_its_columns_is_refused(tmp_path: Path) -> None:
    layouts.open_images(tmp_path)
    (tmp_path / "validation-annotations-object-segmentation.csv").write_text("a,b\n1,2\n")
    with pytest.raises(SamError, match="expected columns MaskPath, ImageID and LabelName"):
        list(open_images.read(tmp_path, "validation"))
