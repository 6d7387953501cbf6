"""The tab: words, settings, what was found, and objects made of it."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sam import Boxes, Cancelled, DetectorName, Image, Masks, PromptError, SamError, SegmenterName, list_models
from sam.detection.detector import AUTO, MIN_SCORE, OVERLAP, sift_rows
from sam.detection.phrases import fold, read_excluded
from sam.detection.vocabulary import NAMES

from .found import Said, colors_of, describe, draw_scores, list_names, make_rows, refuse
from .search import detect, outline

if TYPE_CHECKING:
    from .. import Page

EXAMPLES = ("person", "car. wheel", "window", "cat. dog", "sky. tree. road", "hair. shoes")
KEPT = 8
"""Searches that are offered again."""
LIST = Path(__file__).with_name("found.mjs")
# In the page itself: an answer of the server's may come late, and would take newer finds away.
CLEARED = "() => [{ __type__: 'update', visible: false }, '', null]"
"""Without its list a search is over: `raw` and `asked` stay on the server and are not looked at."""


def load_list() -> str:
    """What mounts the list of finds in its component."""
    module = LIST.read_text("utf-8").replace("export ", "")
    # Names of events in quotes are what Gradio looks for.
    return f"{module}\nmount({{element, props, watch, trigger, events: ['edited', 'corrected']}});"


def build_tab(page: Page) -> None:
    """Text box, what was found, the threshold with its histogram, and the rest folded away."""
    import gradio as gr

    known = [spec for spec in list_models() if "detect" in spec.tasks]
    choices = [("Best one here", AUTO)]
    choices += [(spec.title if spec.ready else f"{spec.title} (to download)", spec.name) for spec in known]

    raw, asked, history = gr.State(Boxes.empty()), gr.State({}), gr.State(list(EXAMPLES))
    with gr.Row(elem_id="text-ask"):
        text = gr.Textbox(
            label="What to find", placeholder="dog. red car", elem_id="text-find", lines=1, max_lines=1, scale=4
        )
        button = gr.Button("Find", variant="primary", elem_id="text-go", scale=1, min_width=64)
        stop = gr.Button("Stop", elem_id="text-stop", visible=False, scale=1, min_width=64)
    again = gr.Dataset(
        components=[text], samples=[[one] for one in EXAMPLES], label="Examples and history", elem_id="text-again"
    )
    said = gr.HTML(padding=False, elem_id="text-said")
    with gr.Column(visible=False, elem_id="text-results") as results:
        min_score = gr.Slider(
            0.05,
            0.95,
            value=MIN_SCORE,
            step=0.01,
            label="Confidence from",
            elem_id="text-score",
            buttons=[],
        )
        scores = gr.HTML(padding=False)
        add = gr.Button("Add all as objects", variant="primary", elem_id="text-add")
        found = gr.HTML(
            value=None,
            html_template="<div class='text-found'></div>",
            js_on_load=load_list(),
            apply_default_css=False,
            elem_id="text-list",
        )
    with gr.Accordion("Model, exclusions, overlap", open=False):
        model = gr.Dropdown(choices, value=AUTO, label="Model", elem_id="text-model")
        exclude = gr.Textbox(label="But not", placeholder="puppy. toy", lines=1, elem_id="text-exclude")
        overlap = gr.Slider(0.1, 1, value=OVERLAP, step=0.05, label="Most overlap of two of a kind", buttons=[])
    with gr.Accordion(f"The {len(NAMES)} names that Nano names knows", open=False):
        gr.HTML(list_names(), padding=False)

    def chosen(raw: Boxes, question: dict, min_score: float, overlap: float) -> list[int]:
        unwanted = read_excluded(question.get("exclude", ""))
        return sift_rows(raw, min_score=min_score, overlap=overlap, exclude=unwanted).tolist()

    def drawn(raw: Boxes, question: dict, rows: list[int], said: Said) -> Any:
        ticked = [row for row in rows if row not in said.off]
        colors = colors_of(question["text"])
        shown = named(raw, ticked, said)
        return page.draw(shown, [colors[fold(raw.labels[row])] for row in ticked])

    def count(rows: list[int], said: Said) -> Any:
        ticked = sum(row not in said.off for row in rows)
        every = "all " if ticked == len(rows) and ticked > 1 else ""
        words = f"Add {every}{ticked} as object{'s' if ticked > 1 else ''}" if ticked else "Nothing is ticked"
        return gr.Button(words, interactive=ticked > 0)

    def answer(
        image: Image, raw: Boxes, question: dict, min_score: float, overlap: float, said: Said
    ) -> tuple[Any, ...]:
        rows = chosen(raw, question, min_score, overlap)
        return (
            describe(question["text"], raw, raw[np.asarray(rows, int)], min_score),
            draw_scores(raw, min_score),
            make_rows(image, question, raw, rows, said),
            count(rows, said),
            drawn(raw, question, rows, said),
        )

    def find(
        image: Image,
        text: str,
        exclude: str,
        min_score: float,
        overlap: float,
        history: list,
        *,
        model: DetectorName = AUTO,
    ) -> tuple[Any, ...]:
        def tell(share: float) -> None:
            page.progress(share, "Looking for it")

        tell(0)
        nothing = page.draw(Boxes.empty())
        try:
            boxes = detect(image, text, exclude, model, tell)
        except Cancelled:
            raise
        except SamError as error:
            hidden = gr.Column(visible=False)
            return Boxes.empty(), {}, history, gr.skip(), hidden, refuse(str(error)), "", None, gr.skip(), nothing
        past = [text.strip(), *(one for one in history if fold(one) != fold(text))][:KEPT]
        question = {"id": secrets.token_hex(4), "text": text, "exclude": exclude, "model": model}
        shown = answer(image, boxes, question, min_score, overlap, Said.read(None, 0))
        samples = gr.Dataset(samples=[[one] for one in past])
        return boxes, question, past, samples, gr.Column(visible=len(boxes) > 0), *shown

    def sift_again(
        image: Image, raw: Boxes, question: dict, min_score: float, overlap: float, found: dict
    ) -> tuple[Any, ...]:
        if not len(raw) or not found:
            return tuple(gr.skip() for _ in parts)
        return answer(image, raw, question, min_score, overlap, Said.read(found, len(raw)))

    def edited(
        image: Image, raw: Boxes, question: dict, min_score: float, overlap: float, found: dict
    ) -> tuple[Any, ...]:
        if not question or not found:
            return gr.skip(), gr.skip()
        rows, now = chosen(raw, question, min_score, overlap), Said.read(found, len(raw))
        return count(rows, now), drawn(raw, question, rows, now)

    def correct(
        image: Image, raw: Boxes, question: dict, min_score: float, overlap: float, found: dict
    ) -> tuple[Any, ...]:
        now = Said.read(found, len(raw))
        if now.asked is None:
            raise PromptError("That box is not there any more. Look for it again.")
        rows = chosen(raw, question, min_score, overlap)
        return page.suggest(named(raw, [now.asked], now)), count(rows, now), drawn(raw, question, rows, now)

    def text_objects(
        image: Image,
        raw: Boxes,
        question: dict,
        min_score: float,
        overlap: float,
        found: dict,
        *,
        model: SegmenterName = "nano",
    ) -> tuple[Any, ...]:
        now = Said.read(found, len(raw))
        there = chosen(raw, question, min_score, overlap) if question and found else []
        rows = [row for row in there if row not in now.off]
        if not rows:
            raise PromptError("Nothing is ticked: tick what to keep.")
        page.progress(0, "Drawing the masks")
        masks = outline(image, raw[np.asarray(rows, int)], question["model"], model)
        boxes = Boxes(masks.boxes.xyxy, masks.scores, named(raw, rows, now).labels)
        masks = Masks(masks.masks, masks.scores, masks.logits, boxes)
        some = int(masks.masks.any(axis=(1, 2)).sum())
        lost = f", {len(rows) - some} had no outline" if some < len(rows) else ""
        by_hand = (
            "A recipe takes all that it finds, under the names that were asked for." if now.off or now.names else ""
        )
        options = {key: question[key] or "" for key in ("text", "exclude", "model")}
        settings = {"min_score": float(min_score), "overlap": float(overlap), "segmenter": model}
        page.record("text_to_masks", {**options, **settings}, by_hand)
        done = f"Added {some} object{'' if some == 1 else 's'}{lost}: in the list with the photo, and in every tab."
        return masks, *cleared(f'<div class="text-said" role="status"><p>{done}</p></div>'), page.draw(Boxes.empty())

    def cleared(words: str = "") -> tuple[Any, ...]:
        return Boxes.empty(), {}, gr.Column(visible=False), words, None

    parts = [said, scores, found, add, page.boxes]
    asking = [page.image, text, exclude, min_score, overlap, history, model]
    answering = [raw, asked, history, again, results, *parts]
    running: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "queue": False}

    def ask(trigger: Any) -> Any:
        trigger(lambda: gr.Button(visible=True), None, stop, **running)
        asked_for = trigger(page.run(find), asking, answering, concurrency_id="gpu", show_progress_on=[said])
        asked_for.then(lambda: gr.Button(visible=False), None, stop, **running)
        return asked_for

    events = [ask(trigger) for trigger in (button.click, text.submit, exclude.submit)]
    filled = again.click(lambda sample: sample[0], again, text, api_visibility="private")
    events.append(ask(filled.then))

    stop.click(page.stop, page.image, None, cancels=events, **running)
    stop.click(lambda: gr.Button(visible=False), None, stop, **running)
    state = [page.image, raw, asked, min_score, overlap, found]
    gr.on(
        [min_score.change, overlap.change],
        page.run(sift_again),
        state,
        parts,
        show_progress="hidden",
        trigger_mode="always_last",
    )
    found.edited(page.run(edited), state, [add, page.boxes], show_progress="hidden", trigger_mode="always_last")
    found.corrected(page.run(correct), state, [page.prompt, add, page.boxes], show_progress="hidden")
    add.click(
        page.run(text_objects),
        [*state, page.model],
        [page.objects, raw, asked, results, said, found, page.boxes],
        concurrency_id="gpu",
        show_progress_on=[said],
    )
    page.image.change(None, None, [results, said, found], js=CLEARED)


def named(raw: Boxes, rows: list[int], said: Said) -> Boxes:
    """Some of the boxes, with the names that the visitor has given them."""
    some = raw[np.asarray(rows, int)]
    return Boxes(some.xyxy, some.scores, tuple(said.names.get(row, raw.labels[row]) for row in rows))
