"""Find similar: one object -> the others like it in the same photo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

import numpy as np

from sam import Boxes, Image, Masks, PromptError, SegmenterName, load_model, rle
from sam.everything import PRESETS, propose, sure
from sam.everything.options import FilterOptions
from sam.everything.similar import choose, similarity
from sam.options import Between
from sam.runtime.embedding_cache import embed

if TYPE_CHECKING:
    from . import Host, Page

HELP = """
Select an object, or several, then look for others like it. Move the slider until it shows what you mean.
"""
USUAL = 0.5
"""Similarity from which a mask is proposed."""
MOST = 300
Preset = Literal["fast", "balanced", "thorough"]
# In the page itself: an answer of the server's may come late, and would take newer proposals away.
CLEARED = '() => ({ __type__: "update", visible: false })'


@dataclass(frozen=True)
class Compared:
    """Candidates of a photo, and how like the examples each is.

    Attributes:
        size_hw: of the photo.
        examples, codes: COCO RLE.
        scores: (N,) in [0, 1].
        settings: of the tool, for recipes.
    """

    size_hw: tuple[int, int]
    examples: list[rle.Rle]
    codes: list[rle.Rle]
    scores: Any
    settings: dict[str, Any]

    def masks(self, least: float, label: str = "") -> Masks:
        """Those that are similar enough, most similar first; their scores are the similarity."""
        rows = choose(self.examples, self.codes, self.scores, least)[:MOST]
        if not rows:
            return Masks.empty(self.size_hw)
        found = np.stack([rle.decode(self.codes[row]) for row in rows])
        masks = Masks(found, self.scores[rows])
        return Masks(found, masks.scores, boxes=Boxes(masks.boxes.xyxy, masks.scores, (label,) * len(rows)))


def find_similar(
    image: Image,
    masks: Masks,
    *,
    model: SegmenterName = "nano",
    preset: Preset = "balanced",
    min_similarity: Annotated[float, Between(0.0, 1.0)] = USUAL,
) -> Masks:
    """Masks of what looks like the given ones, most similar first, without those themselves.

    Args:
        image: (H, W, 3) uint8 RGB.
        masks: one example or several; what is found has the label of the first.
        model: any promptable model; it finds the candidates and compares them.
        preset: how thoroughly candidates are looked for, as in find_everything.
        min_similarity: from 0, anything, to 1, the same look and size.
    """
    label = masks.boxes.labels[0] if len(masks) else ""
    return compare(image, masks, model, preset).masks(min_similarity, label)


def compare(image: Image, masks: Masks, model: str, preset: str, tell: Any = None) -> Compared:
    """Everything that the model sees, compared with the given masks.

    Raises:
        PromptError: no masks, empty ones, or of another size.
    """
    if not len(masks):
        raise PromptError("Select an object first: others like it are looked for.")
    examples = [rle.encode(mask) for mask in masks.masks]
    segmenter = load_model(model)
    iou, stability = sure(segmenter, None, None)
    found = propose(
        segmenter, image, **PRESETS[preset], pred_iou_thresh=iou, stability_score_thresh=stability, progress=tell
    )
    options = FilterOptions(pred_iou_thresh=iou, stability_score_thresh=stability)
    records = found.select(options=options, output_mode="coco_rle").records
    codes = [record["segmentation"] for record in records]
    scores = similarity(image, embed(segmenter, image), examples, codes)
    settings = {"model": model, "preset": preset}
    return Compared((image.shape[0], image.shape[1]), examples, codes, scores, settings)


@dataclass(frozen=True)
class Handlers:
    """What the tab's button and slider do."""

    page: Page

    def find(
        self, image: Image, masks: Masks, preset: str, least: float, *, model: SegmenterName = "nano"
    ) -> tuple[Any, ...]:
        """Compare, and lay out what is similar enough."""
        import gradio as gr

        def tell(share: float, count: int) -> None:
            self.page.progress(share, f"{count} masks so far")

        self.page.progress(0, "Looking for others like it")
        compared = compare(image, masks, model, preset, tell)
        return (compared, gr.update(visible=True), *self.lay_out(compared, least))

    def again(self, image: Image, masks: Masks, compared: Compared, least: float) -> tuple[Any, ...]:
        """The slider was moved."""
        if compared is None or compared.size_hw != image.shape[:2]:
            raise PromptError("Press Find similar first.")
        return self.lay_out(compared, least)

    def lay_out(self, compared: Compared, least: float) -> tuple[Any, ...]:
        """How many, and where: over the photo."""
        found = compared.masks(least)
        note = "A recipe looks for what is like the objects that it has found by then."
        self.page.record("find_similar", {**compared.settings, "min_similarity": float(least)}, note)
        count = len(found)
        said = f"{count} similar object{'' if count == 1 else 's'}."
        return said, self.page.propose(found, title="Similar", alike=True)


def build_tab(page: Page) -> None:
    """A button, then a slider that acts on the stage."""
    import gradio as gr

    gr.Markdown(HELP)
    names = [(name.capitalize(), name) for name in get_args(Preset)]
    preset = gr.Radio(names, value="balanced", label="How thorough")
    button = gr.Button("Find similar", variant="primary", elem_id="similar-find")
    compared = gr.State(None)
    with gr.Column(visible=False) as choosing:
        least = gr.Slider(0.0, 1.0, value=USUAL, step=0.01, label="How similar", elem_id="similar-least")
        line = gr.Markdown("", elem_id="similar-count")
    handlers = Handlers(page)
    button.click(
        page.run(handlers.find),
        [page.image, page.objects, preset, least, page.model],
        [compared, choosing, line, page.result],
        concurrency_id="gpu",
        show_progress="hidden",
    )
    least.input(
        page.run(handlers.again),
        [page.image, page.objects, compared, least],
        [line, page.result],
        show_progress="hidden",
        trigger_mode="always_last",
    )
    page.image.change(None, None, choosing, js=CLEARED)


def setup(host: Host) -> None:
    """The tool, and the tab."""
    host.add_tool(find_similar)
    host.add_tab("Similar", build_tab, order=17, group="select")
