"""Cut out with a soft edge: image + masks -> cut-out -> picture over another background."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sam import Cutout, Image, Masks
from sam.compositing.backgrounds import lay_over, make_backdrop
from sam.compositing.framing import crop_to, find_window
from sam.matting import matte as soften
from sam.options import spread

from .options import BackgroundOptions, EdgeOptions, FrameOptions
from .tab import build_tab, check_masks

if TYPE_CHECKING:
    from .. import Host


@spread(EdgeOptions)
def matte(image: Image, masks: Masks, *, options: EdgeOptions) -> Cutout:
    """What the masks cover, with a soft edge and without the background's colours in it.

    Args:
        image: (H, W, 3) uint8 RGB.
        masks: of that image; several are cut out together.

    Raises:
        PromptError: nothing in the masks, masks of another image, or a band out of range.
        ModelUnavailable: a ViTMatte that is not here.
    """
    check_masks(image, masks)
    return soften(image, masks.union(), options.band, engine=options.engine)


@spread(BackgroundOptions)
def compose(image: Image, cutout: Cutout, *, options: BackgroundOptions) -> Image:
    """The cut-out over a background of the same size.

    Args:
        image: the photo that it was cut from, which "blur" needs.
        cutout: of that photo.

    Raises:
        PromptError: another size, or a value out of range.
    """
    backdrop = make_backdrop(image, options.background, options.colour, options.blur)
    return lay_over(cutout, backdrop, options.shadow)


@spread(FrameOptions)
def frame_cutout(cutout: Cutout, *, options: FrameOptions) -> Cutout:
    """The cut-out trimmed, in a square, or in a passport picture's shape.

    Args:
        cutout: RGBA.

    Raises:
        PromptError: an empty cut-out, or a margin out of range.
    """
    return crop_to(cutout, find_window(cutout[..., 3], options.frame, options.margin))


def setup(host: Host) -> None:
    """The tools, and the tab."""
    host.add_tool(matte)
    host.add_tool(compose)
    host.add_tool(frame_cutout)
    host.add_tab("Cut out", build_tab, order=30, group="edit")
