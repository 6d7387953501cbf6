"""Everything at once: image -> masks of all that the model sees, without a prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sam import Boxes, Image, Masks, PromptError, SegmenterName, load_model
from sam.everything.generator import PRESETS, Progress, propose
from sam.everything.proposals import Proposals, Selection

if TYPE_CHECKING:
    from . import Host, Page

HELP = """
One press finds all that the model sees. The sliders then choose from what was found, at once and without the model;
**Add to objects** puts what is left on the picture, where each can be corrected with clicks.
"""
Preset = Literal["fast", "balanced", "thorough"]


def find_everything(image: Image, *, model: SegmenterName = "nano", preset: Preset = "fast", most: int = 100) -> Masks:
    """Masks of all that the model sees in the image, the largest first.

    Args:
        model: any promptable model.
        preset: fast asks 16 x 16 points, balanced 32 x 32, thorough looks at four crops of the image as well.
        most: the largest of them that are returned.
    """
    if most < 1:
        raise PromptError(f"most: expected at least 1, got {most}.")
    segmenter = load_model(model)
    found = propose(segmenter, image, **PRESETS[preset])
    chosen = found.select(pred_iou_thresh=segmenter.sure_iou, stability_score_thresh=segmenter.sure_stability)
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


def colour_map(image: Image, chosen: Selection) -> Image:
    """The image under one colour for each mask, small ones on top; what no mask covers is grey."""
    grey = np.repeat(image.mean(axis=2, keepdims=True), 3, axis=2) * 0.6
    out = grey.astype(np.uint8)
    # Steps of the golden ratio keep neighbours in the list apart, however many there are.
    for k, record in enumerate(sorted(chosen.records, key=lambda record: -record["area"])):
        hue = np.array([0.0, 1 / 3, 2 / 3]) + k * 0.618034
        colour = 140 + 110 * np.cos(2 * np.pi * hue)
        mask = record["segmentation"]
        out[mask] = (image[mask] * 0.4 + colour * 0.6).astype(np.uint8)
    return out


def build_tab(page: Page) -> None:
    """Preset and button, then sliders that choose from what was found."""
    import gradio as gr

    gr.Markdown(HELP)
    preset = gr.Radio(["fast", "balanced", "thorough"], value="fast", label="How thorough")
    button = gr.Button("Find everything", variant="primary")
    kept = gr.State(None)
    iou = gr.Slider(0, 1, value=0, step=0.01, label="Least predicted IoU", interactive=True)
    stability = gr.Slider(0, 1, value=0, step=0.01, label="Least stability", interactive=True)
    overlap = gr.Slider(0.1, 1, value=0.7, step=0.05, label="Most overlap of two boxes", interactive=True)
    area = gr.Slider(0, 2000, value=0, step=50, label="Remove specks and holes below (pixels)", interactive=True)
    line = gr.Markdown("", elem_id="everything-counts")
    picture = gr.Image(label="What was found", interactive=False, format="png")
    add = gr.Button("Add to objects")

    def choose(found: Proposals, iou: float, stability: float, overlap: float, area: float) -> Selection:
        return found.select(
            pred_iou_thresh=float(iou),
            stability_score_thresh=float(stability),
            box_nms_thresh=float(overlap),
            crop_nms_thresh=float(overlap),
            min_mask_region_area=int(area),
        )

    def find(
        image: Image, preset: str, overlap: float, area: float, *, model: SegmenterName = "nano"
    ) -> tuple[Any, ...]:
        def tell(share: float, count: int) -> None:
            page.progress(share, f"{count} masks so far")

        segmenter = load_model(model)
        told: Progress = tell
        found = propose(segmenter, image, **PRESETS[preset], progress=told)
        chosen = choose(found, segmenter.sure_iou, segmenter.sure_stability, overlap, area)
        least, steady = segmenter.sure_iou, segmenter.sure_stability
        # Masks below the model's own thresholds were not kept, so that the sliders begin there.
        return (
            found,
            gr.update(minimum=least, value=least),
            gr.update(minimum=steady, value=steady),
            str(chosen.counts),
            colour_map(image, chosen),
        )

    def again(image: Image, found: Proposals, iou: float, stability: float, overlap: float, area: float) -> Any:
        chosen = choose(same(image, found), iou, stability, overlap, area)
        return str(chosen.counts), colour_map(image, chosen)

    def put(image: Image, found: Proposals, iou: float, stability: float, overlap: float, area: float) -> Masks:
        chosen = choose(same(image, found), iou, stability, overlap, area)
        page.record(
            "find_everything", note="How you set the sliders of Everything is left out: the step has presets only."
        )
        page.toast(f"Added {min(len(chosen.records), 100)} objects.")
        return as_masks(chosen, found.size_hw, 100)

    values = [page.image, kept, iou, stability, overlap, area]
    button.click(
        page.run(find),
        [page.image, preset, overlap, area, page.model],
        [kept, iou, stability, line, picture],
        concurrency_id="gpu",
    )
    for slider in (iou, stability, overlap, area):
        slider.release(page.run(again), values, [line, picture], show_progress="hidden")
    add.click(page.run(put), values, page.objects)


def same(image: Image, found: Proposals | None) -> Proposals:
    """What was found, if it was found in this image.

    Raises:
        PromptError: nothing was looked for yet, or in another image.
    """
    if found is None or found.size_hw != image.shape[:2]:
        raise PromptError("Press Find everything first: nothing was found in this photo yet.")
    return found


def setup(host: Host) -> None:
    """The tool, and the tab."""
    host.add_tool(find_everything)
    host.add_tab("Everything", build_tab, order=15)
