"""Give an object another colour and keep its shading: image + masks -> image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np

from sam import Image, Masks, PromptError
from sam.compositing.backgrounds import read_colour
from sam.masks import feather
from sam.options import Between

from . import effect_tab

if TYPE_CHECKING:
    from . import Host, Page


def recolour(
    image: Image,
    masks: Masks,
    *,
    colour: str = "#c0392b",
    strength: Annotated[float, Between(0, 1, step=0.05)] = 1.0,
) -> Image:
    """The image with the masks in another colour: hue and saturation change, light and shadow stay (CIE Lab).

    Args:
        image: (H, W, 3) uint8 RGB.
        masks: of what is painted.
        colour: "#rrggbb".
        strength: 0 (as it was) to 1; the object's mean lightness moves by half as much towards the colour's.

    Raises:
        PromptError: nothing in the masks, masks of another image, no colour, or a strength out of range.
    """
    import cv2

    if not masks.masks.any():
        raise PromptError("Nothing is selected: click the object that is to get another colour.")
    if masks.size_hw != image.shape[:2]:
        raise PromptError(f"masks: expected the size of the image, {image.shape[:2]}, got {masks.size_hw}.")
    if not 0 <= strength <= 1:
        raise PromptError(f"strength: expected 0 to 1, got {strength:g}.")
    target = cv2.cvtColor(np.array([[read_colour(colour)]], np.float32) / 255, cv2.COLOR_RGB2LAB)[0, 0]
    mask = masks.union()
    weight = feather(mask, 1.0)
    rows, columns = np.nonzero(weight)
    lab = cv2.cvtColor(image[rows, columns][None].astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[0]
    inside = mask[rows, columns]
    # Half of the way in lightness: a white shirt made red must get darker, its folds must stay.
    painted = np.column_stack([lab[:, 0] + (target[0] - lab[inside, 0].mean()) / 2, np.tile(target[1:], (len(lab), 1))])
    mixed = lab + strength * (painted - lab)
    rgb = cv2.cvtColor(np.clip(mixed, (0, -127, -127), (100, 127, 127))[None].astype(np.float32), cv2.COLOR_LAB2RGB)[0]
    share = weight[rows, columns, None]
    result = image.copy()
    result[rows, columns] = np.round(np.clip(rgb, 0, 1) * 255 * share + image[rows, columns] * (1 - share))
    return result


def build_tab(page: Page) -> None:
    """Which colour; the result is looked at on the stage."""
    effect_tab(page, recolour, button="Recolour", title="Recoloured", colour={"label": "New colour"})


def setup(host: Host) -> None:
    """The tool, and the tab."""
    host.add_tool(recolour)
    host.add_tab("Recolour", build_tab, order=50, group="edit")
