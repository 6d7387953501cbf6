"""How objects are cut out, framed and put before something: one declaration for tools, commands, endpoints and tab."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from sam import ModelFor
from sam.compositing.backgrounds import Backdrop
from sam.compositing.framing import Frame
from sam.matting import MAX_BAND, Matting
from sam.options import Between, Options


@dataclass(frozen=True)
class EdgeOptions(Options):
    """The soft edge."""

    band: Annotated[
        int,
        Between(0, MAX_BAND, "pixels", usual=150),
        "pixels to both sides of the edge where hair and the like are looked for; 0: suits the object's size",
    ] = 0
    engine: Annotated[Matting, ModelFor("matte"), "what finds the soft edge; the ViTMattes must be downloaded"] = (
        "closed-form"
    )


@dataclass(frozen=True)
class FrameOptions(Options):
    """The part of the picture that is kept."""

    frame: Annotated[Frame, "what to keep"] = "trim"
    margin: Annotated[
        float,
        Between(0, 200, "per cent", step=1, usual=50),
        "per cent of the object's longer side that stays free around it",
    ] = 5.0


@dataclass(frozen=True)
class BackgroundOptions(Options):
    """What goes behind the object."""

    background: Annotated[Backdrop, "what goes behind it"] = "white"
    colour: Annotated[str, '"#rrggbb", for the backgrounds "colour" and "gradient"'] = "#ffffff"
    blur: Annotated[
        float, Between(0, 20, "per cent", step=0.5, usual=10), "in per cent of the picture's longer side"
    ] = 3.0
    shadow: Annotated[float, Between(0, 1, step=0.05), "a drawn one, 0 (none) to 1"] = 0.0
