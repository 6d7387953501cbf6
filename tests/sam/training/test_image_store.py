"""The pack: pixels come back as they were, and only once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from sam.errors import SamError
from sam.training.image_store import Pack

from .conftest import draw_folder


def test_pictures_are_the_files_pixels(data: Path, tmp_path: Path) -> None:
    pack = Pack(data, tmp_path)
    photo, number = pack.photos["shapes"][0]
    assert (pack.picture(number) == np.asarray(PillowImage.open(photo.path).convert("RGB"))).all()


def test_a_second_start_reads_the_same_file(data: Path, tmp_path: Path) -> None:
    Pack(data, tmp_path)
    (file,) = tmp_path.glob("*.bin")
    before = file.stat().st_mtime_ns
    Pack(data, tmp_path)
    assert file.stat().st_mtime_ns == before


def test_photos_without_masks_are_not_enough(tmp_path: Path) -> None:
    (tmp_path / "bare").mkdir()
    PillowImage.new("RGB", (20, 10)).save(tmp_path / "bare" / "photo.png")
    with pytest.raises(SamError, match="expected photos with masks to train on, found none"):
        Pack(tmp_path, tmp_path / "cache")


def test_a_damaged_picture_is_named(tmp_path: Path) -> None:
    draw_folder(tmp_path / "shapes")
    (tmp_path / "shapes" / "images" / "scene3.png").write_bytes(b"not a picture")
    (tmp_path / "shapes" / "images" / "scene4.png").write_bytes(b"not a picture")
    with pytest.raises(SamError, match=r"scene[34]\.png: expected a picture"):
        Pack(tmp_path, tmp_path / "cache")
