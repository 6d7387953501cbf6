"""Make objects unrecognisable, such as faces and number plates: image + masks -> image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np

from sam import Image, Masks, PromptError
from sam.options import Between

from . import effect_tab

if TYPE_CHECKING:
    from . import Host, Page


def pixelate(image: Image, masks: Masks, *, blocks: Annotated[int, Between(1, 64, usual=40)] = 8) -> Image:
    """The image with each mask in coarse squares; everything else stays bit for bit.

    Args:
        image: (H, W, 3) uint8 RGB.
        masks: of what is hidden, each on its own.
        blocks: squares along the longer side of each object, 1 to 64; few hide more.

    Raises:
        PromptError: nothing in the masks, masks of another image, or a number out of range.
    """
    if not masks.masks.any():
        raise PromptError("Nothing is selected: click what is to be hidden.")
    if masks.size_hw != image.shape[:2]:
        raise PromptError(f"masks: expected the size of the image, {image.shape[:2]}, got {masks.size_hw}.")
    if not 1 <= blocks <= 64:
        raise PromptError(f"blocks: expected 1 to 64, got {blocks}.")
    result = image.copy()
    for mask in masks:
        if not mask.any():
            continue
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
        part, inside = image[box], mask[box]
        side = -(-max(inside.shape) // blocks)
        y, x = np.nonzero(inside)
        square = (y // side) * (inside.shape[1] // side + 1) + x // side
        # Each square has the mean of the object's own pixels in it, so that nothing of it shines through.
        count = np.maximum(np.bincount(square), 1)
        colours = np.stack([np.bincount(square, part[y, x, channel]) / count for channel in range(3)], 1)
        result[box][y, x] = np.round(colours[square]).astype(np.uint8)
    return result


def build_tab(page: Page) -> None:
    """How coarse; the result is looked at on the stage."""
    effect_tab(page, pixelate, button="Pixelate", title="Pixelated", blocks={"label": "Squares along the object"})


def setup(host: Host) -> None:
    """The tool, and the tab."""
    host.add_tool(pixelate)
    host.add_tab("Pixelate", build_tab, order=45, group="edit")
