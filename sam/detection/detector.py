"""The interface of all detectors, and filtering of their raw scores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ..boxes import box_iou, nms
from ..errors import ModelUnavailable
from ..models.spec import BUILT_IN
from ..types import Boxes, Embedding, Image, Masks
from .near_names import Meaning
from .phrases import fold

AUTO = "auto"
"""Stands for whichever detector is best among those that are ready."""
RAW_SCORE = 0.05
"""Detectors leave out what scores below: nobody's threshold goes there, and thousands of boxes would."""
MIN_SCORE = 0.3
"""Confidence that is asked for unless said: between the .25 of Grounding DINO's post-processing and its demo's .35."""
OVERLAP = 0.7
"""Two boxes of one phrase that overlap more are one thing. Loose, since a crowd's boxes overlap too."""
SAME_PLACE = 0.5
"""A wanted and an unwanted box that overlap this much are about the same thing (the usual IoU of a match)."""


Progress = Callable[[float], None]


@runtime_checkable
class Detector(Protocol):
    """A model that finds what words name."""

    name: str

    def detect(self, image: Image | Embedding, text: str, *, progress: Progress | None = None) -> Boxes:
        """Boxes around everything `text` names ("dog. red car."), best first, raw: see `sift`.

        Args:
            image: (H, W, 3) uint8 RGB; a detector on a segmenter's encoder also takes its embedding.
            text: phrases, as `sam.detection.phrases.read_phrases` reads them.
            progress: told now and then what share is done; what it raises ends the work.

        Returns:
            Boxes with unfiltered scores and, as labels, the phrases as typed; N=0 where nothing was found.

        Raises:
            PromptError: no phrase, too many, or one that this model cannot know; it is named.
            ImageError: not such an array.
            ModelUnavailable: an embedding of another model.
        """
        ...


def sift(raw: Boxes, *, min_score: float = MIN_SCORE, overlap: float = OVERLAP, exclude: Sequence[str] = ()) -> Boxes:
    """Raw detections as an answer; takes microseconds, so that a slider can ask again without the model.

    A phrase in `exclude` takes away what it names: its own boxes, and any box on the same thing that is not more
    certainly what it is labelled.

    Args:
        raw: from `Detector.detect`, with the excluded phrases among those that were asked for.
        min_score: boxes below it are left out, excluded ones too.
        overlap: IoU from which the less certain of two boxes of one phrase is left out; 1 keeps all.
        exclude: phrases that are not wanted.

    Returns:
        Boxes, best first.
    """
    return raw[sift_rows(raw, min_score=min_score, overlap=overlap, exclude=exclude)]


def sift_rows(
    raw: Boxes, *, min_score: float = MIN_SCORE, overlap: float = OVERLAP, exclude: Sequence[str] = ()
) -> NDArray[np.int64]:
    """As `sift`, as rows of `raw`: what somebody has said about a box stays with it when the thresholds move."""
    high = raw.scores >= min_score
    unwanted = {fold(phrase) for phrase in exclude}
    out = np.array([fold(label) in unwanted for label in raw.labels], bool)
    wanted, against = np.flatnonzero(high & ~out), raw[high & out]
    if len(against) and len(wanted):
        close = box_iou(raw.xyxy[wanted], against.xyxy) >= SAME_PLACE
        beaten = close & (against.scores[None] >= raw.scores[wanted][:, None])
        wanted = wanted[~beaten.any(axis=1)]
    labels = np.array(raw.labels, object)[wanted]
    groups = [wanted[labels == label] for label in dict.fromkeys(labels)]
    kept = [rows[nms(raw.xyxy[rows], raw.scores[rows], overlap)] for rows in groups]
    rows = np.concatenate(kept) if kept else np.zeros(0, np.int64)
    return rows[np.argsort(-raw.scores[rows], kind="stable")]


@runtime_checkable
class Interpreter(Protocol):
    """A detector of a list of names that takes other words for the nearest of them."""

    def meanings(self, text: str) -> tuple[Meaning, ...]:
        """What each phrase of `text` is taken for.

        Raises:
            PromptError: no phrase, too many, or one that is near to no name.
        """
        ...


@runtime_checkable
class Outliner(Protocol):
    """A detector that also knows the outlines of what it has found."""

    def outline(self, image: Image | Embedding, boxes: Boxes) -> Masks:
        """A mask for each box, in their order, with scores and labels of the boxes.

        Args:
            image: that `detect` was asked about.
            boxes: with labels that `detect` knows; they may have been moved.

        Raises:
            PromptError, ImageError, ModelUnavailable: as `Detector.detect`.
        """
        ...


def find_detector(name: str = AUTO) -> str:
    """The name to load: `name` itself, or for "auto" the detector to use here.

    A detector of any words that the user has downloaded is preferred to the embedded one, which knows a list of names.

    Raises:
        ModelUnavailable: "auto", and none is ready; says how to get one.
    """
    from ..models.catalog import specs

    if name != AUTO:
        return name
    known = [spec for spec in specs() if "detect" in spec.tasks]
    ready = sorted((spec for spec in known if spec.ready), key=lambda spec: spec.source == BUILT_IN)
    if ready:
        return ready[0].name
    if not known:
        raise ModelUnavailable("No model here finds things by name. Install the package again.")
    from ..models.registry import how_to_get

    missing = known[0].missing
    needs = f" It also needs {' and '.join(missing)}." if missing else ""
    raise ModelUnavailable(f"No model that finds things by name is on this machine yet. {how_to_get(known[0])}{needs}")
