"""A photo and a round object in it, for all tests of cut-outs."""

from __future__ import annotations

import numpy as np
import pytest
from skimage import data

from sam import Image, Masks


@pytest.fixture(scope="module")
def image() -> Image:
    return data.chelsea()


@pytest.fixture
def masks(image: Image) -> Masks:
    y, x = np.mgrid[: image.shape[0], : image.shape[1]]
    return Masks(np.hypot(x - 225, y - 150) < 90)
