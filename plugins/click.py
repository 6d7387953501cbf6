"""Click and drag: points -> masks, boxes -> masks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sam import Boxes, Image, Masks, Points, Prompt, Segmenter, SegmenterName, load_model
from sam.clicks import predict_in_turn
from sam.high_resolution.tiles import Tiled
from sam.io.limits import check_boxes, check_masks
from sam.io.prompts import read_numbers
from sam.runtime.embedding_cache import embed

if TYPE_CHECKING:
    from . import Host, Page

HELP = """
**Click** what you want, or **drag a box** around it. **Right-click** or long-press what you don't want. **Enter** or
**Keep** keeps it.
"""
TYPED = "Pixel positions, counted from the top left corner."


def points_to_masks(image: Image, points: Points, *, model: SegmenterName = "nano", tiles: bool = False) -> Masks:
    """Masks of the one object that all points describe, best first: three for a lone point, one otherwise.

    Args:
        image: (H, W, 3) uint8 RGB.
        points: on it and not on it.
        model: any promptable model.
        tiles: look at a large photo in tiles, at full resolution: for small objects. Fewer than three may be left.
    """
    segmenter = load_model(model)
    if tiles:
        return Tiled(segmenter, image).predict(points=points)
    return predict_in_turn(segmenter, embed(segmenter, image), Prompt(points))


def boxes_to_masks(image: Image, boxes: Boxes, *, model: SegmenterName = "nano", tiles: bool = False) -> Masks:
    """The best mask in each box, in the order of the boxes; a mask keeps the label of its box.

    Args:
        image: (H, W, 3) uint8 RGB.
        boxes: one an object.
        model: any promptable model.
        tiles: look at a large photo in tiles, at full resolution: for small objects.
    """
    if not len(boxes):
        return Masks.empty(image.shape[:2])
    return outline_boxes(load_model(model), image, boxes, tiles)


def outline_boxes(segmenter: Segmenter, image: Image, boxes: Boxes, tiles: bool = False) -> Masks:
    """As `boxes_to_masks`, with a model that is loaded."""
    if not len(boxes):
        return Masks.empty(image.shape[:2])
    check_boxes(len(boxes))
    check_masks(len(boxes), (image.shape[0], image.shape[1]))
    prompts = [Prompt(box=box) for box in boxes.xyxy]
    if tiles:
        found = [masks for masks, _ in Tiled(segmenter, image).answer_many(prompts)]
    else:
        found = segmenter.predict_many(embed(segmenter, image), prompts)
    masks = Masks.concatenate([one.best() for one in found])
    return Masks(masks.masks, masks.scores, masks.logits, Boxes(masks.boxes.xyxy, masks.scores, boxes.labels))


def segment_typed(image: Image, inside: str, outside: str, box: str, *, model: SegmenterName = "nano") -> Masks:
    """The best mask for one object, from typed positions."""
    on, off = read_numbers(inside, 2, "500,375"), read_numbers(outside, 2, "500,375")
    boxes = read_numbers(box, 4, "100,80,420,360")
    segmenter = load_model(model)
    labels = [1] * len(on) + [0] * len(off)
    prompt = Prompt.of(points=Points(on + off, labels) if labels else None, boxes=boxes or None)  # type: ignore[arg-type]
    return predict_in_turn(segmenter, embed(segmenter, image), prompt).best()


def build_tab(page: Page) -> None:
    """Help for the gestures, and the same by keyboard."""
    import gradio as gr

    gr.Markdown(HELP)
    with gr.Accordion("Type positions instead", open=False):
        gr.Markdown(TYPED)
        inside = gr.Textbox(label="On the object (x,y)", placeholder="500,375  520,410")
        outside = gr.Textbox(label="Not on the object (x,y)", placeholder="300,120")
        box = gr.Textbox(label="Box around it (left, top, right, bottom)", placeholder="100,80,420,360")
        button = gr.Button("Segment", variant="primary")

    def segment(image: Image, inside: str, outside: str, box: str, *, model: SegmenterName = "nano") -> Masks:
        page.progress(0, "Looking at the picture")
        found = segment_typed(image, inside, outside, box, model=model)
        if found.masks.any():
            page.toast(f"Added the object at {found.boxes.xyxy[0].astype(int).tolist()}.")
        return found

    gr.on(
        [button.click, inside.submit, outside.submit, box.submit],
        page.run(segment),
        [page.image, inside, outside, box, page.model],
        page.objects,
        concurrency_id="gpu",
    )


def setup(host: Host) -> None:
    """Both tools, and the tab."""
    host.add_tool(points_to_masks)
    host.add_tool(boxes_to_masks)
    host.add_tab("Click", build_tab, order=10, group="select")
