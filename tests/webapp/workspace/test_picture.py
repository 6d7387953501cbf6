"""Names and colours as visitors give them, and what the page is told of a picture."""

from __future__ import annotations

import json

import numpy as np
import pytest

from sam import PromptError, rle
from webapp.workspace.picture import COLORS, Geometry, Picture, StudioObject, check_color, clean_name


@pytest.mark.parametrize(
    ("name", "expected"),
    [("  My\n cat ", "My cat"), ("", ""), ("\u202egnp.exe", "gnp.exe"), ("x" * 200, "x" * 80), (3, "3")],
)
def test_names_are_one_printable_line(name: object, expected: str) -> None:
    assert clean_name(name) == expected


@pytest.mark.parametrize("color", [*COLORS, "#000000", "#AbCdEf"])
def test_colours_pass_as_they_are(color: str) -> None:
    assert check_color(color) == color


@pytest.mark.parametrize("color", ["red", "#fff", "#gggggg", "url(x)", None, "#000000;"])
def test_what_is_no_colour_is_refused(color: object) -> None:
    with pytest.raises(PromptError, match="expected #rrggbb"):
        check_color(color)


def test_an_object_keeps_its_mask_and_tells_the_page_all_but_it() -> None:
    mask = np.zeros((20, 30), bool)
    mask[5:9, 6:12] = True
    item = StudioObject("a", "Cat", "#E69F00", False, 0.91234, 24, (6, 5, 12, 9), dict(rle.encode(mask)), "clicks")
    assert (item.mask() == mask).all()
    told = json.loads(json.dumps(item.to_json()))
    assert told["score"] == 0.9123
    assert "rle" not in told


def test_a_picture_says_how_it_lies_in_the_models_square() -> None:
    picture = Picture(
        "a.png", np.zeros((20, 30, 3), np.uint8), "k", Geometry((341, 512), 512), "nano", "w", 12.345, False
    )
    told = picture.to_json()
    assert (told["width"], told["height"]) == (30, 20)
    assert told["input"] == {"width": 512, "height": 341, "size": 512}
    assert picture.nbytes >= 1800
