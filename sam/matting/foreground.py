"""The object's own colours where it mixes with the background."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..types import Image
from .trimap import window_around

_FAR = 90
_NEAR = 6


def estimate_foreground(image: Image, alpha: NDArray[np.float32]) -> Image:
    """The colours of the object alone where it mixes with the background, so that no halo of the old one stays.

    Blur fusion (Forte, "Approximate fast foreground colour estimation", 2021) with a wide and a narrow window. The
    blurred colours are computed at 1.5 megapixels at most, the correction at full size and for mixed pixels only.

    Args:
        image: (H, W, 3) uint8 RGB.
        alpha: (H, W) float32 in [0, 1].

    Returns:
        (H, W, 3) uint8; equal to the image wherever alpha is 0 or 1.
    """
    import cv2

    mixed = (alpha > 0) & (alpha < 1)
    result = image.copy()
    if not mixed.any():
        return result
    rows, columns = window_around(mixed, 2 * _NEAR)
    crop, part, where = image[rows, columns], alpha[rows, columns], mixed[rows, columns]
    scale = min(1.0, (1_500_000 / part.size) ** 0.5)
    size = max(1, round(crop.shape[1] * scale)), max(1, round(crop.shape[0] * scale))
    small: Any = cv2.resize(crop, size, interpolation=cv2.INTER_AREA).astype(np.float32).reshape(size[1], size[0], 3)
    cover: Any = cv2.resize(part, size, interpolation=cv2.INTER_AREA).reshape(size[1], size[0], 1)
    front, back = _fuse(small, small, small, cover, _FAR)
    front, back = _means(front, back, cover, _NEAR)
    shape = (part.shape[1], part.shape[0])
    y, x = np.nonzero(where)
    mean_front = cv2.resize(front, shape, interpolation=cv2.INTER_LINEAR).reshape(*part.shape, 3)[y, x]
    mean_back = cv2.resize(back, shape, interpolation=cv2.INTER_LINEAR).reshape(*part.shape, 3)[y, x]
    a = part[y, x, None]
    exact = mean_front + a * (crop[y, x] - a * mean_front - (1 - a) * mean_back)
    result[rows, columns][y, x] = np.clip(np.round(exact), 0, 255).astype(np.uint8)
    return result


def _means(
    front: NDArray[np.float32], back: NDArray[np.float32], alpha: NDArray[np.float32], radius: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Local mean colours of object and background, each weighted by how much of a pixel it is."""
    import cv2

    side = (2 * radius + 1,) * 2
    share = cv2.blur(alpha, side)[..., None]
    mean_front = cv2.blur(front * alpha, side) / (share + 1e-5)
    mean_back = cv2.blur(back * (1 - alpha), side) / (1 - share + 1e-5)
    return mean_front.astype(np.float32), mean_back.astype(np.float32)


def _fuse(
    image: NDArray[np.float32],
    front: NDArray[np.float32],
    back: NDArray[np.float32],
    alpha: NDArray[np.float32],
    radius: int,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """One round of blur fusion: equation 5 of the paper."""
    mean_front, mean_back = _means(front, back, alpha, radius)
    better = mean_front + alpha * (image - alpha * mean_front - (1 - alpha) * mean_back)
    return np.clip(better, 0, 255), mean_back
