"""The shadow that an object casts: darker than the ground, of the ground's colour, and touching the object."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import PromptError
from ..images import check_image
from ..inpainting.laplace import stretch_membrane
from ..types import Image

_WORK = 320
"""Longest side in pixels at which shadows are looked for: they are soft."""
_REACH = 0.8
"""How far from the object, as a share of its size (the root of its area)."""
_RIM = 5
"""Pixels beside the object, at that size, whose own colour cannot be told."""
_DARK = (0.06, 0.85)
"""Loss of light of a shadow; more than that is another thing, not a shadow."""
_TINT = 0.12
"""Largest difference between the channels' losses: a shadow has the colour of the ground."""


def measure_shadow(image: Image, mask: ArrayLike) -> NDArray[np.float32]:
    """How much light the object's shadow takes away.

    The ground is what a membrane over object and surroundings says, stretched from where no shadow can reach. It
    works on ground of one colour or a slow change; on busy ground it finds little, rather than too much.

    Args:
        image: (H, W, 3) uint8 RGB.
        mask: (H, W) bool of the object.

    Returns:
        (H, W) float32 in [0, 1]: 0 no shadow, 0.5 half of the light. 0 under the mask.

    Raises:
        ImageError, PromptError: not an image, or a mask of another size.
    """
    import cv2

    check_image(image)
    mask = np.asarray(mask).astype(bool)
    if mask.shape != image.shape[:2]:
        raise PromptError(f"mask: expected the size of the image, {image.shape[:2]}, got {mask.shape}.")
    height, width = mask.shape
    if not mask.any() or mask.all():
        return np.zeros(mask.shape, np.float32)
    scale = min(1.0, _WORK / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    code: Any = mask.astype(np.float32)
    thing = cv2.resize(code, size, interpolation=cv2.INTER_AREA).reshape(size[1], size[0]) > 0.05
    small: Any = cv2.resize(image, size, interpolation=cv2.INTER_AREA).reshape(size[1], size[0], 3)
    small = cv2.GaussianBlur(small, (0, 0), 1.5).astype(np.float32)
    distance = cv2.distanceTransform((~thing).astype(np.uint8), cv2.DIST_L2, 5)
    near = distance <= max(4.0, _REACH * np.count_nonzero(thing) ** 0.5)
    if near.all():
        return np.zeros(mask.shape, np.float32)
    ground = stretch_membrane(small, near)
    loss = 1 - small / np.maximum(ground, 8)
    mean, spread = loss.mean(2), np.ptp(loss, axis=2)
    shadow = near & ~thing & (mean > _DARK[0]) & (mean < _DARK[1]) & (spread < _TINT)
    shadow = cv2.morphologyEx(shadow.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)).astype(bool)
    # Only what the object touches is its own; beside it, its colour has run into the blurred ground.
    rim = distance <= _RIM
    _, labels = cv2.connectedComponents((shadow | rim).astype(np.uint8), connectivity=8)
    own = shadow & np.isin(labels, np.unique(labels[thing]))
    dark: Any = np.where(own, np.clip(mean, 0, 1), 0).astype(np.float32)
    spread_in = cv2.dilate(dark, np.ones((2 * _RIM + 1,) * 2, np.uint8))
    dark = np.where(rim & ~own, spread_in, dark)
    full: Any = cv2.resize(cv2.GaussianBlur(dark, (0, 0), 1), (width, height), interpolation=cv2.INTER_LINEAR)
    full = full.reshape(height, width)
    full[mask] = 0
    return np.asarray(full, np.float32)


def find_shadow(image: Image, mask: ArrayLike) -> NDArray[np.bool_]:
    """(H, W) bool: where `measure_shadow` finds one."""
    return np.asarray(measure_shadow(image, mask) > _DARK[0] / 2)
