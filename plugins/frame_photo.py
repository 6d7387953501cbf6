"""Crop the photo as its cut-out will be: image + cut-out -> image, so that both can be put together again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plugins.cutout.options import FrameOptions
from sam import Cutout, Image, PromptError
from sam.compositing.framing import crop_to, find_window
from sam.options import spread

if TYPE_CHECKING:
    from . import Host


@spread(FrameOptions)
def frame_photo(image: Image, cutout: Cutout, *, options: FrameOptions) -> Image:
    """The photo in the frame that `frame_cutout` gives the cut-out with the same options; do this before that.

    Beyond its border, the photo repeats it.

    Args:
        image: the photo that the cut-out was cut from.
        cutout: of that photo, not framed yet.

    Raises:
        PromptError: an empty cut-out, one of another size, or a margin out of range.
    """
    if cutout.shape[:2] != image.shape[:2]:
        raise PromptError(f"cutout: expected the size of the image, {image.shape[:2]}, got {cutout.shape[:2]}.")
    return crop_to(image, find_window(cutout[..., 3], options.frame, options.margin), repeat=True)


def setup(host: Host) -> None:
    """The tool; the tab is the plugin `cutout`'s."""
    host.add_tool(frame_photo)
