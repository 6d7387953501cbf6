"""The evaluation's prompts and measure."""

from __future__ import annotations

import numpy as np
import pytest

from sam.evaluation.protocol import best_iou, centre_click, mask_iou, next_click


def square(x0: int, y0: int, x1: int, y1: int, size: int = 40) -> np.ndarray:
    mask = np.zeros((size, size), bool)
    mask[y0:y1, x0:x1] = True
    return mask


@pytest.mark.parametrize(
    ("mask", "expected"),
    [
        (square(10, 10, 21, 21), (15.5, 15.5)),
        (square(0, 0, 9, 9), (4.5, 4.5)),  # the image's edge is a boundary too
        (square(3, 5, 4, 6), (3.5, 5.5)),  # a single pixel
    ],
)
def test_centre_click_is_farthest_from_the_boundary(mask: np.ndarray, expected: tuple[float, float]) -> None:
    assert centre_click(mask).tolist() == list(expected)


def test_centre_click_of_a_ring_is_on_the_ring() -> None:
    ring = square(5, 5, 35, 35) & ~square(12, 12, 28, 28)
    x, y = centre_click(ring)
    assert ring[int(y), int(x)]


@pytest.mark.parametrize(
    ("answer", "label", "inside"),
    [
        (square(10, 10, 15, 30), 1, square(15, 10, 30, 30)),
        (square(10, 10, 40, 30), 0, square(30, 10, 40, 30)),
        (square(0, 0, 0, 0), 1, square(10, 10, 30, 30)),
    ],
)
def test_next_click_corrects_the_larger_error(answer: np.ndarray, label: int, inside: np.ndarray) -> None:
    xy, found = next_click(square(10, 10, 30, 30), answer)
    assert found == label
    assert inside[int(xy[1]), int(xy[0])]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (square(0, 0, 10, 10), square(0, 0, 10, 10), 1.0),
        (square(0, 0, 10, 10), square(0, 0, 10, 5), 0.5),
        (square(0, 0, 10, 10), square(20, 20, 30, 30), 0.0),
        (square(0, 0, 0, 0), square(0, 0, 0, 0), 1.0),
    ],
)
def test_mask_iou(first: np.ndarray, second: np.ndarray, expected: float) -> None:
    assert mask_iou(first, second) == expected


def test_best_iou_takes_the_best_answer_and_nothing_is_zero() -> None:
    truth = square(0, 0, 10, 10)
    assert best_iou([square(0, 0, 10, 2), square(0, 0, 10, 5)], truth) == 0.5
    assert best_iou([], truth) == 0.0
