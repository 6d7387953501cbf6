"""Put a cut-out before another picture: cut-out + background -> image. The tab "Cut out" offers it to people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from sam import Cutout, Image
from sam.compositing.backgrounds import cover, lay_over
from sam.options import Between

if TYPE_CHECKING:
    from . import Host


def replace_background(
    cutout: Cutout, background: Image, *, shadow: Annotated[float, Between(0, 1, step=0.05)] = 0.0
) -> Image:
    """The cut-out over another picture, which is scaled to cover it.

    Args:
        cutout: RGBA, such as `matte` makes.
        background: any size.
        shadow: a drawn one, 0 (none) to 1.

    Raises:
        PromptError: a shadow out of range.
    """
    return lay_over(cutout, cover(background, cutout.shape[:2]), shadow)


def setup(host: Host) -> None:
    """The tool."""
    host.add_tool(replace_background)
