"""Erasing's settings stand once: library, tool, command and endpoint have them from here."""

from __future__ import annotations

import inspect

import pytest

from plugins import Tool
from plugins.erase import inpaint as tool
from sam import PromptError
from sam.inpainting import MAX_GROW, EraseOptions, inpaint
from sam.options import read_options


def test_the_library_and_the_tool_have_the_same_options():
    options = read_options(EraseOptions)
    assert list(options) == ["engine", "grow", "soften", "seed", "prompt", "strength"]
    assert list(inspect.signature(inpaint).parameters) == ["image", "mask", *options, "progress"]
    made = Tool.from_function(tool).options
    assert {name: made[name] for name in options} == options
    assert [*made] == [*options, "shadow"]


@pytest.mark.parametrize(
    "wrong",
    [{"engine": "magic"}, {"grow": -1}, {"grow": MAX_GROW + 1}, {"soften": 1.5}, {"seed": -1}, {"strength": 1.1}],
)
def test_what_is_out_of_range_is_named(wrong):
    (name,) = wrong
    with pytest.raises(PromptError, match=f"{name}: expected"):
        EraseOptions(**wrong)
