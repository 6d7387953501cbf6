"""Detail comes at full size, from where the coarse patches came, in the light of the coarse filling."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from sam.inpainting.detail_transfer import add_detail, shrink


def woven(size_hw: tuple[int, int] = (120, 132), period: int = 12) -> np.ndarray:
    """A pattern with detail finer than four pixels that repeats every `period`."""
    tile = np.random.default_rng(0).integers(60, 200, (period, period, 3), dtype=np.uint8)
    rows, columns = -(-size_hw[0] // period), -(-size_hw[1] // period)
    return np.tile(tile, (rows, columns, 1))[: size_hw[0], : size_hw[1]]


def block(size_hw: tuple[int, int], box: tuple[int, int, int, int]) -> np.ndarray:
    x0, y0, x1, y1 = box
    hole = np.zeros(size_hw, bool)
    hole[y0:y1, x0:x1] = True
    return hole


def shifted(size_hw: tuple[int, int], by: int) -> np.ndarray:
    """Each pixel was taken from `by` pixels further left."""
    came_from = np.moveaxis(np.indices(size_hw), 0, -1).copy()
    came_from[..., 1] -= by
    return came_from.clip(0)


@pytest.mark.parametrize(("size_hw", "factor"), [((120, 132), 2), ((121, 131), 3), ((119, 130), 4)])
def test_the_small_picture_covers_all_and_its_hole_all_that_is_touched(size_hw, factor):
    image, hole = woven(size_hw), block(size_hw, (50, 41, 51, 42))
    image[hole] = (0, 255, 0)
    small, coarse = shrink(image, hole, factor)
    assert small.shape[:2] == coarse.shape == (-(-size_hw[0] // factor), -(-size_hw[1] // factor))
    assert [tuple(place) for place in np.argwhere(coarse)] == [(41 // factor, 50 // factor)]
    assert not small[coarse].any()
    inner = image[: size_hw[0] // factor * factor, : size_hw[1] // factor * factor]
    expected = cv2.resize(inner, (size_hw[1] // factor, size_hw[0] // factor), interpolation=cv2.INTER_AREA)
    known = ~coarse[: expected.shape[0], : expected.shape[1]]
    assert (small[: expected.shape[0], : expected.shape[1]][known] == expected[known]).all()


@pytest.mark.parametrize("tile", [256, 10])
def test_a_pattern_comes_back_at_full_size(monkeypatch, tile):
    monkeypatch.setattr("sam.inpainting.detail_transfer._TILE", tile)
    image, hole = woven(), block((120, 132), (60, 40, 100, 81))
    holed = np.where(hole[..., None], 0, image).astype(np.uint8)
    small, coarse = shrink(image, np.zeros_like(hole), 4)
    result = add_detail(holed, hole, small, shifted(coarse.shape, 12), 4, 1.0)
    assert (result[~hole] == image[~hole]).all()
    assert np.abs(result[hole].astype(int) - image[hole]).mean() < 3
    softer = add_detail(holed, hole, small, shifted(coarse.shape, 12), 4, 0.0)
    assert np.abs(softer[hole].astype(int) - image[hole]).mean() > 20


def test_light_is_the_coarse_fillings():
    image, hole = woven(), block((120, 132), (60, 40, 100, 80))
    small, coarse = shrink(image, np.zeros_like(hole), 4)
    darker = (small * 0.7).astype(np.uint8)
    result = add_detail(image, hole, darker, shifted(coarse.shape, 12), 4, 1.0)
    inside = block(hole.shape, (68, 48, 92, 72))
    assert result[inside].mean() == pytest.approx(0.7 * image[inside].mean(), abs=3)
    assert result[inside].std() > 0.7 * image[inside].std()
