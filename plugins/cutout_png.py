"""Save objects with a hard or feathered edge: image + masks -> a picture with a transparent background."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np

from sam import Cutout, Image, Masks, PromptError
from sam.masks import feather as soften
from sam.options import Between

if TYPE_CHECKING:
    from . import Host

MOST = 4096
"""Largest feather and margin in pixels: a slip of the finger must not ask for gigabytes."""


def cutout_png(
    image: Image,
    masks: Masks,
    *,
    feather: Annotated[float, Between(0, MOST, "pixels", usual=40)] = 0.0,
    trim: bool = False,
    margin: Annotated[int, Between(0, MOST, "pixels", usual=200)] = 0,
) -> Cutout:
    """What the masks cover, all else transparent.

    Args:
        image: (H, W, 3) uint8 RGB.
        masks: of that image; several are cut out together.
        feather: radius in pixels over which the edge fades; 0 is a hard edge.
        trim: crop to what is visible.
        margin: transparent pixels around it on each side, exactly, also beyond the image; only with `trim`.

    Raises:
        PromptError: nothing in the masks, masks of another image, or a feather or margin out of range.
    """
    if not masks.masks.any():
        raise PromptError("There is nothing to cut out: click an object in the picture first, or select one.")
    if masks.size_hw != image.shape[:2]:
        raise PromptError(f"masks: expected the size of the image, {image.shape[:2]}, got {masks.size_hw}.")
    if not (0 <= feather <= MOST and 0 <= margin <= MOST):
        raise PromptError(f"feather and margin: expected 0 to {MOST} pixels, got {feather:g} and {margin}.")
    union = masks.union()
    alpha = np.round(soften(union, feather) * 255).astype(np.uint8) if feather else union.astype(np.uint8) * 255
    # Colours under full transparency go too, so that the removed background cannot be brought back.
    rgba = np.dstack([image * (alpha > 0)[..., None], alpha]).astype(np.uint8)
    if trim and alpha.any():  # a wide feather can fade a tiny mask away altogether
        rows, columns = np.flatnonzero(alpha.any(1)), np.flatnonzero(alpha.any(0))
        rgba = rgba[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        rgba = np.pad(rgba, ((margin, margin), (margin, margin), (0, 0)))
    return rgba


def setup(host: Host) -> None:
    """The tool; the tab is the plugin `cutout`'s."""
    host.add_tool(cutout_png)
