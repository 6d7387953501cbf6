"""Filling from the picture itself: regular patterns come back, and the rest stays."""

from __future__ import annotations

import numpy as np
import pytest

from sam import Cancelled
from sam.patchmatch import PATCH, fill, sources


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


def test_a_seed_settles_the_result_and_another_gives_another():
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (260, 260, 3), dtype=np.uint8)
    hole = hole_in((260, 260), (90, 90, 160, 160))
    assert (fill(image, hole, seed=1) == fill(image, hole, seed=1)).all()
    assert (fill(image, hole, seed=1) != fill(image, hole, seed=2)).any()


def test_only_whole_patches_outside_the_hole_are_sources():
    free = sources(hole_in((30, 30), (10, 10, 12, 12)))
    half = PATCH // 2
    assert not free[:half].any()
    assert not free[:, -half:].any()
    assert not free[10 - half : 12 + half, 10 - half : 12 + half].any()
    assert free[half, half]


def test_nothing_to_copy_from_is_an_error_and_stopping_stops():
    with pytest.raises(ValueError, match="no whole patch"):
        fill(np.zeros((6, 6, 3), np.uint8), hole_in((6, 6), (1, 1, 3, 3)))

    def stop(fraction: float, message: str) -> None:
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        fill(stripes(), hole_in((120, 120), (50, 50, 70, 70)), progress=stop)
