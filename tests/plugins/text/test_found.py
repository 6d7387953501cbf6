"""What the tab shows of what was found, and what it takes from a page that may send anything."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest

from plugins.text.found import (
    COLORS,
    THUMB,
    Said,
    colors_of,
    describe,
    draw_scores,
    draw_thumbs,
    list_names,
    make_rows,
    refuse,
)
from sam import Boxes

BOXES = Boxes([[0, 0, 9, 9], [5, 5, 9, 9]], np.array([0.8, 0.2]), ("cat", "dog"))


@pytest.mark.parametrize(
    ("value", "off", "names", "asked"),
    [
        (None, set(), {}, None),
        ({"off": [1], "names": {"0": "Tom"}, "asked": 0}, {1}, {0: "Tom"}, 0),
        ({"off": ["1", 1.0], "names": {0: " "}}, {1}, {}, None),
        ({"off": [2, -1, "x", None, [], 1e999], "names": {"7": "a", "x": "b"}, "asked": 2}, set(), {}, None),
        ({"off": "all", "names": [1], "asked": {}}, set(), {}, None),
        ({"names": {"1": "n" * 500}}, set(), {1: "n" * 80}, None),
        ("<script>", set(), {}, None),
    ],
)
def test_what_the_page_says_is_read_with_care(value, off, names, asked):
    said = Said.read(value, 2)
    assert (set(said.off), dict(said.names), said.asked) == (off, names, asked)


def test_rows_keep_what_was_said_and_have_a_colour_a_phrase():
    image = np.zeros((20, 20, 3), np.uint8)
    value = make_rows(
        image, {"id": "1", "text": "cat. dog"}, BOXES, [1, 0], Said.read({"off": [1], "names": {"0": "Tom"}}, 2)
    )
    assert [(row["row"], row["label"], row["score"], row["color"]) for row in value["rows"]] == [
        (1, "dog", 0.2, COLORS[1]),
        (0, "cat", 0.8, COLORS[0]),
    ]
    assert (value["off"], value["names"]) == ([1], {"0": "Tom"})
    nothing = make_rows(image, {"id": "1", "text": "cat"}, BOXES, [], Said.read(None, 2))
    assert (nothing["rows"], nothing["thumbs"]) == ([], "")


def test_colours_come_round_again():
    colors = colors_of(". ".join(f"thing {index}" for index in range(9)))
    assert list(colors.values()) == [*COLORS, *COLORS[:2]]


@pytest.mark.parametrize("size_hw", [(1, 1), (1, 400), (300, 2), (90, 120)])
def test_thumbnails_show_what_is_in_the_boxes(size_hw):
    from PIL import Image

    height, width = size_hw
    image = np.full((height, width, 3), 40, np.uint8)
    image[:, width // 2 :] = 220
    boxes = Boxes([[0, 0, width, height], [width - 1, 0, width, 1], [width // 2, 0, width, height]])
    data = draw_thumbs(image, boxes).removeprefix("data:image/jpeg;base64,")
    sheet = np.array(Image.open(io.BytesIO(base64.b64decode(data))))
    assert sheet.shape == (THUMB * 3, THUMB, 3)
    if min(size_hw) > 80:
        assert abs(sheet[THUMB // 2, 8].mean() - 40) < 12
        assert abs(sheet[THUMB // 2, THUMB - 8].mean() - 220) < 12
        assert abs(sheet[2 * THUMB + THUMB // 2, THUMB // 2].mean() - 220) < 12


@pytest.mark.parametrize(
    ("words", "min_score", "parts", "not_there"),
    [
        ("cat", 0.3, ["cat <b>1</b>"], ["Nothing"]),
        ("cat. dog. cow", 0.3, ["cat <b>1</b>", "dog none, best guess 0.20", "cow not found"], ["Nothing"]),
        ("dog", 0.5, ["Nothing found above 50 % confidence.", "Lower the confidence"], []),
        ("<b>cow</b>", 0.5, ["Nothing found", "&lt;b&gt;cow"], ["<b>cow"]),
    ],
)
def test_what_was_found_is_said(words, min_score, parts, not_there):
    shown = BOXES.above(min_score)
    shown = shown[np.array([label in words for label in shown.labels], bool)]
    said = describe({"text": words}, BOXES, shown, min_score)
    assert all(part in said for part in parts), said
    assert not any(part in said for part in not_there)


def test_what_lost_against_an_excluded_name_is_left_out_not_unsure():
    assert "cat left out" in describe({"text": "cat"}, BOXES, Boxes.empty(), 0.3)
    assert "taught" not in describe({"text": "cat", "means": {}}, BOXES, BOXES, 0.3)
    assert "another model" in describe({"text": "cat"}, Boxes.empty(), Boxes.empty(), 0.3)


def test_a_refusal_is_an_alert_and_text():
    assert refuse("<i>no</i>").count("<i>") == 0
    assert 'role="alert"' in refuse("no")


def test_the_histogram_counts_every_guess():
    drawn = draw_scores(BOXES, 0.5)
    assert "1 of 2 guesses" in drawn
    assert (drawn.count('class="kept"'), drawn.count('class="below"')) == (1, 1)
    assert draw_scores(Boxes.empty(), 0.5) == ""
    assert "2 of 2" in draw_scores(BOXES, 0.05)


def test_the_names_are_listed():
    from sam.detection.vocabulary import NAMES

    listed = list_names()
    assert all(name.name in listed for name in NAMES)
