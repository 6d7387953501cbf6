"""The colours that Pillow would cut to 8 bits."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from PIL import Image as Pil

from sam.io.deep_color import read_deep_color

COLOURS = np.arange(6 * 8 * 3, dtype=np.uint16).reshape(6, 8, 3) * 7


def png(values: np.ndarray) -> bytes:
    return cv2.imencode(".png", values)[1].tobytes()


def ppm(white: int) -> bytes:
    return b"P6 # made\n8\n# so\n6 %d\n" % white + COLOURS.astype(">u2").tobytes()


def deep(data: bytes):
    with Pil.open(io.BytesIO(data)) as picture:
        file = io.BytesIO(data)
        file.seek(5)
        found = read_deep_color(file, picture)
        assert file.tell() == 5
        return found


@pytest.mark.parametrize(
    ("data", "white"),
    [(png(COLOURS[..., ::-1]), 65535), (ppm(65535), 65535), (ppm(1023), 1023), (ppm(4095), 4095)],
)
def test_colours_as_they_are_stored(data, white):
    values, found = deep(data)
    np.testing.assert_array_equal(values, COLOURS)
    assert found == white


def test_grey_with_transparency():
    rgba = np.dstack([np.repeat(COLOURS[..., :1], 3, 2), np.full((6, 8), 65535, np.uint16)])
    values, _ = deep(png(rgba))
    np.testing.assert_array_equal(values, rgba[..., :3])


@pytest.mark.parametrize(
    "data",
    [png(COLOURS.astype(np.uint8)), png(COLOURS[..., 0]), b"P6 8 6 255\n" + bytes(144)],
    ids=["8 bits", "grey", "PPM"],
)
def test_where_pillow_loses_nothing_it_is_left_to_it(data):
    assert deep(data) is None
