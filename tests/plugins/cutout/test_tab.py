"""The tab with each background, frame and file format, and the steps that repeat what it does."""

from __future__ import annotations

import numpy as np
import pytest
from skimage import data

from plugins.cutout import tab as plugin
from plugins.cutout.tab import show_fields, steps_after
from sam import Masks, PromptError


def test_the_tab_with_each_background(image, masks, visitor):
    visitor.build(plugin.build_tab)
    button = visitor.find("Cut out")
    background, behind, frame = visitor.find("Background"), visitor.find("Picture behind"), visitor.find("Frame")
    kind = visitor.find("File format")
    base = {visitor.image: image, visitor.objects: masks}
    results = {}
    for choice in ("transparent", "white", "colour", "gradient", "blur", "picture"):
        values = {**base, background: choice, behind: data.coffee()}
        shown = visitor.fire("click", button, values)[visitor.result]
        assert shown.shape == (*image.shape[:2], 4 if choice == "transparent" else 3)
        assert visitor.shown["file"] == "cutout.png"
        results[choice] = shown[-1, 0].tolist()
    assert results["transparent"] == [0, 0, 0, 0]
    assert results["white"] == [255, 255, 255]
    assert len({str(value) for value in results.values()}) == 6
    shown = visitor.fire("click", button, {**base, frame: "square", kind: "WebP"})[visitor.result]
    assert shown.shape[0] == shown.shape[1]
    assert visitor.shown["file"] == "cutout.webp"


@pytest.mark.parametrize("framing", ["full", "trim", "square", "passport"])
@pytest.mark.parametrize("behind", ["transparent", "white", "gradient", "blur"])
def test_the_steps_that_the_tab_records_give_the_same_file(image, masks, visitor, framing, behind):
    image, masks = image[::3, ::3], Masks(masks.masks[:, ::3, ::3])
    visitor.build(plugin.build_tab)
    shadow = 0.0 if behind == "transparent" else 0.5
    values = {visitor.find("Background"): behind, visitor.find("Frame"): framing, visitor.find("Drawn shadow"): shadow}
    given = {visitor.image: image, visitor.objects: masks, **values}
    shown = visitor.fire("click", visitor.find("Cut out"), given)[visitor.result]
    chain = visitor.host.chain(*visitor.recorded)
    result = chain(image=image, masks=masks)[chain.tools[-1].output]
    np.testing.assert_array_equal(shown, result)
    # What part of the photo it is, so that it lies where it was, and its file can have the photo's own colours.
    top, left, bottom, right = visitor.shown["window"]
    assert result.shape[:2] == (bottom - top, right - left)


def test_without_objects_the_tab_finds_the_subject_itself(image, visitor):
    visitor.build(plugin.build_tab)
    button = visitor.find("Cut out")
    none = Masks.empty(image.shape[:2])
    outputs = visitor.fire("click", button, {visitor.image: image, visitor.objects: none})
    assert outputs[visitor.result].shape[:2] == image.shape[:2]
    assert "Nothing was selected, so the photo's main subject is cut out." in visitor.said
    assert [tool for tool, _ in visitor.recorded] == ["find_subject", "matte"]
    grey = np.full((60, 80, 3), 128, np.uint8)
    with pytest.raises(PromptError, match="Nothing stands out"):
        visitor.fire("click", button, {visitor.image: grey, visitor.objects: Masks.empty((60, 80))})


def test_another_picture_must_be_chosen_first(image, masks, visitor):
    visitor.build(plugin.build_tab)
    values = {visitor.image: image, visitor.objects: masks, visitor.find("Background"): "picture"}
    with pytest.raises(PromptError, match="Choose the picture that goes behind"):
        visitor.fire("click", visitor.find("Cut out"), values)


@pytest.mark.parametrize(
    ("background", "visible"),
    [
        ("transparent", [False, False, False]),
        ("colour", [True, False, False]),
        ("gradient", [True, False, False]),
        ("blur", [False, True, False]),
        ("picture", [False, False, True]),
    ],
)
def test_fields_are_there_for_the_backgrounds_that_need_them(background, visible):
    assert [one["visible"] for one in show_fields(background)] == visible


@pytest.mark.parametrize(
    ("composed", "frame", "background", "tools"),
    [
        (False, "full", "transparent", []),
        (False, "trim", "transparent", ["frame_cutout"]),
        (True, "full", "white", ["compose"]),
        (True, "square", "blur", ["frame_photo", "frame_cutout", "compose"]),
        (True, "full", "picture", ["replace_background"]),
    ],
)
def test_the_steps_of_each_combination(composed, frame, background, tools):
    steps = steps_after(composed, {"frame": frame, "margin": 5.0}, {"background": background, "shadow": 0.0})
    assert [tool for tool, _ in steps] == tools
