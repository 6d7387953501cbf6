"""A soap film over a hole: the smoothest colours that meet what is around it (the Laplace equation)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_EXACT = 4000
"""Pixels of a hole that are solved for at once; larger ones start from a coarser film and are relaxed."""
_ROUNDS = 12


def stretch_membrane(image: NDArray[np.float32], hole: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The image with its hole filled smoothly; everything else as it was.

    Args:
        image: (H, W, 3) float32; what is in the hole does not matter.
        hole: (H, W) bool. Where it leaves nothing, the result is the image.

    Returns:
        (H, W, 3) float32.
    """
    import cv2

    if not hole.any() or hole.all():
        return image.astype(np.float32)
    if np.count_nonzero(hole) <= _EXACT or min(hole.shape) < 4:
        return _solve(image, hole)
    height, width = hole.shape
    size = (width + 1) // 2, (height + 1) // 2
    known = (~hole).astype(np.float32)
    share = cv2.resize(known, size, interpolation=cv2.INTER_AREA)
    small: Any = cv2.resize(image * known[..., None], size, interpolation=cv2.INTER_AREA)
    coarse = stretch_membrane(small / np.maximum(share, 1e-6)[..., None], share < 0.5)
    film: Any = np.where(hole[..., None], cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR), image)
    for _ in range(_ROUNDS):
        film = np.where(hole[..., None], cv2.blur(film, (3, 3)), image)
    return np.asarray(film, np.float32)


def _solve(image: NDArray[np.float32], hole: NDArray[np.bool_]) -> NDArray[np.float32]:
    from scipy.sparse import coo_matrix
    from scipy.sparse.linalg import splu

    height, width = hole.shape
    y, x = np.nonzero(hole)
    count = len(y)
    number = np.full(hole.shape, -1)
    number[y, x] = np.arange(count)
    rows, columns, right, degree = [], [], np.zeros((count, 3)), np.zeros(count)
    for dy, dx in ((0, 1), (0, -1), (1, 0), (-1, 0)):
        near_y, near_x = y + dy, x + dx
        inside = (near_y >= 0) & (near_y < height) & (near_x >= 0) & (near_x < width)
        degree += inside
        near_y, near_x = near_y.clip(0, height - 1), near_x.clip(0, width - 1)
        other = number[near_y, near_x]
        free, fixed = np.flatnonzero(inside & (other >= 0)), np.flatnonzero(inside & (other < 0))
        rows.append(free)
        columns.append(other[free])
        right[fixed] += image[near_y[fixed], near_x[fixed]]
    row, column = np.concatenate(rows), np.concatenate(columns)
    off = coo_matrix((-np.ones(len(row)), (row, column)), (count, count))
    # A hair of weight: a part of the hole that touches nothing known has no film of its own.
    diagonal = coo_matrix((degree + 1e-6, (np.arange(count), np.arange(count))), (count, count))
    result = image.astype(np.float32).copy()
    result[y, x] = splu((off + diagonal).tocsc()).solve(right)
    return result
