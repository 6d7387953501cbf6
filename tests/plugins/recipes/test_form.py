"""Each kind of option gets the field that suits it, with its present value."""

from __future__ import annotations

import gradio as gr
import pytest

from plugins import Option
from plugins.recipes.form import make_field
from sam import DetectorName, SegmenterName, SubjectFinderName


@pytest.mark.parametrize(
    ("option", "value", "kind"),
    [
        (Option("most", int, 3), 5, gr.Number),
        (Option("share", float, 0.5), 0.25, gr.Number),
        (Option("sharp", bool, False), True, gr.Checkbox),
        (Option("text", str, ""), "dog", gr.Textbox),
        (Option("colour", str, "#c0392b"), "#112233", gr.ColorPicker),
        (Option("how", str, "add", ("add", "cut")), "cut", gr.Dropdown),
        (Option("times", int, None, (1, 2), optional=True), None, gr.Dropdown),
        (Option("level", int, None, optional=True), None, gr.Number),
    ],
)
def test_the_field_suits_the_type(option, value, kind):
    field = make_field(option, value, "how much of it.")
    assert type(field) is kind
    assert field.value == value
    assert field.interactive
    assert field.label == option.name.capitalize()
    assert field.info == "How much of it."


@pytest.mark.parametrize(
    ("kind", "default", "value", "has", "has_not"),
    [
        (SegmenterName, "nano", "nano", {"nano", "sam-vit-base"}, {"nano-subject"}),
        (SubjectFinderName, "nano-subject", "nano-subject", {"nano-subject"}, {"nano", "sam-vit-base"}),
        (DetectorName, "auto", "elsewhere", {"auto", "elsewhere", "nano-names"}, {"sam-vit-base"}),
    ],
)
def test_models_are_those_for_the_same_task_whatever_the_option_is_called(kind, default, value, has, has_not):
    field = make_field(Option.read("drawer", kind, default), value)
    names = {choice for _, choice in field.choices}
    assert has <= names
    assert not has_not & names
    assert field.value == value
