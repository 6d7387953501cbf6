"""What the tab's buttons, sliders and list do: what was found, and what the visitor has said about it since."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sam import Boxes, Cancelled, DetectorName, Image, Masks, PromptError, SamError, SegmenterName
from sam.detection.detector import AUTO, sift_rows
from sam.detection.phrases import fold, read_excluded

from .found import Said, colors_of, describe, draw_scores, make_rows, refuse
from .search import detect, outline, taken_for

if TYPE_CHECKING:
    from .. import Page

KEPT = 8
"""Searches that are offered again."""
PARTS = 5
"""Outputs of `Handlers.show`."""


@dataclass(frozen=True)
class Finds:
    """A search as the tab has it now.

    Attributes:
        raw: all boxes of the detector.
        question: "id", "text", "exclude" and "model" of the search, and what words it "means"; {} without one.
        said: by the visitor about single boxes.
        rows: of the raw boxes that pass the threshold and the overlap.
    """

    raw: Boxes
    question: Mapping[str, Any]
    said: Said
    rows: tuple[int, ...] = ()

    @classmethod
    def read(cls, raw: Boxes, question: Mapping[str, Any], min_score: float, overlap: float, found: Any) -> Finds:
        """From what the parts of the tab hold; without its list a search is over."""
        said = Said.read(found, len(raw))
        if not question or not found:
            return cls(raw, {}, said)
        return cls(raw, question, said, cls.sift(raw, question, min_score, overlap))

    @staticmethod
    def sift(raw: Boxes, question: Mapping[str, Any], min_score: float, overlap: float) -> tuple[int, ...]:
        """Rows of the raw boxes that pass."""
        unwanted = read_excluded(question.get("exclude", ""))
        return tuple(sift_rows(raw, min_score=min_score, overlap=overlap, exclude=unwanted).tolist())

    @property
    def ticked(self) -> list[int]:
        """Rows that the visitor has not taken the tick from."""
        return [row for row in self.rows if row not in self.said.off]

    def named(self, rows: Sequence[int]) -> Boxes:
        """Some of the boxes, with the names that the visitor has given them."""
        some = self.raw[np.asarray(rows, int)]
        labels = tuple(self.said.names.get(row, self.raw.labels[row]) for row in rows)
        return Boxes(some.xyxy, some.scores, labels)

    @property
    def colors(self) -> list[str]:
        """Of the ticked boxes: one for each phrase."""
        colors = colors_of(self.question["text"])
        return [colors[fold(self.raw.labels[row])] for row in self.ticked]

    def count(self) -> Any:
        """The button that adds what is ticked."""
        import gradio as gr

        ticked = len(self.ticked)
        every = "all " if ticked == len(self.rows) and ticked > 1 else ""
        words = f"Add {every}{ticked} as object{'s' if ticked > 1 else ''}" if ticked else "Nothing is ticked"
        return gr.Button(words, interactive=ticked > 0)


@dataclass(frozen=True)
class Handlers:
    """For `page.run`; what is found is drawn on the stage."""

    page: Page

    def draw(self, finds: Finds) -> Any:
        """What is ticked, on the stage."""
        return self.page.draw(finds.named(finds.ticked), finds.colors)

    def show(self, image: Image, finds: Finds, min_score: float) -> tuple[Any, ...]:
        """Sentence, histogram, list, button and stage."""
        rows = list(finds.rows)
        return (
            describe(finds.question, finds.raw, finds.raw[np.asarray(rows, int)], min_score),
            draw_scores(finds.raw, min_score),
            make_rows(image, finds.question, finds.raw, rows, finds.said),
            finds.count(),
            self.draw(finds),
        )

    def find(
        self,
        image: Image,
        text: str,
        exclude: str,
        min_score: float,
        overlap: float,
        history: list,
        *,
        model: DetectorName = AUTO,
    ) -> tuple[Any, ...]:
        """Ask the detector; a refusal is shown in the tab, and takes away what was found before."""
        import gradio as gr

        def tell(share: float) -> None:
            self.page.progress(share, "Looking for it")

        tell(0)
        nothing = self.page.draw(Boxes.empty())
        try:
            boxes = detect(image, text, exclude, model, tell)
            means = taken_for(text, exclude, model)
        except Cancelled:
            raise
        except SamError as error:
            hidden = gr.Column(visible=False)
            return Boxes.empty(), {}, history, gr.skip(), hidden, refuse(str(error)), "", None, gr.skip(), nothing
        past = [text.strip(), *(one for one in history if fold(one) != fold(text))][:KEPT]
        question = {"id": secrets.token_hex(4), "text": text, "exclude": exclude, "model": model, "means": means}
        rows = Finds.sift(boxes, question, min_score, overlap)
        shown = self.show(image, Finds(boxes, question, Said.read(None, 0), rows), min_score)
        samples = gr.Dataset(samples=[[one] for one in past])
        return boxes, question, past, samples, gr.Column(visible=len(boxes) > 0), *shown

    def sift_again(
        self, image: Image, raw: Boxes, question: dict, min_score: float, overlap: float, found: dict
    ) -> tuple[Any, ...]:
        """The sliders were moved."""
        import gradio as gr

        finds = Finds.read(raw, question, min_score, overlap, found)
        if not len(raw) or not finds.question:
            return tuple(gr.skip() for _ in range(PARTS))
        return self.show(image, finds, min_score)

    def edited(
        self, image: Image, raw: Boxes, question: dict, min_score: float, overlap: float, found: dict
    ) -> tuple[Any, ...]:
        """A tick or a name was changed in the list."""
        import gradio as gr

        finds = Finds.read(raw, question, min_score, overlap, found)
        return (finds.count(), self.draw(finds)) if finds.question else (gr.skip(), gr.skip())

    def correct(
        self, image: Image, raw: Boxes, question: dict, min_score: float, overlap: float, found: dict
    ) -> tuple[Any, ...]:
        """One box goes to the stage, to be corrected by clicks."""
        finds = Finds.read(raw, question, min_score, overlap, found)
        if finds.said.asked is None or not finds.question:
            raise PromptError("That box is not there any more. Look for it again.")
        return self.page.suggest(finds.named([finds.said.asked])), finds.count(), self.draw(finds)

    def text_objects(
        self,
        image: Image,
        raw: Boxes,
        question: dict,
        min_score: float,
        overlap: float,
        found: dict,
        *,
        model: SegmenterName = "nano",
    ) -> tuple[Any, ...]:
        """What is ticked becomes objects."""
        finds = Finds.read(raw, question, min_score, overlap, found)
        rows = finds.ticked
        if not rows:
            raise PromptError("Nothing is ticked: tick what to keep.")
        self.page.progress(0, "Drawing the masks")
        masks = outline(image, raw[np.asarray(rows, int)], question["model"], model)
        boxes = Boxes(masks.boxes.xyxy, masks.scores, finds.named(rows).labels)
        masks = Masks(masks.masks, masks.scores, masks.logits, boxes)
        self.remember(finds, min_score, overlap, model)
        some = int(masks.masks.any(axis=(1, 2)).sum())
        lost = f", {len(rows) - some} had no outline" if some < len(rows) else ""
        done = f"Added {some} object{'' if some == 1 else 's'}{lost}: in the list with the photo, and in every tab."
        return (
            masks,
            *cleared(f'<div class="text-said" role="status"><p>{done}</p></div>'),
            self.page.draw(Boxes.empty()),
        )

    def remember(self, finds: Finds, min_score: float, overlap: float, segmenter: str) -> None:
        """Into the tool history."""
        by_hand = "A recipe takes all that it finds, under the names that were asked for."
        options = {key: finds.question[key] or "" for key in ("text", "exclude", "model")}
        settings = {"min_score": float(min_score), "overlap": float(overlap), "segmenter": segmenter}
        note = by_hand if finds.said.off or finds.said.names else ""
        self.page.record("text_to_masks", {**options, **settings}, note)


def cleared(words: str = "") -> tuple[Any, ...]:
    """The parts of a tab without a search."""
    import gradio as gr

    return Boxes.empty(), {}, gr.Column(visible=False), words, None
