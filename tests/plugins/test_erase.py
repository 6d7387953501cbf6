"""The tool erases what is selected, chains, and the tab shows one filling or four on the stage."""

from __future__ import annotations

import numpy as np
import pytest
from skimage import data

from plugins import erase as plugin
from plugins import load_plugins
from plugins.erase import inpaint
from sam import Boxes, Image, Masks, PromptError
from sam.masks import dilate


@pytest.fixture(scope="module")
def image():
    return data.coffee()[:200, :260].copy()


@pytest.fixture
def masks(image):
    mask = np.zeros(image.shape[:2], bool)
    mask[60:90, 40:70] = True
    return Masks(mask)


def test_the_tool_changes_the_hole_alone(image, masks):
    result = inpaint(image, masks)
    outside = ~dilate(masks.union(), 8)
    assert (result[outside] == image[outside]).all()
    assert (result[masks.union()] != image[masks.union()]).any()


def test_the_shadow_goes_too_when_asked():
    y, x = np.mgrid[:120, :160]
    mask = np.hypot(x - 60, y - 60) < 20
    photo = np.full((120, 160, 3), 200, np.uint8)
    photo[60:80, 60:100] = 120
    photo[mask] = (30, 90, 200)
    left, gone = (inpaint(photo, Masks(mask), shadow=wanted) for wanted in (False, True))
    assert left[70, 90].max() < 150
    assert gone[70, 90].min() > 180


def test_boxes_to_masks_to_inpaint_is_one_chain(image):
    chain = load_plugins(names=["click", "erase"], strict=True).chain("boxes_to_masks", ("inpaint", {"grow": 2}))
    assert chain.inputs == {"image": Image, "boxes": Boxes}
    values = chain(image=image, boxes=Boxes([[30, 40, 90, 100]]))
    assert values["image"].shape == image.shape
    assert (values["image"] != image).any()


def test_erase_puts_the_result_on_the_stage(image, masks, visitor):
    visitor.build(plugin.build_tab)
    values = {visitor.image: image, visitor.objects: masks, visitor.find("Grow the selection (pixels)"): 6}
    outputs = visitor.fire("click", visitor.find("Erase"), values)
    assert (outputs[visitor.result] == inpaint(image, masks, grow=6)).all()
    assert visitor.shown["hide"]


@pytest.mark.slow
def test_four_options_each_with_what_made_it(image, masks, visitor):
    visitor.build(plugin.build_tab)
    base = {visitor.image: image, visitor.objects: masks}
    shown = visitor.fire("click", visitor.find("Show 4 options"), base)[visitor.result]
    assert len({picture.tobytes() for picture in shown}) == 4
    for picture, (tool, options) in zip(shown, visitor.shown["made_by"], strict=True):
        assert (visitor.host.tools[tool].bind(**options).run(image, masks) == picture).all()


def test_what_cannot_be_erased_or_proposed_is_explained(image, masks, visitor):
    with pytest.raises(PromptError, match="There is nothing to erase"):
        inpaint(image, Masks.empty(image.shape[:2]))
    visitor.build(plugin.build_tab)
    values = {visitor.image: image, visitor.objects: masks, visitor.find("Engine"): "telea"}
    with pytest.raises(PromptError, match="Only patches and diffusion give different fillings"):
        visitor.fire("click", visitor.find("Show 4 options"), values)


@pytest.mark.slow
def test_the_conformance_kit_finds_no_fault():
    from plugins._core.check import check_plugin

    assert [result for result in check_plugin("erase") if result.ok is False] == []
