from __future__ import annotations

import numpy as np
import pytest

from sam import ImageError
from sam.io.array_images import read_array


@pytest.mark.parametrize("bands", [1, 2, 3, 4])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_bands_become_colours_and_transparency(bands, dtype):
    white = {np.uint8: 255, np.uint16: 65535, np.float32: 1}[dtype]
    array = (np.linspace(0, 1, 6 * 7 * bands).reshape(6, 7, bands) * white).astype(dtype)
    pixels, brightness = read_array(array, "stored")
    assert pixels.shape == (6, 7, 3 if bands in (1, 3) else 4)
    np.testing.assert_allclose(pixels[..., -1], array[..., -1] * (255.0 / white), atol=1)
    assert (brightness is not None) == (dtype == np.uint16)


def test_pixels_are_a_copy():
    array = np.zeros((2, 2, 3), np.uint8)
    read_array(array, "auto")[0][:] = 9
    assert not array.any()


@pytest.mark.parametrize("array", [np.zeros(3), np.zeros((2, 2, 7)), [[1], [2, 3]], np.full((2, 2), np.nan)])
def test_what_is_no_picture(array):
    with pytest.raises(ImageError, match=r"^image: expected"):
        read_array(array, "auto")
