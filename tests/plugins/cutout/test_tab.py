"""The tab with each background, frame and file format, and the steps that repeat what it does."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image as Pil
from skimage import data

from plugins.cutout import tab as plugin
from plugins.cutout.tab import show_fields, steps_after
from sam import Masks, PromptError


@pytest.fixture(scope="module")
def image():
    return data.chelsea()


@pytest.fixture
def masks(image):
    y, x = np.mgrid[: image.shape[0], : image.shape[1]]
    return Masks(np.hypot(x - 225, y - 150) < 90)


def test_the_tab_with_each_background(image, masks, visitor):
    visitor.build(plugin.build_tab)
    button, preview = visitor.find("Cut out"), visitor.find("Before and after")
    background, behind, frame = visitor.find("Background"), visitor.find("Picture behind"), visitor.find("Frame")
    kind = visitor.find("File format")
    base = {visitor.image: image, visitor.objects: masks}
    results = {}
    for choice in ("transparent", "white", "colour", "gradient", "blur", "picture"):
        values = {**base, background: choice, behind: data.coffee()}
        before, after = visitor.fire("click", button, values)[preview]
        assert before.shape == after.shape == image.shape
        with Pil.open(visitor.folder / "cutout.png") as file:
            assert file.mode == ("RGBA" if choice == "transparent" else "RGB")
            results[choice] = np.asarray(file)[-1, 0].tolist()
    assert results["transparent"] == [0, 0, 0, 0]
    assert results["white"] == [255, 255, 255]
    assert len({str(value) for value in results.values()}) == 6
    before, after = visitor.fire("click", button, {**base, frame: "square", kind: "WebP"})[preview]
    assert after.shape[0] == after.shape[1] == before.shape[0]
    assert (visitor.folder / "cutout.webp").exists()


@pytest.mark.parametrize("framing", ["full", "trim", "square", "passport"])
@pytest.mark.parametrize("behind", ["transparent", "white", "gradient", "blur"])
def test_the_steps_that_the_tab_records_give_the_same_file(image, masks, visitor, framing, behind):
    image, masks = image[::3, ::3], Masks(masks.masks[:, ::3, ::3])
    visitor.build(plugin.build_tab)
    shadow = 0.0 if behind == "transparent" else 0.5
    values = {visitor.find("Background"): behind, visitor.find("Frame"): framing, visitor.find("Drawn shadow"): shadow}
    visitor.fire("click", visitor.find("Cut out"), {visitor.image: image, visitor.objects: masks, **values})
    chain = visitor.host.chain(*visitor.recorded)
    result = chain(image=image, masks=masks)[chain.tools[-1].output]
    with Pil.open(visitor.folder / "cutout.png") as file:
        np.testing.assert_array_equal(np.asarray(file), result)
    # What part of the photo it is, so that the file can have the photo's own colours.
    assert (visitor.window is None) == (framing == "full")
    if visitor.window is not None:
        top, left, bottom, right = visitor.window
        assert result.shape[:2] == (bottom - top, right - left)


def test_without_objects_the_tab_finds_the_subject_itself(image, visitor):
    visitor.download = lambda value, name, window=None: name
    visitor.build(plugin.build_tab)
    button, preview = visitor.find("Cut out"), visitor.find("Before and after")
    none = Masks.empty(image.shape[:2])
    outputs = visitor.fire("click", button, {visitor.image: image, visitor.objects: none})
    assert outputs[preview][1].shape == image.shape
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
