"""The random walker (Grady 2006) as a segmenter."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...types import Image

LONGEST = 160
"""Longest side in pixels at which it walks: the equations of a whole photo take seconds an object."""
BETA = 400
"""How strongly colour differences hold the walker back. The default, 130, leaks more: tried with 130, 400 and 1000 on
a few photos, so that the baseline is no straw man; boxes were best with 400, clicks rose further."""
CLICK_RADIUS = 0.015
"""Radius of the seed around a click, as a share of the image's diagonal."""
FAR_RADIUS = 0.5
"""Background seeds on the image's border keep this share of the diagonal away from a click close to the border."""
MIDDLE = 0.4
"""Sides of the object seed in the middle of a box, as a share of the box's sides."""
FREE, OBJECT, BACKGROUND = 0, 1, 2


def walk_from_click(image: Image, click: NDArray[np.float32]) -> NDArray[np.bool_]:
    """The object under a click. Seeds: a disc around the click against the image's border.

    A border that is near the click is no seed, since the object may reach it: only the part that is farther away than
    `FAR_RADIUS` of the diagonal counts, or the farthest corner where there is no such part.

    Args:
        image: (H, W, 3) uint8.
        click: (2,) x, y.
    """
    small, scale = _small(image)
    height, width = small.shape[:2]
    rows, columns = np.ogrid[:height, :width]
    away = np.hypot(columns + 0.5 - click[0] * scale[0], rows + 0.5 - click[1] * scale[1])
    diagonal = float(np.hypot(height, width))
    seeds = np.full((height, width), FREE, np.int32)
    border = np.ones((height, width), bool)
    border[1:-1, 1:-1] = False
    near = CLICK_RADIUS * diagonal
    # A click in the middle of a photo is nearer to every border than half the diagonal.
    far = min(FAR_RADIUS * diagonal, 0.8 * float(away[border].max()))
    seeds[border & (away >= far)] = BACKGROUND
    seeds[(away <= max(1.0, near)) | (away == away.min())] = OBJECT
    return _full(_walk(small, seeds), image.shape[:2])


def walk_from_box(image: Image, box: NDArray[np.float32]) -> NDArray[np.bool_]:
    """The object in a box. Seeds: the middle of the box against all that is outside it; the filled box if nothing is.

    Args:
        image: (H, W, 3) uint8.
        box: (4,) half-open.
    """
    height, width = image.shape[:2]
    x0, y0, x1, y1 = (round(float(side)) for side in box)
    filled = np.zeros((height, width), bool)
    filled[y0:y1, x0:x1] = True
    if filled.all() or min(x1 - x0, y1 - y0) < 3:
        return filled
    # All outside is seed, so that the walk does not change when all but a rim of it is cut off.
    rim = max(2, (max(x1 - x0, y1 - y0)) // 20)
    top, left, bottom, right = max(0, y0 - rim), max(0, x0 - rim), min(height, y1 + rim), min(width, x1 + rim)
    crop = np.ascontiguousarray(image[top:bottom, left:right])
    small, scale = _small(crop)
    seeds = np.full(small.shape[:2], BACKGROUND, np.int32)
    corners = np.array([x0 - left, y0 - top, x1 - left, y1 - top]) * np.tile(scale, 2)
    a, b, c, d = (round(float(side)) for side in corners)
    seeds[b:d, a:c] = FREE
    middle, half = (corners[:2] + corners[2:]) / 2, MIDDLE / 2 * (corners[2:] - corners[:2])
    low, high = np.floor(middle - half).astype(int), np.ceil(middle + half).astype(int)
    seeds[low[1] : high[1], low[0] : high[0]] = OBJECT
    mask = np.zeros((height, width), bool)
    mask[top:bottom, left:right] = _full(_walk(small, seeds), crop.shape[:2])
    return mask & filled


def _small(image: Image) -> tuple[Image, NDArray[np.float64]]:
    """The image at `LONGEST` at most, and the factors from (x, y) to it."""
    import cv2

    height, width = image.shape[:2]
    factor = min(1.0, LONGEST / max(height, width))
    size = max(1, round(width * factor)), max(1, round(height * factor))
    small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    return small, np.array([size[0] / width, size[1] / height])


def _walk(image: Image, seeds: NDArray[np.int32]) -> NDArray[np.float32]:
    """(h, w) float32, the probability that a walker meets an object seed first."""
    if not (seeds == FREE).any() or not (seeds == BACKGROUND).any():
        return (seeds != BACKGROUND).astype(np.float32)
    from skimage.segmentation import random_walker

    # An iterative solution may miss [0, 1] slightly, which does not matter for what is above one half.
    probability = random_walker(
        image.astype(np.float32) / 255,
        seeds,
        beta=BETA,
        mode="cg_j",
        return_full_prob=True,
        channel_axis=-1,
        prob_tol=np.inf,
    )
    return np.asarray(probability[0], np.float32)


def _full(probability: NDArray[np.float32], size_hw: tuple[int, ...]) -> NDArray[np.bool_]:
    import cv2

    return np.asarray(cv2.resize(probability, (size_hw[1], size_hw[0]), interpolation=cv2.INTER_LINEAR) > 0.5)
