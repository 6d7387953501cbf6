"""Find things by name: text -> boxes -> masks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sam import Boxes, Image, Masks, SegmenterName
from sam.detection.detector import sift
from sam.detection.phrases import read_excluded
from sam.options import spread

from .options import FindOptions
from .search import ask_for, detect, find_and_outline, lent_together, outline
from .tab import build_tab

if TYPE_CHECKING:
    from .. import Host

CSS = Path(__file__).with_name("found.css")


@spread(FindOptions)
def text_to_boxes(image: Image, text: str, *, options: FindOptions) -> Boxes:
    """Boxes around everything that `text` names ("dog. red car"), best first; labels are the phrases as typed."""
    return sift(detect(image, text, options.exclude, options.model), **sifting(options))


@spread(FindOptions)
def text_to_masks(image: Image, text: str, *, options: FindOptions, segmenter: SegmenterName = "nano") -> Masks:
    """Masks of everything that `text` names, best first, labelled: as text_to_boxes and boxes_to_masks, or better.

    Args:
        segmenter: the model that draws the outlines; a detector that shares its encoder helps it, and one that draws
            masks itself (sam3-text) needs none.
    """
    both = lent_together(image, options.model, segmenter)
    if both:
        return find_and_outline(*both, image, ask_for(text, options.exclude), sifting(options))
    return outline(image, text_to_boxes(image, text, options=options), options.model, segmenter)


def sifting(options: FindOptions) -> dict[str, Any]:
    """What `sam.detection.detector.sift` takes."""
    return {
        "min_score": options.min_score,
        "overlap": options.overlap,
        "exclude": read_excluded(options.exclude),
    }


def setup(host: Host) -> None:
    """The tools, the tab, and its style."""
    host.add_tool(text_to_boxes)
    host.add_tool(text_to_masks)
    host.add_tab("Text", build_tab, order=12, group="select")
    host.add_asset(css=CSS.read_text("utf-8"))
