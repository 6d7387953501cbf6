"""The tab: words, settings, what was found, and objects made of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sam import Boxes, list_models
from sam.detection.detector import AUTO
from sam.detection.vocabulary import NAMES
from sam.options import read_options

from .. import make_field
from .found import list_names
from .handlers import Handlers, Outlined, when_touched
from .options import FindOptions

if TYPE_CHECKING:
    from .. import Page

EXAMPLES = ("person", "car. wheel", "window", "cat. dog", "sky. tree. road", "hair. shoes")
LIST = Path(__file__).with_name("found.mjs")
# In the page itself: an answer of the server's may come late, and would take newer finds away.
CLEARED = "() => [{ __type__: 'update', visible: false }, '', null]"
"""Without its list a search is over: `raw` and `asked` stay on the server and are not looked at."""


def load_list() -> str:
    """What mounts the list of finds in its component."""
    module = LIST.read_text("utf-8").replace("export ", "")
    # Names of events in quotes are what Gradio looks for.
    return f"{module}\nmount({{element, props, watch, trigger, events: ['edited', 'corrected']}});"


class Question:
    """What is asked for: the words, those asked before, and the button."""

    def __init__(self) -> None:
        import gradio as gr

        self.history = gr.State(list(EXAMPLES))
        with gr.Row(elem_id="text-ask"):
            self.text = gr.Textbox(
                label="What to find", placeholder="dog. red car", elem_id="text-find", lines=1, max_lines=1, scale=4
            )
            self.button = gr.Button("Find", variant="primary", elem_id="text-go", scale=1, min_width=64)
        self.again = gr.Dataset(
            components=[self.text],
            samples=[[one] for one in EXAMPLES],
            label="Examples and history",
            elem_id="text-again",
        )


class Answer:
    """What was found: a sentence, and below it the threshold and the list. The finds themselves lie over the photo."""

    def __init__(self) -> None:
        import gradio as gr

        self.raw, self.asked = gr.State(Boxes.empty()), gr.State({})
        self.outlined, self.missing = gr.State(Outlined()), gr.State(())
        self.said = gr.HTML(padding=False, elem_id="text-said")
        look: dict[str, Any] = {"minimum": 0.05, "maximum": 0.95, "buttons": [], "info": None}
        with gr.Column(visible=False, elem_id="text-results") as self.results:
            option = read_options(FindOptions)["min_score"]
            self.min_score = make_field(option, label="Confidence from", elem_id="text-score", **look)
            self.scores = gr.HTML(padding=False)
            self.show = gr.Button("Show on the photo", elem_id="text-show")
            self.found = gr.HTML(
                value=None,
                html_template="<div class='text-found'></div>",
                js_on_load=load_list(),
                apply_default_css=False,
                elem_id="text-list",
            )


class Settings:
    """What is folded away: model, exclusions and overlap, and the names that the embedded detector knows."""

    def __init__(self) -> None:
        import gradio as gr

        known = [spec for spec in list_models() if "detect" in spec.tasks]
        choices = [("Best one here", AUTO)]
        choices += [(spec.title if spec.ready else f"{spec.title} (to download)", spec.name) for spec in known]
        with gr.Accordion("Model, exclusions, overlap", open=False):
            self.model = gr.Dropdown(choices, value=AUTO, label="Model", elem_id="text-model")
            self.exclude = gr.Textbox(label="But not", placeholder="puppy. toy", lines=1, elem_id="text-exclude")
            look: dict[str, Any] = {"minimum": 0.1, "buttons": [], "info": None}
            self.overlap = make_field(read_options(FindOptions)["overlap"], label="Maximum overlap", **look)
        with gr.Accordion(f"The {len(NAMES)} names that Nano names knows", open=False):
            gr.HTML(list_names(), padding=False)


def build_tab(page: Page) -> None:
    """Text box, what was found, the threshold with its histogram, and the rest folded away."""
    question, answer, settings = Question(), Answer(), Settings()
    handlers = Handlers(page)
    wire_search(page, handlers, question, answer, settings)
    wire_list(page, handlers, answer, settings)
    page.image.change(None, None, [answer.results, answer.said, answer.found], js=CLEARED)


def wire_search(page: Page, handlers: Handlers, question: Question, answer: Answer, settings: Settings) -> None:
    """Find, and examples."""
    parts = [answer.said, answer.scores, answer.found, page.result, answer.missing]
    asking = [page.image, question.text, settings.exclude, answer.min_score, settings.overlap]
    asking += [question.history, settings.model, page.model]
    answering = [answer.raw, answer.asked, answer.outlined, question.history, question.again, answer.results, *parts]

    def ask(trigger: Any) -> Any:
        return trigger(page.run(handlers.find), asking, answering, concurrency_id="gpu", show_progress="hidden")

    for trigger in (question.button.click, question.text.submit, settings.exclude.submit):
        ask(trigger)
    filled = question.again.click(lambda sample: sample[0], question.again, question.text, api_visibility="private")
    ask(filled.then)


def wire_list(page: Page, handlers: Handlers, answer: Answer, settings: Settings) -> None:
    """Sliders, list, and outlines of what they let in."""
    import gradio as gr

    state = [page.image, answer.raw, answer.asked, answer.min_score, settings.overlap, answer.found, answer.outlined]
    state.append(page.model)
    parts = [answer.said, answer.scores, answer.found, page.result, answer.missing]
    laid = [page.result, answer.missing]
    latest: dict[str, Any] = {"show_progress": "hidden", "trigger_mode": "always_last"}
    gr.on(
        [answer.min_score.change, settings.overlap.change],
        page.run(when_touched(handlers.sift_again)),
        state,
        parts,
        **latest,
    )
    answer.found.edited(page.run(when_touched(handlers.edited)), state, laid, **latest)
    answer.show.click(page.run(when_touched(handlers.edited)), state, laid, show_progress="hidden")
    answer.found.corrected(page.run(when_touched(handlers.correct)), state, page.prompt, show_progress="hidden")
    # Sliders answer at once with what is drawn; the rest follows, in its turn.
    more = answer.missing.change(
        page.run(when_touched(handlers.draw_more)),
        state,
        answer.outlined,
        concurrency_id="gpu",
        show_progress="hidden",
    )
    more.success(page.run(when_touched(handlers.edited)), state, laid, show_progress="hidden")
