"""What the tab's buttons, sliders and list do: what was found, and what the visitor has said about it since."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from sam import Boxes, Cancelled, DetectorName, Image, Masks, PromptError, SamError, SegmenterName, rle
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
SHOWN = 100
"""Finds that are outlined on the photo, the surest."""


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

    def colors(self, rows: Sequence[int]) -> list[str]:
        """Of some of the boxes: one for each phrase."""
        colors = colors_of(self.question["text"])
        return [colors[fold(self.raw.labels[row])] for row in rows]


@dataclass(frozen=True)
class Outlined:
    """Masks of a search's finds as far as they are drawn.

    Attributes:
        search: its id.
        segmenter: that drew them.
        masks: row of the raw boxes -> (predicted IoU, mask as COCO RLE).
    """

    search: str = ""
    segmenter: str = ""
    masks: Mapping[int, tuple[float, rle.Rle]] = field(default_factory=dict)

    def missing(self, finds: Finds) -> tuple[int, ...]:
        """Rows that are to be shown and are not drawn yet."""
        known = self.masks if self.search == finds.question.get("id") else {}
        return tuple(row for row in finds.ticked[:SHOWN] if row not in known)

    def draw(self, image: Image, finds: Finds, rows: Sequence[int], segmenter: str) -> Outlined:
        """With these rows as well."""
        question = finds.question
        known = self.masks if (self.search, self.segmenter) == (question["id"], segmenter) else {}
        fresh = [row for row in rows if row not in known]
        masks = outline(image, finds.raw[np.asarray(fresh, int)], question["model"], segmenter)
        drawn = {row: (float(score), rle.encode(mask)) for row, score, mask in zip(fresh, masks.scores, masks.masks)}
        return Outlined(question["id"], segmenter, {**known, **drawn})

    def read(self, finds: Finds, rows: Sequence[int]) -> Masks:
        """The masks of these rows, under the visitor's names."""
        masks = [rle.decode(self.masks[row][1]) for row in rows]
        scores = np.array([self.masks[row][0] for row in rows], np.float32)
        return Masks(np.stack(masks), scores, boxes=finds.named(rows))


@dataclass(frozen=True)
class Handlers:
    """For `page.run`; what is found lies over the photo, to be taken there."""

    page: Page

    def lay_out(self, image: Image, finds: Finds, outlined: Outlined, sifting: tuple[float, float]) -> tuple[Any, ...]:
        """What is ticked over the photo, and the rows that have no outline yet."""
        missing = outlined.missing(finds)
        rows = [row for row in finds.ticked[:SHOWN] if row not in missing]
        if not rows:
            return self.page.propose(Masks.empty(image.shape[:2]), title="Text"), missing
        masks = outlined.read(finds, rows)
        self.remember(finds, sifting, outlined.segmenter)
        left_out = len(finds.ticked) - len(rows) - len(missing)
        return self.page.propose(masks, title="Text", colors=finds.colors(rows), left_out=left_out), missing

    def show(self, image: Image, finds: Finds, outlined: Outlined, sifting: tuple[float, float]) -> tuple[Any, ...]:
        """Sentence, histogram, list, stage, and what is not drawn yet."""
        rows = list(finds.rows)
        return (
            describe(finds.question, finds.raw, finds.raw[np.asarray(rows, int)], sifting[0]),
            draw_scores(finds.raw, sifting[0]),
            make_rows(image, finds.question, finds.raw, rows, finds.said),
            *self.lay_out(image, finds, outlined, sifting),
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
        segmenter: SegmenterName = "nano",
    ) -> tuple[Any, ...]:
        """Ask the detector; a refusal is shown in the tab, and takes away what was found before."""
        import gradio as gr

        def tell(share: float) -> None:
            self.page.progress(0.8 * share, "Looking for it")

        tell(0)
        try:
            boxes = detect(image, text, exclude, model, tell)
            means = taken_for(text, exclude, model)
            question: dict[str, Any] = {
                "id": secrets.token_hex(4),
                "text": text,
                "exclude": exclude,
                "model": model,
                "means": means,
            }
            finds = Finds(boxes, question, Said.read(None, 0), Finds.sift(boxes, question, min_score, overlap))
            self.page.progress(0.8, "Drawing outlines")
            outlined = Outlined(question["id"], segmenter)
            if finds.rows:
                outlined = outlined.draw(image, finds, outlined.missing(finds), segmenter)
        except Cancelled:
            raise
        except SamError as error:
            nothing = self.page.propose(Masks.empty(image.shape[:2]))
            hidden = gr.Column(visible=False)
            refused = refuse(str(error)), "", None, nothing, ()
            return Boxes.empty(), {}, Outlined(), history, gr.skip(), hidden, *refused
        past = [text.strip(), *(one for one in history if fold(one) != fold(text))][:KEPT]
        shown = self.show(image, finds, outlined, (min_score, overlap))
        samples = gr.Dataset(samples=[[one] for one in past])
        return boxes, question, outlined, past, samples, gr.Column(visible=len(boxes) > 0), *shown

    def sift_again(
        self,
        image: Image,
        raw: Boxes,
        question: dict,
        min_score: float,
        overlap: float,
        found: dict,
        outlined: Outlined,
    ) -> tuple[Any, ...]:
        """The sliders were moved."""
        import gradio as gr

        finds = Finds.read(raw, question, min_score, overlap, found)
        if not len(raw) or not finds.question:
            return tuple(gr.skip() for _ in range(PARTS))
        return self.show(image, finds, outlined, (min_score, overlap))

    def edited(
        self,
        image: Image,
        raw: Boxes,
        question: dict,
        min_score: float,
        overlap: float,
        found: dict,
        outlined: Outlined,
    ) -> tuple[Any, ...]:
        """A tick or a name was changed in the list, or more outlines are drawn."""
        import gradio as gr

        finds = Finds.read(raw, question, min_score, overlap, found)
        if not finds.question:
            return gr.skip(), gr.skip()
        return self.lay_out(image, finds, outlined, (min_score, overlap))

    def draw_more(
        self,
        image: Image,
        raw: Boxes,
        question: dict,
        min_score: float,
        overlap: float,
        found: dict,
        outlined: Outlined,
        *,
        model: SegmenterName = "nano",
    ) -> Any:
        """The outlines of what passes now and did not before."""
        import gradio as gr

        finds = Finds.read(raw, question, min_score, overlap, found)
        missing = outlined.missing(finds) if finds.question else ()
        if not missing:
            return gr.skip()
        self.page.progress(0, "Drawing outlines")
        return outlined.draw(image, finds, outlined.missing(finds), outlined.segmenter or model)

    def correct(
        self,
        image: Image,
        raw: Boxes,
        question: dict,
        min_score: float,
        overlap: float,
        found: dict,
        outlined: Outlined,
    ) -> Any:
        """One box goes to the stage, to be corrected by clicks."""
        finds = Finds.read(raw, question, min_score, overlap, found)
        if finds.said.asked is None or not finds.question:
            raise PromptError("That box is not there any more. Look for it again.")
        return self.page.suggest(finds.named([finds.said.asked]))

    def remember(self, finds: Finds, sifting: tuple[float, float], segmenter: str) -> None:
        """Into the tool history, once one of them is taken."""
        by_hand = "A recipe takes all that it finds, under the names that were asked for."
        options = {key: finds.question[key] or "" for key in ("text", "exclude", "model")}
        settings = {"min_score": float(sifting[0]), "overlap": float(sifting[1]), "segmenter": segmenter}
        note = by_hand if finds.said.off or finds.said.names else ""
        self.page.record("text_to_masks", {**options, **settings}, note)
