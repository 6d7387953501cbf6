"""What was done on a photo becomes steps, and what cannot be repeated is said."""

from __future__ import annotations

import gradio as gr
import numpy as np
import pytest

from plugins import PluginError, Step, load_plugins
from sam import Image, Masks, PromptError
from webapp.components.plugin_page import StudioPage
from webapp.models.offered import Models
from webapp.workspace.tool_history import Action, make_step


@pytest.fixture(scope="module")
def host():
    return load_plugins()


@pytest.fixture
def page(workspaces, host):
    with gr.Blocks():
        yield StudioPage(workspaces, Models(), host)


@pytest.fixture
def does(page, workspace):
    """does(tool, ...) is one event of a tab that records this tool: it makes objects, a new image, or neither."""

    def act(
        *tools: str, makes: int = 0, changes: bool = False, takes: bool = False, selected: list | None = None, note=""
    ):
        def find(image: Image) -> Masks:
            for tool in tools:
                page.record(tool, note=note)
            mask = np.zeros((makes, *image.shape[:2]), bool)
            mask[:, :9, :9] = True
            return Masks(mask)

        def use(image: Image, masks: Masks) -> object:
            for tool in tools:
                page.record(tool, note=note)
            return page.new_image(255 - image) if changes else "a file"

        port = {"workspace": workspace.token, "selected": selected or []}
        return page.run(use)(None, port, port) if takes or changes else page.run(find)(None, port)

    return act


@pytest.fixture
def past(page, workspace):
    """The history as a tab reads it."""

    def read() -> tuple[list[str], list[str]]:
        def look(image: Image) -> tuple:
            steps, notes = page.history()
            seen.append(([step.tool for step in steps], list(notes)))
            return "x", "y"

        seen: list = []
        page.run(look)(None, {"workspace": workspace.token})
        return seen[0]

    return read


def click(workspace, name: str) -> str:
    """An object from a click on the stage."""
    mask = np.zeros((1, 60, 80), bool)
    mask[:, :5, :5] = True
    return workspace.add(workspace.picture, Masks(mask), "clicks", [name])[0]


def test_nothing_was_done(past, page):
    assert past() == ([], [])
    assert page.history() == ((), ()), "outside a handler"
    page.record("matte")


def test_steps_come_in_the_order_of_what_was_done(does, past):
    does("find_subject", makes=1)
    does("blur_background", changes=True)
    does("matte", "compose", takes=True)
    assert past() == (["find_subject", "blur_background", "matte", "compose"], [])


def test_a_result_that_went_nowhere_counts_only_while_it_is_the_last(does, past):
    does("find_subject", makes=1)
    for _ in range(3):
        does("matte", "compose", takes=True)
    assert past()[0] == ["find_subject", "matte", "compose"]
    does("inpaint", changes=True)
    assert past()[0] == ["find_subject", "inpaint"], "compose's picture was not what was erased from"


def test_objects_that_were_not_used_or_are_gone_leave_no_step(does, past, workspace):
    does("find_everything", makes=3)
    everything = [item.id for item in workspace.objects()]
    does("find_subject", makes=1)
    (subject,) = [item.id for item in workspace.objects() if item.id not in everything]
    does("matte", takes=True, selected=[subject])
    assert past() == (["find_subject", "matte"], [])
    workspace.remove(subject)
    assert past()[0] == ["matte"]
    workspace.put_back(subject)
    assert past()[0] == ["find_subject", "matte"]


def test_undo_of_a_changed_photo_takes_its_step_back(does, past, workspace):
    does("find_subject", makes=1)
    before = workspace.picture.id
    does("inpaint", changes=True)
    assert past()[0] == ["find_subject", "inpaint"]
    workspace.restore(before)
    assert past()[0] == ["find_subject"]


@pytest.mark.parametrize("tools", [[], ["matte"]])
def test_clicks_cannot_be_repeated(does, past, workspace, tools):
    click(workspace, "Cat")
    if tools:
        does(*tools, takes=True)
    steps, (note,) = past()
    assert steps == tools
    assert note.startswith("“Cat” was pointed at or drawn on this photo, which cannot be repeated on another")


def test_some_objects_of_many_are_said_to_be_some(does, past, workspace):
    does("find_everything", makes=3, note="Sliders are left out.")
    first, *_ = [item.id for item in workspace.objects()]
    does("matte", takes=True, selected=[first])
    steps, notes = past()
    assert steps == ["find_everything", "matte"]
    assert notes == [
        "Sliders are left out.",
        "matte was given 1 of the 3 objects of find_everything; a recipe takes all.",
    ]


def test_objects_of_two_steps_and_edited_ones_are_said(does, past, workspace):
    does("find_subject", makes=1)
    does("find_everything", makes=2)
    does("matte", takes=True)
    assert past()[1] == [
        "matte was given objects of an earlier step; the recipe goes on with those of find_everything."
    ]
    first = workspace.objects()[0]
    workspace.redraw(workspace.picture, first.id, np.ones((60, 80), bool), f"{first.source}, edited")
    does("matte", takes=True, selected=[first.id])
    assert "was corrected by hand" in past()[1][0]


def test_what_failed_or_found_nothing_was_not_done(page, does, past, workspace):
    def fails(image: Image) -> str:
        page.record("matte")
        raise PromptError("No.")

    with pytest.raises(gr.Error):
        page.run(fails)(None, {"workspace": workspace.token})
    does("find_subject", makes=0)
    assert past() == ([], [])


def test_another_photo_starts_anew_and_visitors_do_not_meet(does, past, page, workspaces, workspace, image):
    from webapp.workspace.segment import open_image

    other = workspaces.open("nano")
    open_image(other, image[:30], "other.png")
    does("find_subject", makes=1)
    assert other.picture.actions == []
    assert past()[0] == ["find_subject"]
    open_image(workspace, image[:40], "next.png")
    assert past() == ([], [])


def test_options_at_their_defaults_are_left_out(host):
    step = make_step(host, "inpaint", {"engine": "auto", "grow": 9, "seed": 0})
    assert step == Step("inpaint", {"grow": 9}, "erase")
    assert make_step(None, "inpaint", {"grow": 4}) == Step("inpaint", {"grow": 4})
    with pytest.raises(PluginError, match="grow expects int"):
        make_step(host, "inpaint", {"grow": "much"})
    assert Action((step,)).made == ()


def test_outlines_that_the_page_read_again_are_a_step(does, past, workspace):
    does("find_everything", makes=2)
    first, second = workspace.objects()
    for item in (first, second):
        workspace.redraw(workspace.picture, item.id, item.mask(), f"{item.source}, sharpened")
    assert past() == (["find_everything", "sharpen_outlines"], [])
    does("matte", takes=True)
    assert past() == (["find_everything", "sharpen_outlines", "matte"], [])
    workspace.redraw(workspace.picture, first.id, first.mask(), f"{first.source}, edited, sharpened")
    assert past()[1] == ["“Object 1” was corrected by hand, which cannot be repeated on another photo."]
