"""Reading COCO folders."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sam import SamError, rle
from sam.training.coco import coco_folders, decode_mask, read_folder

from .conftest import COUNT


def test_read_folder_gives_photos_with_their_annotations(data: Path) -> None:
    photos = read_folder(data / "shapes")
    assert len(photos) == COUNT
    assert {len(photo.annotations) for photo in photos} == {3}
    mask = decode_mask(photos[0].annotations[0], photos[0].size_hw)
    assert mask.shape == (160, 120)
    assert mask.sum() == photos[0].annotations[0]["area"]


@pytest.mark.parametrize(
    "segmentation",
    [
        [[2.0, 3.0, 8.0, 3.0, 8.0, 9.0, 2.0, 9.0]],
        {"size": [12, 10], "counts": [27, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 27]},
        dict(rle.encode(np.pad(np.ones((6, 6), bool), ((3, 3), (2, 2))))),
    ],
    ids=["polygon", "uncompressed", "compressed"],
)
def test_decode_mask_reads_every_coco_form(segmentation: object) -> None:
    mask = decode_mask({"segmentation": segmentation}, (12, 10))
    expected = np.pad(np.ones((6, 6), bool), ((3, 3), (2, 2)))
    assert mask.shape == (12, 10)
    assert (mask.astype(bool) == expected).mean() > 0.9


@pytest.mark.parametrize("text", ["{", "{}", '{"images": [{}], "annotations": []}'])
def test_a_file_that_is_not_coco_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "annotations.json").write_text(text)
    with pytest.raises(SamError, match=r"annotations\.json: expected COCO"):
        read_folder(tmp_path)


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(SamError, match="found neither"):
        read_folder(tmp_path)


def test_one_coco_folder_or_a_folder_of_them(data: Path, tmp_path: Path) -> None:
    assert coco_folders(data) == coco_folders(data / "shapes") == [data / "shapes"]
    for missing in (tmp_path, tmp_path / "none"):
        with pytest.raises(SamError, match=r"expected a folder with images/ and annotations\.json"):
            coco_folders(missing)
