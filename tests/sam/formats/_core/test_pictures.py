"""Small pictures inside formats."""

from __future__ import annotations

import numpy as np
import pytest

from sam import ImageError
from sam.formats import AnnotatedImage, FormatError
from sam.formats._core.pictures import decode_picture, encode_png, pixels_of

from ..scenes import photo


@pytest.mark.parametrize(
    "array",
    [
        np.arange(12, dtype=np.uint8).reshape(3, 4),
        (np.arange(12) * 5000).astype(np.uint16).reshape(3, 4),
        np.arange(36, dtype=np.uint8).reshape(3, 4, 3),
        np.arange(48, dtype=np.uint8).reshape(3, 4, 4),
    ],
)
def test_numbers_come_back_as_they_are(array):
    assert (decode_picture(encode_png(array), "a.png") == array).all()


def test_palette_entries_stay_numbers():
    array = np.array([[0, 1], [2, 1]], np.uint8)
    data = encode_png(array, [(0, 0, 0), (255, 0, 0), (0, 255, 0)])
    assert (decode_picture(data, "a.png") == array).all()
    assert decode_picture(data, "a.png", "RGB")[0, 1].tolist() == [255, 0, 0]


@pytest.mark.parametrize("data", [b"", b"rubbish", encode_png(np.ones((50, 50), np.uint8))[:70]])
def test_what_is_damaged_is_said(data):
    with pytest.raises(ImageError, match=r"a\.png"):
        decode_picture(data, "a.png")


def test_a_photo_that_is_missing_or_of_another_size_is_said():
    with pytest.raises(FormatError, match="not there"):
        pixels_of(AnnotatedImage("p.png", (4, 8)))
    with pytest.raises(FormatError, match="another size"):
        pixels_of(AnnotatedImage("p.png", (4, 9), photo(4, 8)))
    assert pixels_of(AnnotatedImage("p.png", (4, 8), photo(4, 8))).shape == (4, 8, 4)
