"""From words to raw boxes, and from boxes to masks, by whichever models do it here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plugins.click import boxes_to_masks, outline_boxes
from sam import Boxes, Detector, Image, Masks, PromptError, Segmenter, load_model
from sam.detection.detections import Detections
from sam.detection.detector import AUTO, Interpreter, Outliner, Progress, find_detector, sift, sift_rows
from sam.detection.phrases import fold, join_phrases, read_excluded, read_phrases
from sam.images import image_hash
from sam.runtime.embedding_cache import is_embedded
from sam.runtime.leases import is_lent, one_lease


def detect(image: Image, text: str, exclude: str, model: str = AUTO, progress: Progress | None = None) -> Boxes:
    """Raw boxes of what is wanted and of what is not, for `sam.detection.detector.sift`.

    Raises:
        PromptError: no phrase, or one that is wanted and excluded.
        ModelUnavailable: no such detector.
    """
    question = ask_for(text, exclude)
    return load_model(find_detector(model), Detector).detect(image, question, progress=progress)


def taken_for(text: str, exclude: str, model: str = AUTO) -> dict[str, str]:
    """Folded phrase -> the name that it is taken for and how near the two are, for phrases that are no such name.

    Raises:
        PromptError, ModelUnavailable: as `detect`.
    """
    detector = load_model(find_detector(model), Detector)
    if not isinstance(detector, Interpreter):
        return {}
    meanings = detector.meanings(ask_for(text, exclude))
    return {fold(one.phrase): f"{one.name.name} ({one.score:.2f})" for one in meanings if one.score < 1}


def ask_for(text: str, exclude: str) -> str:
    """What is wanted and what is not, as one text for a detector.

    Raises:
        PromptError: as `detect`.
    """
    wanted, unwanted = read_phrases(text), read_excluded(exclude)
    both = {fold(phrase) for phrase in wanted} & {fold(phrase) for phrase in unwanted}
    if both:
        raise PromptError(f"{sorted(both)[0]!r} is both wanted and excluded. Take it out of one of the two.")
    return join_phrases((*wanted, *unwanted))


def outline(image: Image, boxes: Boxes, model: str, segmenter: str) -> Masks:
    """The mask in each box: the detector's own where it came with the boxes, by the detector itself where it has the
    segmenter's encoder, else by the segmenter.

    Args:
        image: that the boxes are of.
        boxes: with the phrases that the detector was asked for as labels.
        model: the detector, or "auto".
        segmenter: the model that draws.
    """
    if isinstance(boxes, Detections):
        return boxes.masks()
    detector = load_model(find_detector(model), Detector) if len(boxes) else None
    if isinstance(detector, Outliner) and segmenter == "nano":
        return detector.outline(image, boxes)
    return boxes_to_masks(image, boxes, model=segmenter)


def search(
    image: Image,
    text: str,
    exclude: str,
    sifting: Mapping[str, Any],
    models: tuple[str, str],
    most: int,
    progress: Progress,
) -> tuple[Boxes, Masks]:
    """Raw boxes as `detect`, and the masks of the first `most` of those that pass.

    Args:
        sifting: options of `sam.detection.detector.sift`.
        models: detector and segmenter.
        most: that are outlined.
        progress: told the fraction done; may raise to stop.

    Raises:
        PromptError, ModelUnavailable: as `detect`.
    """
    both = lent_together(image, *models)
    if both:
        return detect_and_outline(*both, image, ask_for(text, exclude), sifting, most, progress=progress)
    boxes = detect(image, text, exclude, models[0], progress)
    return boxes, outline(image, boxes[sift_rows(boxes, **sifting)[:most]], *models)


def lent_together(image: Image, model: str, segmenter: str) -> tuple[Detector, Segmenter] | None:
    """Both models where each would take a lease of its own for this image; None where one call needs no care."""
    detector = load_model(find_detector(model), Detector)
    if not is_lent(detector):
        return None
    drawer = load_model(segmenter)
    return (detector, drawer) if is_lent(drawer) and not is_embedded(drawer, image_hash(image)) else None


def _units(detector: Detector, segmenter: Segmenter, image: Image, text: str, *more: Any) -> float:
    return 2.0 + text.count(".")


@one_lease("text", _units)
def find_and_outline(
    detector: Detector, segmenter: Segmenter, image: Image, text: str, sifting: Mapping[str, Any]
) -> Masks:
    """Masks of what passes, in one go, for models that are both lent.

    Args:
        sifting: options of `sam.detection.detector.sift`.
    """
    return _outline(segmenter, image, sift(detector.detect(image, text), **sifting))


@one_lease("text", _units)
def detect_and_outline(
    detector: Detector,
    segmenter: Segmenter,
    image: Image,
    text: str,
    sifting: Mapping[str, Any],
    most: int,
    *,
    progress: Progress | None = None,
) -> tuple[Boxes, Masks]:
    """As `find_and_outline`, with the raw boxes, and of what passes the first `most`."""
    boxes = detector.detect(image, text, progress=progress)
    return boxes, _outline(segmenter, image, boxes[sift_rows(boxes, **sifting)[:most]])


def _outline(segmenter: Segmenter, image: Image, boxes: Boxes) -> Masks:
    masks = boxes.masks() if isinstance(boxes, Detections) else outline_boxes(segmenter, image, boxes)
    # What they were drawn from is megabytes, and of no use to whoever gets the masks.
    return Masks(masks.masks, masks.scores, boxes=masks.boxes)
