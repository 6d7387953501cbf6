"""The form of a draft, without a browser: what it shows, collects and changes."""

from __future__ import annotations

import gradio as gr
import pytest

from plugins import Recipe, Step, load_plugins
from plugins.recipes.draft import to_draft, to_recipe
from plugins.recipes.step_form import StepForm

BLUR = Recipe("Blur", (Step("find_subject"), Step("blur_background", {"blur": 1.0})))


@pytest.fixture(scope="module")
def host():
    return load_plugins(names=["subject", "blur_background", "pixelate"], strict=True)


@pytest.fixture
def form(host) -> StepForm:
    with gr.Blocks():
        made = StepForm(host, to_draft(BLUR))
        made.build()
    return made


def test_it_has_a_field_for_each_option_of_each_step(form):
    assert [(index, name) for index, name, _ in form.fields] == [(0, "model"), (1, "blur"), (1, "falloff")]
    assert [component.value for component in form.components] == ["Blur", "nano-subject", 1.0, True]
    assert form.verdict.state == "ready"
    assert len(form.edits) == 6


def test_it_collects_and_changes_what_is_in_the_fields(form):
    draft = to_draft(BLUR)
    assert form.collect(draft, "Soft", "nano-subject", 4, False)["fields"] == [
        [0, "model", "nano-subject"],
        [1, "blur", 4],
        [1, "falloff", False],
    ]
    (_, up), (_, down), (_, drop) = form.edits[:3]
    tools = {
        change: [step.tool for step in to_recipe(form.changed(change, draft, "x", "nano-subject", 4, True)).steps]
        for change in (up, down, drop)
    }
    assert list(tools.values()) == [
        ["find_subject", "blur_background"],
        ["blur_background", "find_subject"],
        ["blur_background"],
    ]
    added = to_recipe(form.added(draft, "pixelate", "x", "nano-subject", 4, True))
    assert [step.tool for step in added.steps][-1] == "pixelate"
    assert added.steps[1].options == {"blur": 4.0}
    with pytest.raises(gr.Error, match="blur expects float"):
        form.changed(down, draft, "x", "nano-subject", "wide", True)


def test_a_step_whose_tool_is_not_here_has_no_fields(host):
    with gr.Blocks():
        form = StepForm(host, to_draft(Recipe("x", (Step("gone"),))))
        form.build()
    assert form.fields == []
    assert form.verdict.state == "wrong"
