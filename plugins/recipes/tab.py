"""The tab: where to begin, the steps as a form, and what came of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from plugins import Recipe, list_recipes, read_recipe

from .draft import to_draft
from .handlers import Handlers
from .step_form import StepForm

if TYPE_CHECKING:
    from plugins import Page

HELP = """
Steps to repeat on other photos. Begin with what you did to this one, or with a ready-made recipe.
"""
SAVE = """(text, name) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}"""
QUICK: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
WORK: dict[str, Any] = {"concurrency_id": "gpu", "api_visibility": "private"}


class Drafts:
    """What is kept between events: the draft that is shown, that with the form's values, and the last result."""

    def __init__(self) -> None:
        import gradio as gr

        self.shown = gr.State(to_draft(Recipe("My recipe", ())))
        self.draft, self.kept = gr.State({}), gr.State({})
        self.saved = gr.Textbox(visible="hidden", label="Recipe as JSON")
        self.file_name = gr.Textbox("recipe.json", visible="hidden", label="Name of the file")


class Outcome:
    """Where results are shown."""

    def __init__(self) -> None:
        import gradio as gr

        self.report = gr.Markdown("", elem_id="recipes-report", render=False)
        self.gallery = gr.Gallery(
            label="Results",
            columns=2,
            height="auto",
            interactive=False,
            buttons=["fullscreen"],
            visible=False,
            elem_id="recipes-results",
            format="png",
            object_fit="contain",
            render=False,
        )
        self.put = gr.Button("Put it on the stage", visible=False, min_width=130, render=False)
        self.download = gr.DownloadButton(
            "Download", visible=False, min_width=130, elem_id="recipes-download", render=False
        )

    def render(self) -> None:
        """Below the form, which refers to them."""
        import gradio as gr

        self.report.render()
        self.gallery.render()
        with gr.Row(elem_classes="recipes-pair"):
            self.put.render()
            self.download.render()

    @property
    def parts(self) -> list[Any]:
        """In the order of what `Handlers.run_others` returns, without the last result."""
        return [self.report, self.gallery, self.download, self.put]


def build_tab(page: Page) -> None:
    """Where to begin, the steps, whether they fit together, and what came of them."""
    import gradio as gr

    handlers = Handlers(page)
    gr.Markdown(HELP)
    ready = [(read_recipe(name).name, name) for name in list_recipes()]
    begin = gr.Dropdown(ready, value=None, label="Ready-made recipes", elem_id="recipes-ready")
    with gr.Row(elem_classes="recipes-pair"):
        did = gr.Button("What I did", min_width=120)
        opened = gr.UploadButton("Open a file", file_types=[".json"], min_width=120, elem_id="recipes-open")
    drafts, outcome = Drafts(), Outcome()
    begin.select(page.run(handlers.choose), [begin, drafts.shown], drafts.shown, **QUICK)
    opened.upload(page.run(handlers.load), [opened, drafts.shown], drafts.shown, **QUICK)
    did.click(page.run(handlers.take), [page.image, drafts.shown], drafts.shown, **QUICK)

    @gr.render(inputs=drafts.shown, show_progress="hidden")
    def show(shown: dict) -> None:
        form = StepForm(page.host, shown)
        form.build()
        form.wire(drafts.shown, **QUICK)
        wire_runs(page, handlers, form, drafts, outcome)

    outcome.render()
    put_on = page.run(handlers.put_on_stage)
    outcome.put.click(put_on, [page.image, drafts.kept], [page.image, outcome.put], concurrency_id="gpu")


def wire_runs(page: Page, handlers: Handlers, form: StepForm, drafts: Drafts, outcome: Outcome) -> None:
    """The buttons that run a recipe or save it, as far as it can be."""
    import gradio as gr

    inputs = [drafts.shown, *form.components]
    state = form.verdict.state
    if state in ("ready", "here"):
        with gr.Row(elem_classes="recipes-pair"):
            here = gr.Button("Run on this photo", variant="primary", min_width=130)
            if state == "ready":
                others = gr.UploadButton(
                    "On other photos", file_count="multiple", file_types=["image"], min_width=130, type="filepath"
                )
        run = handlers.run_here if state == "ready" else handlers.run_on_objects
        picture = [page.image] if state == "ready" else [page.image, page.objects]
        after = [*outcome.parts, drafts.kept, page.objects]
        collected = here.click(form.collect, inputs, drafts.draft, **QUICK)
        collected.success(page.run(run), [*picture, drafts.draft], after, **WORK)
        if state == "ready":
            after = [*outcome.parts, drafts.kept]
            collected = others.upload(form.collect, inputs, drafts.draft, **QUICK)
            collected.success(page.run(handlers.run_others), [page.image, others, drafts.draft], after, **WORK)
    if form.recipe.steps:
        save = gr.Button("Save this recipe", elem_id="recipes-save")
        file = [drafts.saved, drafts.file_name]
        collected = save.click(form.collect, inputs, drafts.draft, **QUICK)
        collected.success(page.run(handlers.as_text), [drafts.draft], file, **QUICK).success(
            None, file, None, js=SAVE, **QUICK
        )
