"""The tab of an effect: its fields come from the tool's options, its result goes to the stage."""

from __future__ import annotations

from typing import Annotated

import gradio as gr
import numpy as np
import pytest

from plugins import PluginError, effect_tab
from plugins.pixelate import pixelate
from sam import Image, Masks
from sam.options import Between


def darken(image: Image, masks: Masks, *, share: Annotated[float, Between(0, 1)] = 0.5, deep: bool = False) -> Image:
    """A tool of a plugin."""
    return np.where(masks.union()[..., None], (image * (share / 2 if deep else share)).astype(np.uint8), image)


def test_each_option_has_its_field_and_the_values_reach_the_tool(visitor):
    visitor.host.add_tool(darken)
    visitor.build(lambda page: effect_tab(page, darken, button="Darken", title="Darkened", share={"label": "How dark"}))
    fields = {one.label: one for one in visitor.blocks.blocks.values() if isinstance(one, (gr.Slider, gr.Checkbox))}
    assert set(fields) == {"How dark", "Deep"}
    image, one = np.full((9, 9, 3), 200, np.uint8), Masks(np.eye(9, dtype=bool))
    values = {visitor.image: image, visitor.objects: one, fields["How dark"]: 0.25, fields["Deep"]: True}
    outputs = visitor.fire("click", visitor.find("Darken"), values)
    assert (outputs[visitor.result] == darken(image, one, share=0.25, deep=True)).all()
    assert visitor.shown == {"title": "Darkened"}
    assert visitor.recorded == [("darken", {"share": 0.25, "deep": True})]


def test_looks_of_an_option_that_is_not_there_are_an_error(visitor):
    with pytest.raises(PluginError, match=r"pixelate has no option 'block'\. It has: blocks"):
        visitor.build(lambda page: effect_tab(page, pixelate, button="Hide", title="Hidden", block={}))
