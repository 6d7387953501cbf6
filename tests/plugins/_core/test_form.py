"""Each kind of option gets the field that suits it, with its present value."""

from __future__ import annotations

import gradio as gr
import pytest

from plugins import Option, make_field
from sam import DetectorName, SegmenterName, SubjectFinderName
from sam.inpainting import EraseOptions
from sam.options import Between, read_options


@pytest.mark.parametrize(
    ("option", "value", "kind"),
    [
        (Option("most", int, 3), 5, gr.Number),
        (Option("share", float, 0.5), 0.25, gr.Number),
        (Option("share", float, 0.5, within=Between(0, 1)), 0.25, gr.Slider),
        (Option("grow", int, 4, within=Between(0, 200, usual=60)), 6, gr.Slider),
        (Option("seed", int, 0, within=Between(0, 2**53)), 7, gr.Number),
        (Option("least", float, None, optional=True, within=Between(0, 1)), None, gr.Number),
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


def test_ranges_steps_and_words_are_those_of_the_declaration():
    options = read_options(EraseOptions)
    grow = make_field(options["grow"], label="Grow (pixels)")
    assert (grow.minimum, grow.maximum, grow.step, grow.value, grow.label) == (0, 60, 1, 4, "Grow (pixels)")
    assert grow.info.startswith("Pixels by which")
    strength = make_field(options["strength"], visible=False)
    assert (strength.minimum, strength.maximum, strength.step, strength.visible) == (0, 1, 0.05, False)
    seed = make_field(options["seed"])
    assert (seed.minimum, seed.maximum, seed.precision) == (0, 2**53, 0)
    assert make_field(options["grow"], 150).maximum == 150, "a value that is allowed is never cut off"
