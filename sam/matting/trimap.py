"""Trimaps: what is surely object, surely background, and unknown."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import PromptError

MAX_BAND = 512
"""Widest band in pixels that may be asked for."""


def auto_band(mask: ArrayLike) -> int:
    """Half width of the unknown band that suits a mask, in pixels: 5% of its size (the root of its area), 3 to 150."""
    area = np.count_nonzero(np.asarray(mask))
    return int(np.clip(round(0.05 * area**0.5), 3, 150))


def make_trimap(mask: ArrayLike, band: int = 0) -> NDArray[np.uint8]:
    """What is surely object, surely background, and unknown.

    Args:
        mask: (H, W) bool.
        band: pixels on both sides of the mask's edge that are unknown; 0: `auto_band`. Parts thinner than that keep
            their middle as object.

    Returns:
        (H, W) uint8: 255 object, 0 background, 128 unknown.

    Raises:
        PromptError: not two axes, or a band out of range.
    """
    import cv2

    mask = np.asarray(mask)
    if mask.ndim != 2 or mask.size == 0:
        raise PromptError(f"mask: expected one mask as (H, W), got shape {mask.shape}.")
    if not 0 <= band <= MAX_BAND:
        raise PromptError(f"band: expected 0 (automatic) to {MAX_BAND} pixels, got {band}.")
    mask = mask.astype(bool, copy=False)
    trimap = np.where(mask, np.uint8(255), np.uint8(0))
    if mask.all() or not mask.any():
        return trimap
    band = band or auto_band(mask)
    rows, columns = window_around(mask, band + 1)
    inside = mask[rows, columns]
    # One pixel of padding by repetition: the image's border is no edge of the object.
    depth = cv2.distanceTransform(inside.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    count, labels = cv2.connectedComponents(inside.view(np.uint8), connectivity=8)
    deepest = np.zeros(count, np.float32)
    np.maximum.at(deepest, labels[inside], depth[inside])
    sure = depth > np.minimum(band, 0.6 * deepest)[labels]
    away = cv2.distanceTransform((~inside).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    part = trimap[rows, columns]
    part[inside & ~sure] = 128
    part[~inside & (away <= band)] = 128
    return trimap


def window_around(mask: NDArray[np.bool_], margin: int) -> tuple[slice, slice]:
    """Rows and columns around what is True, with a margin, inside the array."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return (
        slice(max(0, int(rows[0]) - margin), int(rows[-1]) + 1 + margin),
        slice(max(0, int(columns[0]) - margin), int(columns[-1]) + 1 + margin),
    )
