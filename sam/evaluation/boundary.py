"""Boundary IoU: how well outlines agree, whatever the object's area."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .measures import mask_iou

DILATION_RATIO = 0.02
"""Width of the compared band as a share of the image's diagonal (Cheng et al. 2021, section 5.2: COCO, LVIS)."""


def boundary_of(mask: NDArray[np.bool_], ratio: float = DILATION_RATIO) -> NDArray[np.bool_]:
    """The mask's pixels within `ratio` of the diagonal of its outline; the image's edge counts as outline.

    As the authors compute it: as many 3 x 3 erosions as the band has pixels, at least one; outside is background.

    Args:
        mask: (H, W) bool.
        ratio: of the image's diagonal.
    """
    import cv2

    height, width = mask.shape
    pixels = max(1, round(ratio * float(np.hypot(height, width))))
    padded = np.pad(mask, 1).astype(np.uint8)
    inner = cv2.erode(padded, np.ones((3, 3), np.uint8), iterations=pixels, borderType=cv2.BORDER_CONSTANT)
    return mask & ~inner[1:-1, 1:-1].astype(bool)


def boundary_iou(first: NDArray[np.bool_], second: NDArray[np.bool_], ratio: float = DILATION_RATIO) -> float:
    """IoU in [0, 1] of the bands inside the two outlines (Cheng et al., "Boundary IoU", CVPR 2021, equation 2).

    Args:
        first, second: (H, W) bool.
        ratio: width of the band as a share of the image's diagonal.
    """
    return mask_iou(boundary_of(first, ratio), boundary_of(second, ratio))
