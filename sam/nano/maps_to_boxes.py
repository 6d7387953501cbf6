"""From a name's probability map to boxes: one around each thing, or each region of stuff."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..boxes import box_iou, nms

CELL = 8
"""Pixels of the square input a cell of the maps."""
ON = 0.5
"""Probability from which a place belongs to the name."""
SEED = 0.35
"""Probability from which a place may say that a thing is around it."""
SAME = 0.45
"""Two boxes of one name that overlap more are one thing."""
MOST = 100
"""Things of one name; a crowd has no end."""
SMALLEST = 4
"""Cells of the smallest region of stuff."""


def thing_boxes(
    p: NDArray[np.float32], distances: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Boxes of single things, best first: places in the middle of their box decide, those that agree vote.

    Args:
        p: (h, w) probability of the name at each cell.
        distances: (4, h, w) pixels from the middle of a cell to the left, top, right and bottom of its thing.

    Returns:
        (N, 4) float32 xyxy in pixels of the square, and (N,) scores.
    """
    y, x = np.nonzero(p > SEED)
    if not len(y):
        return np.zeros((0, 4), np.float32), np.zeros(0, np.float32)
    left, top, right, bottom = distances[:, y, x]
    cx, cy = x * CELL + CELL / 2, y * CELL + CELL / 2
    boxes = np.stack([cx - left, cy - top, cx + right, cy + bottom], 1).astype(np.float32)
    centred = np.minimum(left, right) / np.maximum(left, right) * np.minimum(top, bottom) / np.maximum(top, bottom)
    rank = p[y, x] * np.sqrt(centred)
    order = np.argsort(-rank, kind="stable")[:600]
    boxes, rank, sure = boxes[order], rank[order], p[y, x][order]
    seeds = nms(boxes, rank, SAME)[:MOST]
    seeds = seeds[rank[seeds] > 0.5 * SEED]
    votes = (box_iou(boxes[seeds], boxes) > 0.6) * rank
    total = votes.sum(1, keepdims=True)
    return (votes @ boxes / total).astype(np.float32), (votes @ sure / total[:, 0]).astype(np.float32)


def stuff_boxes(p: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int32]]:
    """Boxes of connected regions, the largest first.

    Args:
        p: (h, w) probability of the name at each cell.

    Returns:
        (N, 4) float32 xyxy in pixels of the square, (N,) scores, and (h, w) the region of each cell: 1 is the first,
        0 is none.
    """
    import cv2

    count, cells, facts, _ = cv2.connectedComponentsWithStats((p > ON).astype(np.uint8), connectivity=8)
    order = [i for i in np.argsort(-facts[1:, 4], kind="stable") + 1 if facts[i, 4] >= SMALLEST]
    boxes = np.array([[x, y, x + w, y + h] for x, y, w, h, _ in facts[order]], np.float32).reshape(-1, 4) * CELL
    scores = np.array([p[cells == i].mean() for i in order], np.float32)
    rank = np.zeros(count, np.int32)
    rank[order] = np.arange(1, len(order) + 1)
    return boxes, scores, rank[cells]
