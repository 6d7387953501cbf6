"""Sharper outlines of small objects in large photos: image + masks -> masks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from sam import Image, Masks, PromptError, SegmenterName, load_model
from sam.high_resolution.sharpen_outlines import refine
from sam.options import Between

if TYPE_CHECKING:
    from . import Host


def sharpen_outlines(
    image: Image,
    masks: Masks,
    *,
    model: SegmenterName = "nano",
    margin: Annotated[float, Between(0.1, 2, step=0.05)] = 0.25,
) -> Masks:
    """The same objects, each outline read again from the part of the photo around it, at full resolution.

    A model sees a large photo small. What fills the photo, or a photo that the model sees whole, stays as it is.

    Args:
        image: (H, W, 3) uint8 RGB.
        masks: of small objects in it.
        model: any promptable model.
        margin: what is seen around an object, as a share of its longer side, 0.1 to 2.

    Raises:
        PromptError: nothing in the masks, masks of another image, or a number out of range.
    """
    if not masks.masks.any():
        raise PromptError("Nothing is selected: click the objects whose outlines are to be sharper.")
    return refine(load_model(model), image, masks, margin=margin).masks


def setup(host: Host) -> None:
    """The tool; in the page it is a button of each object, and needs no tab."""
    host.add_tool(sharpen_outlines)
