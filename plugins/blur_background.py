"""Blur the background, more the further it is from the object: image + masks -> image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np

from sam import Image, Masks, PromptError
from sam.compositing.backgrounds import blurred
from sam.matting.alpha import estimate_alpha
from sam.matting.trimap import make_trimap
from sam.options import Between

from . import effect_tab

if TYPE_CHECKING:
    from . import Host, Page


def blur_background(
    image: Image,
    masks: Masks,
    *,
    blur: Annotated[float, Between(0, 20, "per cent", step=0.1, usual=10)] = 2.0,
    falloff: bool = True,
) -> Image:
    """The image with all that is outside the masks out of focus; hair keeps its soft edge.

    Args:
        image: (H, W, 3) uint8 RGB.
        masks: of what stays sharp.
        blur: in per cent of the image's longer side, up to 20.
        falloff: blur less what is near the object, as if it stood at the same depth.

    Raises:
        PromptError: nothing in the masks, or a blur out of range.
    """
    import cv2

    if not masks.masks.any():
        raise PromptError("Nothing is selected: click the object that is to stay sharp.")
    mask = masks.union()
    alpha = estimate_alpha(image, make_trimap(mask))
    # The object is taken out of what is blurred, or its colours would glow around it.
    weight = (1 - alpha)[..., None].astype(np.float32)
    behind = blurred(np.round(image * weight).astype(np.uint8), blur).astype(np.float32)
    share = blurred(np.repeat(np.round(weight * 255).astype(np.uint8), 3, 2), blur).astype(np.float32) / 255
    far = np.where(share > 0.02, np.minimum(behind / np.maximum(share, 0.02), 255), image)
    if falloff and not mask.all():
        away = cv2.distanceTransform((~mask).view(np.uint8), cv2.DIST_L2, 5)
        depth = np.clip(away / (0.1 * max(mask.shape)), 0.35, 1)[..., None]
        far = far * depth + blurred(far.astype(np.uint8), max(0.1, blur / 4)) * (1 - depth)
    return np.round(far * weight + image * (1 - weight)).astype(np.uint8)


def build_tab(page: Page) -> None:
    """How much; the result is looked at on the stage."""
    effect_tab(
        page,
        blur_background,
        button="Blur the background",
        title="Background blurred",
        blur={"label": "Blur (% of the photo)", "minimum": 0.2},
        falloff={"label": "Blur more further away"},
    )


def setup(host: Host) -> None:
    """The tool, and the tab."""
    host.add_tool(blur_background)
    host.add_tab("Blur", build_tab, order=40, group="edit")
