"""Both tools look for things in the same way."""

from __future__ import annotations

from plugins import Tool
from plugins.text import text_to_boxes, text_to_masks
from plugins.text.options import FindOptions
from sam.options import read_options


def test_the_tools_have_the_same_options():
    options = read_options(FindOptions)
    assert Tool.from_function(text_to_boxes).options == options
    assert Tool.from_function(text_to_masks).options == {
        **options,
        "segmenter": Tool.from_function(text_to_masks).options["segmenter"],
    }
    assert options["model"].task == "detect"
    assert str(options["min_score"].within) == "0 to 1"
