"""Classic segmentation without weights, as baselines."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...types import Image

DISK_AREAS = (0.005, 0.03, 0.15)
"""Areas of the three disks, as shares of the image."""
REGION_SCALES = (100, 400, 1600)
"""Felzenszwalb's `scale` for the three regions, fine to coarse."""


def disks(size_hw: tuple[int, int], click: NDArray[np.float32]) -> list[NDArray[np.bool_]]:
    """Three disks around the click, smallest first."""
    height, width = size_hw
    rows, columns = np.ogrid[:height, :width]
    squared = (columns + 0.5 - click[0]) ** 2 + (rows + 0.5 - click[1]) ** 2
    return [squared <= share * height * width / np.pi for share in DISK_AREAS]


def region_maps(image: Image) -> list[NDArray[np.int64]]:
    """Felzenszwalb and Huttenlocher's regions (2004) at three scales, each (H, W) with a number for each region."""
    from skimage.segmentation import felzenszwalb

    return [felzenszwalb(image, scale=scale, sigma=0.8, min_size=64) for scale in REGION_SCALES]


def regions(maps: list[NDArray[np.int64]], click: NDArray[np.float32]) -> list[NDArray[np.bool_]]:
    """The region under the click, at each scale."""
    column, row = int(click[0]), int(click[1])
    return [numbers == numbers[row, column] for numbers in maps]


def filled_box(size_hw: tuple[int, int], box: NDArray[np.float32]) -> NDArray[np.bool_]:
    """All of a half-open box."""
    mask = np.zeros(size_hw, bool)
    x0, y0, x1, y1 = (round(float(v)) for v in box)
    mask[y0:y1, x0:x1] = True
    return mask


def grabcut(image: Image, box: NDArray[np.float32], iterations: int = 5) -> NDArray[np.bool_]:
    """GrabCut (Rother et al. 2004) from a box; the filled box where it gives nothing."""
    import cv2

    height, width = image.shape[:2]
    x0, y0, x1, y1 = (round(float(v)) for v in box)
    filled = filled_box((height, width), box)
    if filled.all() or min(x1 - x0, y1 - y0) < 2:
        return filled
    labels = np.zeros((height, width), np.uint8)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    try:
        cv2.setRNGSeed(0)
        cv2.grabCut(
            np.ascontiguousarray(image[..., ::-1]),
            labels,
            (x0, y0, x1 - x0, y1 - y0),
            *models,
            iterations,
            cv2.GC_INIT_WITH_RECT,
        )
    except cv2.error:
        return filled
    mask = (labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)
    return mask if mask.any() else filled
