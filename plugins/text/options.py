"""How things are looked for by name: one declaration for the tools, their commands and endpoints, and the tab."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from sam import DetectorName
from sam.detection.detector import AUTO, MIN_SCORE, OVERLAP
from sam.options import Between, Options


@dataclass(frozen=True)
class FindOptions(Options):
    """What counts as found."""

    model: Annotated[DetectorName, 'a detector\'s name; "auto" takes one that is on this machine'] = AUTO
    min_score: Annotated[float, Between(0, 1, step=0.01), "confidence from which a box counts"] = MIN_SCORE
    overlap: Annotated[
        float, Between(0, 1, step=0.05), "IoU from which the worse of two boxes of one phrase is left out"
    ] = OVERLAP
    exclude: Annotated[str, 'names of what is not wanted ("puppy. toy"): boxes that fit these better are left out'] = ""
