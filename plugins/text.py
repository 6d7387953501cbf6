"""Find things by name: text -> boxes, and with `boxes_to_masks` -> masks."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from plugins.click import boxes_to_masks
from sam import Boxes, Detector, Image, Masks, PromptError, list_models, load_model
from sam.detector import AUTO, MIN_SCORE, OVERLAP, find_detector, sift
from sam.phrases import fold, join_phrases, read_excluded, read_phrases

if TYPE_CHECKING:
    from . import Host, Page

EXAMPLES = ("person", "dog. cat", "car. wheel", "window")
BINS = 20
_KEPT = 6
_PREVIEW = 640
_COLORS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#b8a800", "#7b5cd6")
CSS = """
.text-scores svg { display: block; width: 100%; height: 64px; }
.text-scores .kept { fill: var(--ss-accent, #2563eb); }
.text-scores .below { fill: var(--ss-line-strong, #d3d3da); }
.text-scores .limit { stroke: var(--ss-text, #1b1b1f); stroke-width: 1; stroke-dasharray: 3 2; }
.text-scores p { margin: 0 0 4px; font-size: 13px; color: var(--ss-muted, #63636e); }
"""


def text_to_boxes(
    image: Image,
    text: str,
    *,
    model: str = AUTO,
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
    raw = detect(image, text, exclude, model)
    return sift(raw, min_score=min_score, overlap=overlap, exclude=unwanted)


def detect(image: Image, text: str, exclude: str, model: str = AUTO) -> Boxes:
    """Raw boxes of what is wanted and of what is not, for `sam.detector.sift`.

    Raises:
        PromptError: no phrase, or one that is wanted and excluded.
    """
    wanted, unwanted = read_phrases(text), read_excluded(exclude)
    both = {fold(phrase) for phrase in wanted} & {fold(phrase) for phrase in unwanted}
    if both:
        raise PromptError(f"{sorted(both)[0]!r} is both wanted and excluded. Take it out of one of the two.")
    return load_model(find_detector(model), Detector).detect(image, join_phrases((*wanted, *unwanted)))


def check_share(name: str, value: float) -> None:
    """Refuse what is not in [0, 1].

    Raises:
        PromptError: it is not.
    """
    if not 0 <= value <= 1:
        raise PromptError(f"{name}: expected 0 to 1, got {value}.")


def describe(text: str, raw: Boxes, shown: Boxes, min_score: float) -> str:
    """What was found of each phrase, in a sentence that says what to do where there is nothing."""
    parts = []
    for phrase in read_phrases(text):
        count = sum(fold(label) == fold(phrase) for label in shown.labels)
        best = max((s for s, label in zip(raw.scores, raw.labels) if fold(label) == fold(phrase)), default=None)
        if count:
            parts.append(f"**{phrase}**: {count}")
        elif best is None:
            parts.append(f"**{phrase}**: nothing like it")
        else:
            parts.append(f"**{phrase}**: none (best guess {best:.2f})")
    line = " · ".join(parts)
    if len(shown):
        return line
    return f"Nothing was found from {min_score:.2f} up. {line}. Lower the confidence, or use another word."


def draw_scores(raw: Boxes, min_score: float) -> str:
    """The histogram of all raw scores as HTML; those below the threshold are grey."""
    if not len(raw):
        return ""
    counts, edges = np.histogram(raw.scores, BINS, (0, 1))
    tall = 40 / max(1, int(counts.max()))
    bars = "".join(
        f'<rect class="{"kept" if edge >= min_score - 1e-9 else "below"}" x="{edge * 100 + 0.4:.2f}" '
        f'y="{40 - count * tall:.2f}" width="4.2" height="{count * tall:.2f}"/>'
        for count, edge in zip(counts, edges)
    )
    kept = int((raw.scores >= min_score).sum())
    limit = f'<line class="limit" x1="{min_score * 100:.2f}" x2="{min_score * 100:.2f}" y1="0" y2="40"/>'
    words = f"{kept} of {len(raw)} guesses reach the confidence"
    return (
        f'<div class="text-scores"><p>{words}</p><svg viewBox="0 0 100 40" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(words)}">{bars}{limit}</svg></div>'
    )


def preview(image: Image, boxes: Boxes) -> tuple[Any, list[tuple[tuple[int, int, int, int], str]]]:
    """(a small copy of the image, [(box in it, label)]) as gr.AnnotatedImage takes it."""
    from PIL import Image as Pil

    small = Pil.fromarray(image)
    small.thumbnail((_PREVIEW, _PREVIEW))
    scale = small.width / image.shape[1]
    boxed = []
    for box, label in zip(boxes.xyxy * scale, boxes.labels):
        x0, y0 = (int(side) for side in np.floor(box[:2]))
        x1, y1 = (int(side) for side in np.ceil(box[2:]))
        boxed.append(((x0, y0, min(x1, small.width), min(y1, small.height)), label))
    return np.asarray(small), boxed


def build_tab(page: Page) -> None:
    """Words, settings, what was found, and a button that makes objects of it."""
    import gradio as gr

    known = [spec for spec in list_models() if "detect" in spec.tasks]
    choices = [("Best one here", AUTO)]
    choices += [(spec.title if spec.ready else f"{spec.title} (to download)", spec.name) for spec in known]

    raw, shown, history = gr.State(Boxes.empty()), gr.State(Boxes.empty()), gr.State(list(EXAMPLES))
    text = gr.Textbox(label="Find", placeholder="dog. red car", elem_id="text-find", lines=1)
    button = gr.Button("Find", variant="primary")
    again = gr.Dataset(
        components=[text], samples=[[one] for one in EXAMPLES], label="Examples, and what you looked for"
    )
    with gr.Accordion("Settings", open=False):
        model = gr.Dropdown(choices, value=AUTO, label="Model")
        exclude = gr.Textbox(label="But not", placeholder="puppy. toy", lines=1)
        overlap = gr.Slider(0, 1, value=OVERLAP, step=0.05, label="Overlap of two of a kind")
    min_score = gr.Slider(0.05, 0.95, value=MIN_SCORE, step=0.01, label="Confidence from")
    scores = gr.HTML(padding=False)
    said = gr.Markdown()
    seen = gr.AnnotatedImage(label="Found", show_legend=False, visible=False)
    add = gr.Button("Add as objects", visible=False)
    picks = gr.CheckboxGroup([], label="Keep", visible=False)

    def answer(image: Image, text: str, exclude: str, min_score: float, overlap: float, raw: Boxes) -> tuple[Any, ...]:
        found = sift(raw, min_score=min_score, overlap=overlap, exclude=read_excluded(exclude))
        rows = [
            (f"{row + 1}. {label} {score:.2f}", row)
            for row, (label, score) in enumerate(zip(found.labels, found.scores))
        ]
        colors = {label: _COLORS[i % len(_COLORS)] for i, label in enumerate(dict.fromkeys(found.labels))}
        return (
            found,
            draw_scores(raw, min_score),
            describe(text, raw, found, min_score),
            gr.AnnotatedImage(cast(Any, preview(image, found)), color_map=colors, visible=len(found) > 0),
            gr.CheckboxGroup(rows, value=[row for _, row in rows], visible=len(found) > 0),
            gr.Button(visible=len(found) > 0),
        )

    def find(
        image: Image, text: str, exclude: str, min_score: float, overlap: float, history: list, *, model: str = AUTO
    ) -> tuple[Any, ...]:
        page.progress(0, "Looking for it")
        raw = detect(image, text, exclude, model)
        past = [text, *(one for one in history if one != text)][:_KEPT]
        return (
            raw,
            past,
            gr.Dataset(samples=[[one] for one in past]),
            *answer(image, text, exclude, min_score, overlap, raw),
        )

    def again_sift(
        image: Image, text: str, exclude: str, min_score: float, overlap: float, raw: Boxes
    ) -> tuple[Any, ...]:
        if not len(raw):
            return tuple(gr.skip() for _ in shown_parts)
        return answer(image, text, exclude, min_score, overlap, raw)

    def keep(image: Image, shown: Boxes, picks: list, *, model: str = "nano") -> Masks:
        if not picks:
            raise PromptError("Nothing is ticked: tick what to keep.")
        page.progress(0, "Drawing the masks")
        masks = boxes_to_masks(image, shown[np.array(sorted(picks), int)], model=model)
        page.toast(f"Added {len(masks)}.")
        return masks

    shown_parts = [shown, scores, said, seen, picks, add]
    asked = [page.image, text, exclude, min_score, overlap]
    found_parts = [raw, history, again, *shown_parts]
    gr.on(
        [button.click, text.submit, exclude.submit],
        page.run(find),
        [*asked, history, model],
        found_parts,
        concurrency_id="gpu",
    )
    again.click(lambda sample: sample[0], again, text, api_visibility="private").then(
        page.run(find), [*asked, history, model], found_parts, concurrency_id="gpu"
    )
    gr.on(
        [min_score.change, overlap.change],
        page.run(again_sift),
        [*asked, raw],
        shown_parts,
        show_progress="hidden",
        trigger_mode="always_last",
    )
    add.click(page.run(keep), [page.image, shown, picks, page.model], page.objects, concurrency_id="gpu")

    def clear() -> tuple[Any, ...]:
        hidden = gr.AnnotatedImage(visible=False), gr.CheckboxGroup([], visible=False), gr.Button(visible=False)
        return Boxes.empty(), Boxes.empty(), "", "", *hidden

    page.image.change(clear, None, [raw, *shown_parts], api_visibility="private")


def setup(host: Host) -> None:
    """The tool, its tab, and the style of the histogram."""
    host.add_tool(text_to_boxes)
    host.add_tab("Text", build_tab, order=30)
    host.add_asset(css=CSS)
