"""The pack: pixels come back as they were, and only once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image as PillowImage

from sam.training.pack import Pack


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
