"""The main subject of the picture, without a click: image -> masks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sam import Image, Masks, SubjectFinder, SubjectFinderName, list_models, load_model

if TYPE_CHECKING:
    from . import Host, Page

HELP = """
One press finds what the picture is of: a person, an animal, a thing with what belongs to it. It becomes an object like
any other: correct it with clicks, cut it out, keep it.
"""


def find_subject(image: Image, *, model: SubjectFinderName = "nano-subject") -> Masks:
    """The main subject of the image: one mask with the confidence that this is it, none where nothing stands out."""
    return load_model(model, SubjectFinder).find_subject(image)


def finders() -> list[tuple[str, str]]:
    """(title, name) of all models that find subjects, with what a user must know before choosing one."""
    rows = []
    for spec in list_models():
        if "subject" in spec.tasks:
            limits = [] if spec.ready else [f"{spec.bytes / 1e6:,.0f} MB to get"]
            limits += ["non-commercial"] if "non-commercial" in spec.note else []
            rows.append((f"{spec.title} ({', '.join(limits)})" if limits else spec.title, spec.name))
    return rows


def build_tab(page: Page) -> None:
    """One button; what it finds goes to the stage."""
    import gradio as gr

    gr.Markdown(HELP)
    with gr.Accordion("Which model looks", open=False):
        model = gr.Dropdown(finders(), value="nano-subject", label="Model")
    button = gr.Button("Find the subject", variant="primary")

    def find(image: Image, *, model: SubjectFinderName = "nano-subject") -> Masks:
        page.progress(0, "Looking at the picture")
        found = find_subject(image, model=model)
        page.record("find_subject", {"model": model})
        if len(found):
            page.toast(f"Found the subject, {found.scores[0]:.0%} sure.")
        else:
            page.toast("Nothing stands out in this picture: click what you want.")
        return found

    button.click(page.run(find), [page.image, model], page.objects, concurrency_id="gpu")


def setup(host: Host) -> None:
    """The tool, and the tab."""
    host.add_tool(find_subject)
    host.add_tab("Subject", build_tab, order=20, group="select")
