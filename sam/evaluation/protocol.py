"""The prompts that an evaluation gives, and the measure of the answers (SAM paper, appendix D.1)."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray


def centre_click(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """(2,) x, y of the point farthest from the mask's boundary; the image's edge counts as boundary.

    Args:
        mask: (H, W) bool, not empty.
    """
    import cv2

    distance = cv2.distanceTransform(np.pad(mask, 1).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]
    row, column = np.unravel_index(int(distance.argmax()), distance.shape)
    return np.array([column + 0.5, row + 0.5], np.float32)


def next_click(mask: NDArray[np.bool_], answer: NDArray[np.bool_]) -> tuple[NDArray[np.float32], int]:
    """The correcting click: the middle of the error region, and 1 where mask is missing, 0 where there is too much.

    The larger of the two largest distances decides which error is corrected.

    Args:
        mask: (H, W) bool, the truth.
        answer: (H, W) bool, not equal to it.
    """
    import cv2

    peaks = []
    for label, error in ((1, mask & ~answer), (0, answer & ~mask)):
        padded = np.pad(error, 1).astype(np.uint8)
        distance = cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]
        row, column = np.unravel_index(int(distance.argmax()), distance.shape)
        peaks.append((float(distance.max()), label, np.array([column + 0.5, row + 0.5], np.float32)))
    _, label, xy = max(peaks, key=lambda peak: peak[0])
    return xy, label


def mask_iou(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> float:
    """Intersection over union in [0, 1]; two empty masks are equal, 1."""
    union = np.count_nonzero(first | second)
    return np.count_nonzero(first & second) / union if union else 1.0


def best_iou(answers: Iterable[NDArray[np.bool_]], mask: NDArray[np.bool_]) -> float:
    """The oracle: IoU of the answer that fits best; 0 where there is none."""
    return max((mask_iou(answer, mask) for answer in answers), default=0.0)
