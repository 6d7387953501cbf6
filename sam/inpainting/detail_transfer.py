"""Detail for a coarse filling: copied at full size from where the patches of the coarse one came from.

As high-frequency residuals are carried over in Yi et al., "Contextual residual aggregation for ultra high-resolution
image inpainting" (2020), with patches in the place of a network: the coarse filling says what is where, the picture
around the hole how it looks from near.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..types import Image

Floats = NDArray[np.float32]

_TILE = 256
"""Side of a tile in coarse pixels: whole pictures of floats would take gigabytes."""
_MARGIN = 3


def shrink(image: Image, hole: NDArray[np.bool_], factor: int) -> tuple[Image, NDArray[np.bool_]]:
    """The picture `factor` times smaller, and its hole: coarse pixels that the hole touches; sides are rounded up."""
    import cv2

    height, width = hole.shape
    size = -(-width // factor), -(-height // factor)
    more = size[1] * factor - height, size[0] * factor - width
    known = np.pad((~hole).astype(np.float32), ((0, more[0]), (0, more[1])), mode="edge")
    # The hole's own pixels must not bleed into those beside it.
    share = cv2.resize(known, size, interpolation=cv2.INTER_AREA)
    padded = np.pad(np.where(hole[..., None], 0, image), ((0, more[0]), (0, more[1]), (0, 0)), mode="edge")
    small: Any = cv2.resize(padded.astype(np.uint8), size, interpolation=cv2.INTER_AREA)
    return np.where((share < 1)[..., None], 0, small).astype(np.uint8), share < 1


def add_detail(
    image: Image, hole: NDArray[np.bool_], coarse: Image, came_from: NDArray[np.int64], factor: int, share: float
) -> Image:
    """The picture with its hole filled at full size.

    Args:
        image: (H, W, 3) uint8.
        hole: (H, W) bool.
        coarse: (h, w, 3) uint8, the filled picture of `shrink`.
        came_from: (h, w, 2) y and x of the coarse pixel around which the patch at each was taken.
        factor: of `shrink`.
        share: of the detail, 0 to 1.

    Returns:
        (H, W, 3) uint8; outside the hole the image.
    """
    result = image.copy()
    height, width = hole.shape
    rows, columns = coarse.shape[:2]
    for top in range(0, rows, _TILE):
        for left in range(0, columns, _TILE):
            core = (
                slice(top * factor, min(height, (top + _TILE) * factor)),
                slice(left * factor, min(width, (left + _TILE) * factor)),
            )
            inside = hole[core]
            if not inside.any():
                continue
            y0, x0 = max(0, top - _MARGIN), max(0, left - _MARGIN)
            y1, x1 = min(rows, top + _TILE + _MARGIN), min(columns, left + _TILE + _MARGIN)
            filled = _fill_tile(image, hole, coarse[y0:y1, x0:x1], came_from, factor, share, (y0, x0))
            offset = core[0].start - y0 * factor, core[1].start - x0 * factor
            part = filled[offset[0] : offset[0] + inside.shape[0], offset[1] : offset[1] + inside.shape[1]]
            result[core][inside] = part[inside]
    return result


def _fill_tile(
    image: Image,
    hole: NDArray[np.bool_],
    coarse: Image,
    came_from: NDArray[np.int64],
    factor: int,
    share: float,
    corner: tuple[int, int],
) -> Image:
    """(h * factor, w * factor, 3) uint8: coarse pixels from `corner` on, with their detail."""
    import cv2

    size = coarse.shape[1] * factor, coarse.shape[0] * factor
    y, x = np.mgrid[: size[1], : size[0]]
    y, x = y + corner[0] * factor, x + corner[1] * factor
    height, width = hole.shape
    seen_y, seen_x = y.clip(0, height - 1), x.clip(0, width - 1)
    copied = image[seen_y, seen_x].astype(np.float32)
    unknown = hole[seen_y, seen_x]
    copied[unknown] = _copy(image, came_from, factor, y[unknown], x[unknown])
    small: Any = cv2.resize(copied, (coarse.shape[1], coarse.shape[0]), interpolation=cv2.INTER_AREA)
    # What is finer than the coarse grid, on what the coarse filling says: light and colour stay as it has them.
    missing: Any = cv2.resize(coarse - share * small, size, interpolation=cv2.INTER_CUBIC)
    return np.clip(np.round(missing + share * copied), 0, 255).astype(np.uint8)


def _copy(
    image: Image, came_from: NDArray[np.int64], factor: int, y: NDArray[np.int64], x: NDArray[np.int64]
) -> Floats:
    """(N, 3) these pixels, as the coarse patches around them copy them, the nearest counting most."""
    rows, columns = came_from.shape[:2]
    height, width = image.shape[:2]
    total = np.zeros((len(y), 3), np.float32)
    weights = np.zeros(len(y), np.float32)
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            cy, cx = (y // factor + dy).clip(0, rows - 1), (x // factor + dx).clip(0, columns - 1)
            step_y, step_x = y - cy * factor, x - cx * factor
            near_y = 1.5 - np.abs((step_y + 0.5) / factor - 0.5)
            near_x = 1.5 - np.abs((step_x + 0.5) / factor - 0.5)
            weight = (np.maximum(near_y, 0) * np.maximum(near_x, 0)).astype(np.float32)
            source = came_from[cy, cx] * factor
            from_y, from_x = (source[:, 0] + step_y).clip(0, height - 1), (source[:, 1] + step_x).clip(0, width - 1)
            total += weight[:, None] * image[from_y, from_x]
            weights += weight
    return total / weights[:, None]
