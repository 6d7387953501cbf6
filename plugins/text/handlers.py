"""What the tab's buttons, sliders and list do: what was found, and what the visitor has said about it since."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from sam import Boxes, Cancelled, DetectorName, Image, Masks, PromptError, SamError, SegmenterName, rle
from sam.detection.detector import AUTO, sift_rows
from sam.detection.phrases import fold, read_excluded

from .found import Said, colors_of, describe, draw_scores, make_rows, refuse
from .search import outline, search, taken_for

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
        return Boxes(some.xyxy, some.scores, tuple(self.names(rows)))

    def names(self, rows: Sequence[int]) -> list[str]:
        """What some of the boxes are called: as the visitor says, else as they were asked for."""
        return [self.said.names.get(row, self.raw.labels[row]) for row in rows]

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
        return Outlined(question["id"], segmenter, {**known, **pack_masks(fresh, masks)})

    def read(self, finds: Finds, rows: Sequence[int]) -> Masks:
        """The masks of these rows, labelled with what was asked for."""
        masks = [rle.decode(self.masks[row][1]) for row in rows]
        scores = np.array([self.masks[row][0] for row in rows], np.float32)
        return Masks(np.stack(masks), scores, boxes=finds.raw[np.asarray(rows, int)])


def pack_masks(rows: Sequence[int], masks: Masks) -> dict[int, tuple[float, rle.Rle]]:
    """Of `Outlined`: what was drawn for these rows."""
    scored = zip(rows, masks.scores, masks.masks, strict=True)
    return {int(row): (float(score), rle.encode(mask)) for row, score, mask in scored}


@dataclass(frozen=True)
class Touched:
    """The tab as it is when the visitor touches something in it.

    Attributes:
        image: on the stage.
        finds: of the search that is shown.
        outlined: what is drawn of them.
        sifting: where the threshold and the overlap stand.
        model: the segmenter that is chosen.
    """

    image: Image
    finds: Finds
    outlined: Outlined
    sifting: tuple[float, float]
    model: str


def when_touched(answer: Callable[[Touched], Any]) -> Callable[..., Any]:
    """For `page.run`: an answer to what the parts of the tab say, in the order of `tab.wire_list`."""

    def handler(
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
        finds = Finds.read(raw, question, min_score, overlap, found)
        return answer(Touched(image, finds, outlined, (min_score, overlap), model))

    handler.__name__ = handler.__qualname__ = answer.__name__
    handler.__doc__ = answer.__doc__
    return handler


@dataclass(frozen=True)
class Handlers:
    """For `page.run`; what is found lies over the photo, to be taken there."""

    page: Page

    def lay_out(self, now: Touched) -> tuple[Any, ...]:
        """What is ticked over the photo, and the rows that have no outline yet."""
        finds, outlined = now.finds, now.outlined
        missing = outlined.missing(finds)
        rows = [row for row in finds.ticked[:SHOWN] if row not in missing]
        if not rows:
            return self.page.propose(Masks.empty(now.image.shape[:2]), title="Text"), missing
        masks = outlined.read(finds, rows)
        self.remember(now)
        left_out = len(finds.ticked) - len(rows) - len(missing)
        colors, names = finds.colors(rows), finds.names(rows)
        return self.page.propose(masks, title="Text", colors=colors, names=names, left_out=left_out), missing

    def show(self, now: Touched) -> tuple[Any, ...]:
        """Sentence, histogram, list, stage, and what is not drawn yet."""
        finds, min_score = now.finds, now.sifting[0]
        rows = list(finds.rows)
        return (
            describe(finds.question, finds.raw, finds.raw[np.asarray(rows, int)], min_score),
            draw_scores(finds.raw, min_score),
            make_rows(now.image, finds.question, finds.raw, rows, finds.said),
            *self.lay_out(now),
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
            self.page.progress(0.8 * share, "Looking for it" if share < 1 else "Drawing outlines")

        tell(0)
        sifting = {"min_score": min_score, "overlap": overlap, "exclude": read_excluded(exclude)}
        try:
            boxes, masks = search(image, text, exclude, sifting, (model, segmenter), SHOWN, tell)
            means = taken_for(text, exclude, model)
        except Cancelled:
            raise
        except SamError as error:
            nothing = self.page.propose(Masks.empty(image.shape[:2]))
            hidden = gr.Column(visible=False)
            refused = refuse(str(error)), "", None, nothing, ()
            return Boxes.empty(), {}, Outlined(), history, gr.skip(), hidden, *refused
        asked: dict[str, Any] = {
            "id": secrets.token_hex(4),
            "text": text,
            "exclude": exclude,
            "model": model,
            "means": means,
        }
        finds = Finds(boxes, asked, Said.read(None, 0), Finds.sift(boxes, asked, min_score, overlap))
        outlined = Outlined(asked["id"], segmenter, pack_masks(finds.rows[:SHOWN], masks))
        past = [text.strip(), *(one for one in history if fold(one) != fold(text))][:KEPT]
        shown = self.show(Touched(image, finds, outlined, (min_score, overlap), segmenter))
        samples = gr.Dataset(samples=[[one] for one in past])
        return boxes, asked, outlined, past, samples, gr.Column(visible=len(boxes) > 0), *shown

    def sift_again(self, now: Touched) -> tuple[Any, ...]:
        """The sliders were moved."""
        import gradio as gr

        if not len(now.finds.raw) or not now.finds.question:
            return tuple(gr.skip() for _ in range(PARTS))
        return self.show(now)

    def edited(self, now: Touched) -> tuple[Any, ...]:
        """A tick or a name was changed in the list, or more outlines are drawn."""
        import gradio as gr

        return self.lay_out(now) if now.finds.question else (gr.skip(), gr.skip())

    def draw_more(self, now: Touched) -> Any:
        """The outlines of what passes now and did not before."""
        import gradio as gr

        missing = now.outlined.missing(now.finds) if now.finds.question else ()
        if not missing:
            return gr.skip()
        self.page.progress(0, "Drawing outlines")
        return now.outlined.draw(now.image, now.finds, missing, now.outlined.segmenter or now.model)

    def correct(self, now: Touched) -> Any:
        """One box goes to the stage, to be corrected by clicks."""
        asked = now.finds.said.asked
        if asked is None or not now.finds.question:
            raise PromptError("That box is not there any more. Look for it again.")
        return self.page.suggest(now.finds.named([asked]))

    def remember(self, now: Touched) -> None:
        """Into the tool history, once one of them is taken."""
        by_hand = "A recipe takes all that it finds, under the names that were asked for."
        said = now.finds.said
        options = {key: now.finds.question[key] or "" for key in ("text", "exclude", "model")}
        min_score, overlap = (float(value) for value in now.sifting)
        settings = {"min_score": min_score, "overlap": overlap, "segmenter": now.outlined.segmenter}
        self.page.record("text_to_masks", {**options, **settings}, by_hand if said.off or said.names else "")
