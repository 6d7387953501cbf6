"""Filling from the picture itself: regular patterns come back, and the rest stays."""

from __future__ import annotations

import numpy as np
import pytest

from sam import Cancelled
from sam.inpainting.patch_search import sources
from sam.inpainting.patchmatch import fill, fill_and_trace


def hole_in(size_hw: tuple[int, int], box: tuple[int, int, int, int]) -> np.ndarray:
    hole = np.zeros(size_hw, bool)
    x0, y0, x1, y1 = box
    hole[y0:y1, x0:x1] = True
    return hole


def stripes(size: int = 120) -> np.ndarray:
    x = np.arange(size)
    row = (127 + 100 * np.sin(x * 2 * np.pi / 12)).astype(np.uint8)
    return np.repeat(np.repeat(row[None, :, None], size, 0), 3, 2)


def test_a_regular_pattern_is_continued():
    image = stripes()
    hole = hole_in((120, 120), (45, 45, 75, 75))
    holed = image.copy()
    holed[hole] = 0
    filled = fill(holed, hole)
    assert np.abs(filled[hole].astype(int) - image[hole]).mean() < 15
    assert (filled[~hole] == holed[~hole]).all()
    assert (holed[hole] == 0).all()


def test_what_is_in_the_hole_does_not_matter():
    image, hole = stripes(), hole_in((120, 120), (50, 50, 70, 70))
    black, red = image.copy(), image.copy()
    black[hole], red[hole] = 0, (255, 0, 0)
    assert (fill(black, hole) == fill(red, hole)).all()


@pytest.mark.slow
def test_a_seed_settles_the_result_and_another_gives_another():
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (260, 260, 3), dtype=np.uint8)
    hole = hole_in((260, 260), (90, 90, 160, 160))
    assert (fill(image, hole, seed=1) == fill(image, hole, seed=1)).all()
    assert (fill(image, hole, seed=1) != fill(image, hole, seed=2)).any()


def test_patches_come_from_outside_the_hole():
    image, hole = stripes(), hole_in((120, 120), (45, 45, 75, 75))
    filled, came_from = fill_and_trace(np.where(hole[..., None], 0, image).astype(np.uint8), hole)
    assert came_from.shape == (120, 120, 2)
    assert sources(hole)[came_from[hole][:, 0], came_from[hole][:, 1]].all()
    copied = image[came_from[hole][:, 0], came_from[hole][:, 1]].astype(int)
    assert np.abs(copied - filled[hole]).mean() < 20


def test_the_border_of_the_hole_is_no_seam():
    """A slope of light has no two alike patches: only what the membrane says joins the sides."""
    y, x = np.mgrid[:120, :120]
    image = np.repeat((60 + x + 0.3 * y)[..., None], 3, 2).astype(np.uint8)
    hole = hole_in((120, 120), (40, 40, 80, 80))
    filled = fill(np.where(hole[..., None], 0, image).astype(np.uint8), hole).astype(int)
    assert np.abs(filled - image)[hole].mean() < 6
    assert np.abs(np.diff(filled[60, 36:84, 0])).max() < 15


def test_a_texture_does_not_wash_out():
    rng = np.random.default_rng(3)
    image = np.repeat(rng.integers(60, 200, (160, 160, 1), dtype=np.uint8), 3, 2)
    hole = hole_in((160, 160), (50, 50, 110, 110))
    filled = fill(np.where(hole[..., None], 0, image).astype(np.uint8), hole)
    assert filled[hole].std() > 0.5 * image[hole].std()


def test_nothing_to_copy_from_is_an_error_and_stopping_stops():
    with pytest.raises(ValueError, match="no whole patch"):
        fill(np.zeros((6, 6, 3), np.uint8), hole_in((6, 6), (1, 1, 3, 3)))

    def stop(fraction: float, message: str) -> None:
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        fill(stripes(), hole_in((120, 120), (50, 50, 70, 70)), progress=stop)
