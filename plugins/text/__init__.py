"""Find things by name: text -> boxes -> masks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sam import Boxes, Detector, DetectorName, Image, Masks, SegmenterName, load_model
from sam.detection.detector import AUTO, MIN_SCORE, OVERLAP, find_detector, sift
from sam.detection.phrases import read_excluded
from sam.runtime.leases import is_lent

from .search import ask_for, check_share, detect, find_and_outline, outline
from .tab import build_tab

if TYPE_CHECKING:
    from .. import Host

CSS = Path(__file__).with_name("found.css")


def text_to_boxes(
    image: Image,
    text: str,
    *,
    model: DetectorName = AUTO,
    min_score: float = MIN_SCORE,
    overlap: float = OVERLAP,
    exclude: str = "",
) -> Boxes:
    """Boxes around everything that `text` names ("dog. red car"), best first; labels are the phrases as typed.

    Args:
        model: a detector's name; "auto" takes one that is on this machine.
        min_score: confidence from which a box counts, 0 to 1.
        overlap: IoU from which the worse of two boxes of one phrase is left out, 0 to 1.
        exclude: names of what is not wanted ("puppy. toy"): boxes that fit these better are left out.
    """
    check_share("min_score", min_score)
    check_share("overlap", overlap)
    unwanted = read_excluded(exclude)
    return sift(detect(image, text, exclude, model), min_score=min_score, overlap=overlap, exclude=unwanted)


def text_to_masks(
    image: Image,
    text: str,
    *,
    model: DetectorName = AUTO,
    min_score: float = MIN_SCORE,
    overlap: float = OVERLAP,
    exclude: str = "",
    segmenter: SegmenterName = "nano",
) -> Masks:
    """Masks of everything that `text` names, best first, labelled: as text_to_boxes and boxes_to_masks, or better.

    Args:
        model: as text_to_boxes.
        min_score: as text_to_boxes.
        overlap: as text_to_boxes.
        exclude: as text_to_boxes.
        segmenter: the model that draws the outlines; a detector that shares its encoder helps it, and one that draws
            masks itself (sam3-text) needs none.
    """
    check_share("min_score", min_score)
    check_share("overlap", overlap)
    detector = load_model(find_detector(model), Detector)
    if is_lent(detector) and is_lent(drawer := load_model(segmenter)):
        sifting = {"min_score": min_score, "overlap": overlap, "exclude": read_excluded(exclude)}
        return find_and_outline(detector, drawer, image, ask_for(text, exclude), sifting)
    boxes = text_to_boxes(image, text, model=model, min_score=min_score, overlap=overlap, exclude=exclude)
    return outline(image, boxes, model, segmenter)


def setup(host: Host) -> None:
    """The tools, the tab, and its style."""
    host.add_tool(text_to_boxes)
    host.add_tool(text_to_masks)
    host.add_tab("Text", build_tab, order=12)
    host.add_asset(css=CSS.read_text("utf-8"))
