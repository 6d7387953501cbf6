"""Types that say of a text that it names a model: for options of tools, whatever these are called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated


@dataclass(frozen=True)
class ModelFor:
    """Says that a text names a model: forms offer models, and visitors may give only those that they may use.

    Attributes:
        task: what the model must be able to do, one of `ModelSpec.tasks`.
    """

    task: str


SegmenterName = Annotated[str, ModelFor("segment")]
"""For options of tools: what `load_model` takes for a `Segmenter`."""

DetectorName = Annotated[str, ModelFor("detect")]
"""For options of tools: what `load_model` takes for a `Detector`, or "auto"."""

SubjectFinderName = Annotated[str, ModelFor("subject")]
"""For options of tools: what `load_model` takes for a `SubjectFinder`."""
