"""The main subject of the picture, without a click: image -> masks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sam import Image, Masks, SubjectFinder, load_model

if TYPE_CHECKING:
    from . import Host, Page

HELP = """
One press finds what the picture is of: a person, an animal, a thing with what belongs to it. It becomes an object like
any other: correct it with clicks, cut it out, keep it.
"""


def find_subject(image: Image, *, model: str = "nano-subject") -> Masks:
    """The main subject of the image: one mask with the confidence that this is it, none where nothing stands out."""
    return load_model(model, SubjectFinder).find_subject(image)


def build_tab(page: Page) -> None:
    """One button; what it finds goes to the stage."""
    import gradio as gr

    gr.Markdown(HELP)
    button = gr.Button("Find the subject", variant="primary")

    def find(image: Image) -> Masks:
        page.progress(0, "Looking at the picture")
        found = find_subject(image)
        page.record("find_subject")
        if len(found):
            page.toast(f"Found the subject, {found.scores[0]:.0%} sure.")
        else:
            page.toast("Nothing stands out in this picture: click what you want.")
        return found

    button.click(page.run(find), [page.image], page.objects, concurrency_id="gpu")


def setup(host: Host) -> None:
    """The tool, and the tab."""
    host.add_tool(find_subject)
    host.add_tab("Subject", build_tab, order=20)
