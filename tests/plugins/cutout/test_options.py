"""The tools' settings are those of the declarations, with their ranges."""

from __future__ import annotations

import pytest

from plugins import Tool
from plugins.cutout import compose, frame_cutout, matte
from plugins.cutout.options import BackgroundOptions, EdgeOptions, FrameOptions
from plugins.frame_photo import frame_photo
from sam import PromptError
from sam.options import read_options


@pytest.mark.parametrize(
    ("function", "kind"),
    [(matte, EdgeOptions), (compose, BackgroundOptions), (frame_cutout, FrameOptions), (frame_photo, FrameOptions)],
)
def test_a_tools_options_are_those_of_its_class(function, kind):
    tool = Tool.from_function(function)
    assert tool.options == read_options(kind)
    assert all(option.help and f"{name}: {option.help}" in tool.doc for name, option in tool.options.items())


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (EdgeOptions, {"band": -1}),
        (EdgeOptions, {"engine": "knn"}),
        (FrameOptions, {"margin": 201}),
        (FrameOptions, {"frame": "round"}),
        (BackgroundOptions, {"blur": float("nan")}),
        (BackgroundOptions, {"shadow": 2}),
    ],
)
def test_what_is_out_of_range_is_named(kind, wrong):
    (name,) = wrong
    with pytest.raises(PromptError, match=f"{name}: expected"):
        kind(**wrong)
