"""Everything at once: image -> masks of all that the model sees, without a prompt."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

import numpy as np

from sam import Boxes, Image, Masks, PromptError, SegmenterName, load_model
from sam.everything import PRESETS, FilterOptions, propose, sure
from sam.everything.proposals import Proposals, Selection
from sam.options import Between, read_options, spread

from . import make_field

if TYPE_CHECKING:
    from . import Host, Page

HELP = """
Outlines everything that the model sees. Click an outline to take it as an object.
"""
Preset = Literal["fast", "balanced", "thorough"]
SLIDERS: list[tuple[str, float, str, dict[str, Any]]] = [
    ("pred_iou_thresh", 0.0, "Minimum quality", {}),
    ("stability_score_thresh", 0.0, "Minimum stability", {}),
    ("box_nms_thresh", 0.7, "Maximum overlap", {"minimum": 0.1}),
    ("min_mask_region_area", 0, "Remove specks and holes below (pixels)", {}),
]
MOST = 100
"""Masks of the tool, unless said."""
SHOWN = 300
"""Of those that are laid over the photo, the largest."""
# In the page itself: an answer of the server's may come late, and would take newer proposals away.
CLEARED = '() => ({ __type__: "update", visible: false })'


@dataclass(frozen=True)
class Kept:
    """What was found, by which model, with which preset."""

    found: Proposals
    model: str
    preset: str


@spread(FilterOptions)
def find_everything(
    image: Image,
    *,
    options: FilterOptions,
    model: SegmenterName = "nano",
    preset: Preset = "fast",
    most: Annotated[int, Between(1, 10_000, "masks", usual=500)] = MOST,
) -> Masks:
    """Masks of all that the model sees in the image, the largest first.

    Args:
        model: any promptable model.
        preset: fast asks 16 x 16 points, balanced 32 x 32, thorough looks at four crops of the image as well.
        most: the largest of them that are returned.
    """
    if most < 1:
        raise PromptError(f"most: expected at least 1, got {most}.")
    segmenter = load_model(model)
    iou, stability = sure(segmenter, options.pred_iou_thresh, options.stability_score_thresh)
    found = propose(segmenter, image, **PRESETS[preset], pred_iou_thresh=iou, stability_score_thresh=stability)
    chosen = found.select(options=replace(options, pred_iou_thresh=iou, stability_score_thresh=stability))
    return as_masks(chosen, found.size_hw, most)


def as_masks(chosen: Selection, size_hw: tuple[int, int], most: int) -> Masks:
    """The `most` largest records as masks, largest first."""
    records = sorted(chosen.records, key=lambda record: -record["area"])[:most]
    if not records:
        return Masks.empty(size_hw)
    scores = np.clip([record["predicted_iou"] for record in records], 0, 1).astype(np.float32)
    xywh = np.array([record["bbox"] for record in records], np.float32)
    boxes = Boxes(np.concatenate([xywh[:, :2], xywh[:, :2] + xywh[:, 2:]], axis=1), scores)
    return Masks(np.stack([record["segmentation"] for record in records]), scores, None, boxes)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Handlers:
    """What the tab's button and sliders do."""

    page: Page

    def find(
        self, image: Image, preset: str, overlap: float, area: float, *, model: SegmenterName = "nano"
    ) -> tuple[Any, ...]:
        """All masks; the model's own thresholds are where the sliders begin, since nothing below them was kept."""
        import gradio as gr

        def tell(share: float, count: int) -> None:
            self.page.progress(share, f"{count} masks so far")

        segmenter = load_model(model)
        found = propose(segmenter, image, **PRESETS[preset], progress=tell)
        least, steady = segmenter.sure_iou, segmenter.sure_stability
        chosen = found.select(options=as_options(least, steady, overlap, area))
        return (
            Kept(found, model, preset),
            gr.update(minimum=least, value=least),
            gr.update(minimum=steady, value=steady),
            str(chosen.counts),
            gr.update(visible=True),
            self.lay_out(Kept(found, model, preset), chosen, as_options(least, steady, overlap, area)),
        )

    def again(self, image: Image, kept: Kept, iou: float, stability: float, overlap: float, area: float) -> Any:
        """What the sliders choose of it now."""
        kept, options = same(image, kept), as_options(iou, stability, overlap, area)
        chosen = kept.found.select(options=options)
        return str(chosen.counts), self.lay_out(kept, chosen, options)

    def lay_out(self, kept: Kept, chosen: Selection, options: FilterOptions) -> Any:
        """Over the photo, to be taken one by one or all; the settings go into the tool history once one is."""
        masks = as_masks(chosen, kept.found.size_hw, SHOWN)
        settings = {"model": kept.model, "preset": kept.preset, "most": SHOWN, **asdict(options)}
        self.page.record("find_everything", settings)
        return self.page.propose(masks, title="Everything", left_out=len(chosen.records) - len(masks))


def as_options(iou: float, stability: float, overlap: float, area: float) -> FilterOptions:
    """What the sliders say."""
    return FilterOptions(float(iou), float(stability), float(overlap), float(overlap), int(area))


def make_sliders() -> list[Any]:
    """Those that choose from what was found, in the order of `as_options`."""
    options = read_options(FilterOptions)
    return [make_field(options[name], value, label=label, info=None, **look) for name, value, label, look in SLIDERS]


def build_tab(page: Page) -> None:
    """Preset and button, then sliders that choose, on the stage, from what was found."""
    import gradio as gr

    gr.Markdown(HELP)
    preset = gr.Radio([(name.capitalize(), name) for name in get_args(Preset)], value="fast", label="How thorough")
    button = gr.Button("Find everything", variant="primary")
    kept = gr.State(None)
    with gr.Column(visible=False) as choosing:
        sliders = make_sliders()
        line = gr.Markdown("", elem_id="everything-counts")
    iou, stability, overlap, area = sliders

    handlers = Handlers(page)
    values = [page.image, kept, *sliders]
    button.click(
        page.run(handlers.find),
        [page.image, preset, overlap, area, page.model],
        [kept, iou, stability, line, choosing, page.result],
        concurrency_id="gpu",
        show_progress="hidden",
    )
    for slider in sliders:
        slider.input(
            page.run(handlers.again),
            values,
            [line, page.result],
            show_progress="hidden",
            trigger_mode="always_last",
        )
    page.image.change(None, None, choosing, js=CLEARED)


def same(image: Image, kept: Kept | None) -> Kept:
    """What was found, if it was found in this image.

    Raises:
        PromptError: nothing was looked for yet, or in another image.
    """
    if kept is None or kept.found.size_hw != image.shape[:2]:
        raise PromptError("Press Find everything first.")
    return kept


def setup(host: Host) -> None:
    """The tool, and the tab."""
    host.add_tool(find_everything)
    host.add_tab("Everything", build_tab, order=15, group="select")
