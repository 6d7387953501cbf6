"""What a picture can be read from, and which reader it goes to; `tests/sam/test_images.py` has the formats."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pil

from sam import ImageError
from sam.io.decoding import decode, is_tiff, open_file, open_picture, upright
from tests.sam.pictures import CORNERS, encode


def test_files_are_opened_by_name_or_from_bytes(tmp_path):
    data = encode(Pil.fromarray(CORNERS))
    (tmp_path / "a.png").write_bytes(data)
    for source, name in ((tmp_path / "a.png", "a.png"), (str(tmp_path / "a.png"), "a.png"), (data, "The image")):
        with open_file(source) as (file, found), open_picture(file, found) as picture:
            assert (found, picture.size) == (name, (24, 16))


@pytest.mark.parametrize("source", ["none.png", ".", "https://example.com/a.png"])
def test_what_cannot_be_opened(source):
    with pytest.raises(ImageError), open_file(source):
        pass


def test_tiff_is_known_by_its_first_bytes():
    for head in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        assert is_tiff(io.BytesIO(head + bytes(9)))
    assert not is_tiff(io.BytesIO(b"\x89PNG"))


@pytest.mark.parametrize(("orientation", "size"), [(1, (24, 16)), (6, (16, 24)), (99, (24, 16))])
def test_a_given_orientation_wins(orientation, size):
    picture = Pil.fromarray(CORNERS)
    picture.getexif()[0x0112] = 8
    assert upright(picture, orientation).size == size
    assert upright(picture).size == (16, 24)


@pytest.mark.parametrize(
    ("head", "words"),
    [(bytes(128) + b"DICM" + bytes(99), "a DICOM file"), (b"SIMPLE  =   T" + bytes(99), "a FITS file")],
)
def test_files_of_science_and_medicine_are_named(head, words):
    with pytest.raises(ImageError, match=words):
        decode(head)


def test_names_in_other_scripts(tmp_path):
    path = Path(tmp_path) / "фото 写真.png"
    path.write_bytes(encode(Pil.fromarray(CORNERS)))
    np.testing.assert_array_equal(decode(path).pixels, CORNERS)
