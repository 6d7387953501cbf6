"""Erasing's settings, declared once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from ..options import Between, Options

Engine = Literal["auto", "patches", "blend", "telea", "navier-stokes", "lama", "diffusion"]
"""auto: Telea for scratches of a few pixels, for all else patches, weakened as far as they are a guess. patches: as
they are, the crispest. blend: half of them, half of a smooth filling. lama: a file in the models folder. diffusion: an
extra, with a model in the models folder or from the hub."""

MAX_GROW = 200
MAX_SEED = 2**53


@dataclass(frozen=True)
class EraseOptions(Options):
    """How what a mask covers is filled."""

    engine: Annotated[Engine, "what fills the hole"] = "auto"
    grow: Annotated[
        int,
        Between(0, MAX_GROW, "pixels", usual=60),
        "pixels by which the selection is grown, so that no rim of the object stays",
    ] = 4
    soften: Annotated[
        int,
        Between(0, MAX_GROW, "pixels", usual=30),
        "pixels beyond that over which old and new are blended; what lies further out is identical",
    ] = 4
    seed: Annotated[
        int, Between(0, MAX_SEED), "another one gives another proposal (engines that copy patches, and diffusion)"
    ] = 0
    prompt: Annotated[str, 'what is to be there instead ("diffusion" only); empty: background'] = ""
    strength: Annotated[
        float, Between(0, 1, step=0.05), 'how little of what was there stays, above 0 to 1 ("diffusion" only)'
    ] = 1.0
