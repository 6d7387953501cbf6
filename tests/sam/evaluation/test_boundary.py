"""Boundary IoU against its definition: pixels of the mask within d of what is outside, by chessboard distance."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import distance_transform_cdt

from sam.evaluation.boundary import boundary_iou, boundary_of

from .conftest import square


def blob(size_hw: tuple[int, int], seed: int) -> np.ndarray:
    import cv2

    noise = np.random.default_rng(seed).normal(0, 1, size_hw).astype(np.float32)
    return cv2.GaussianBlur(noise, (0, 0), 6) > 0


def by_definition(mask: np.ndarray, pixels: int) -> np.ndarray:
    return mask & (distance_transform_cdt(np.pad(mask, 1), "chessboard")[1:-1, 1:-1] <= pixels)


@pytest.mark.parametrize(
    ("size_hw", "ratio", "pixels"),
    [((90, 120), 0.02, 3), ((60, 80), 0.02, 2), ((20, 20), 0.02, 1), ((300, 400), 0.02, 10), ((60, 80), 0.1, 10)],
)
def test_the_band_is_as_wide_as_a_share_of_the_diagonal(size_hw, ratio, pixels):
    first, second = blob(size_hw, 1), blob(size_hw, 2)
    one, two = by_definition(first, pixels), by_definition(second, pixels)
    np.testing.assert_array_equal(boundary_of(first, ratio), one)
    assert boundary_iou(first, second, ratio) == (one & two).sum() / (one | two).sum()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (square(20, 20, 60, 60, 100), 1.0),
        (square(70, 70, 90, 90, 100), 0.0),
        (square(0, 0, 0, 0, 100), 0.0),
        # One column more: bands of 3 px. Rings of 40 x 40 and 41 x 40; they share all but their right ends.
        (square(20, 20, 61, 60, 100), (40 * 40 - 34 * 34 - 34) / (41 * 40 - 35 * 34 + 34)),
    ],
)
def test_by_hand(answer, expected):
    assert boundary_iou(square(20, 20, 60, 60, 100), answer) == pytest.approx(expected)


def test_small_objects_are_all_boundary_and_the_images_edge_is_one():
    tiny = square(10, 10, 12, 12)
    assert (boundary_of(tiny) == tiny).all()
    whole = np.ones((100, 100), bool)
    assert boundary_of(whole).sum() == 100 * 100 - 94 * 94
    assert boundary_iou(whole, whole) == 1
    assert boundary_iou(~whole, ~whole) == 1
