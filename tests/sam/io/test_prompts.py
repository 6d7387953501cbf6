"""One reader for points, boxes and masks, whatever they come as, and at every door the same."""

from __future__ import annotations

import json

import numpy as np
import pytest

from sam import Boxes, Masks, Points, PromptError, SamError, rle
from sam.io import prompts
from sam.io.limits import MAX_BOXES, MAX_POINTS, MAX_TEXT
from sam.io.serialization import read_value, to_json
from webapp.endpoints.api import _read

DEEP = "[" * 100_000


def some_masks() -> Masks:
    masks = np.zeros((2, 6, 9), bool)
    masks[0, 1:4, 2:5] = True
    masks[1, 5, 8] = True
    return Masks(masks, [0.75, 1 / 3], None, Boxes([[2, 1, 5, 4], [8, 5, 9, 6]], None, ("cat", "")))


def doors(kind):
    """As the command line, the API with MCP, and the routes read a value of this type."""
    read = {Points: prompts.read_points, Boxes: prompts.read_boxes, Masks: prompts.read_masks}[kind]
    return [lambda text: read_value(kind, text), lambda text: _read("value", text, kind, {}), read]


@pytest.mark.parametrize(
    "text",
    [
        *("160 120", "160, 120", "160,120", "1.6e2,120", "(160, 120)", "[160,120]", "[[160, 120]]", "160;120"),
        *(" 160\t120\n", "160,120:1", "+160, 1.2E+2", "１６０，１２０", "160 ,120", "١٦٠, ١٢٠", "160.,120.0"),
        '{"xy": [[160, 120]]}',
    ],
)
def test_a_point_is_the_same_at_every_door(text):
    for read in doors(Points):
        points = read(text)
        assert (points.xy.tolist(), points.labels.tolist()) == ([[160, 120]], [1])


@pytest.mark.parametrize(
    "text",
    [
        *("[10,20,110,220]", "10,20,110,220", "10 20 110 220", "(10, 20) (110, 220)", "1e1,2e1;1.1e2,220"),
        *("[[10,20,110,220]]", '{"boxes": [[10,20,110,220]]}', '[{"box": [10,20,110,220]}]'),
        '{"box": [10,20,110,220]}',
    ],
)
def test_a_box_is_the_same_at_every_door(text):
    for read in doors(Boxes):
        assert read(text).xyxy.tolist() == [[10, 20, 110, 220]]


@pytest.mark.parametrize("kind", [Points, Boxes])
@pytest.mark.parametrize("text", ["1,2,x,4", "0x10,2,3,4", "1_0,2,3,4", "one", "1..2,3,4,5", "1,2,3", "--1,2", "e5,1"])
def test_what_is_no_number_is_refused_at_every_door(kind, text):
    for read in doors(kind):
        with pytest.raises(SamError):
            read(text)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Points, "1 " * 2 * (MAX_POINTS + 1)),
        (Points, json.dumps([[1, 2]] * (MAX_POINTS + 1))),
        (Points, json.dumps({"xy": [[1, 2]] * (MAX_POINTS + 1)})),
        (Boxes, "1,2,3,4 " * (MAX_BOXES + 1)),
        (Boxes, json.dumps([{"box": [1, 2, 3, 4]}] * (MAX_BOXES + 1))),
    ],
)
def test_a_limit_is_one_sentence_at_every_door(kind, text):
    said = set()
    for read in doors(kind):
        with pytest.raises(PromptError, match="at most") as caught:
            read(text)
        said.add(str(caught.value))
    assert len(said) == 1


@pytest.mark.parametrize("kind", [Points, Boxes])
def test_text_has_an_end(kind):
    for read in doors(kind):
        with pytest.raises(SamError, match="characters"):
            read("1" * (MAX_TEXT + 1))


def test_both_forms_of_masks_are_read_and_are_the_same_records():
    masks = some_masks()
    for written in (prompts.write_masks(masks), to_json(masks), json.dumps(to_json(masks)), masks):
        read = prompts.read_masks(written)
        np.testing.assert_array_equal(read.masks, masks.masks)
        np.testing.assert_array_equal(read.scores, masks.scores)
        assert read.boxes.labels == ("cat", "")
    records, held = prompts.write_masks(masks), to_json(masks)["masks"]
    assert [{k: v for k, v in row.items() if k != "label"} for row in records] == [
        {k: v for k, v in row.items() if k != "label"} for row in held
    ]


@pytest.mark.parametrize("value", [[rle.encode(np.ones((2, 3), bool))], rle.encode(np.ones((2, 3), bool))])
def test_plain_coco_masks_are_read(value):
    assert prompts.read_masks(value).masks.tolist() == np.ones((1, 2, 3), bool).tolist()


def test_no_masks_are_as_large_as_the_image():
    assert prompts.read_masks([], size_hw=(4, 5)).size_hw == (4, 5)
    assert prompts.read_masks({"masks": [], "size_hw": [6, 7]}, size_hw=(4, 5)).size_hw == (6, 7)
    assert prompts.read_masks(None).size_hw == (0, 0)


def test_boxes_come_back_to_the_last_bit():
    boxes = Boxes([[0.1, 1 / 3, 30, 40.7]], [0.1], ("a",))
    for written in (prompts.write_boxes(boxes), to_json(boxes)):
        read = prompts.read_boxes(written)
        np.testing.assert_array_equal(read.xyxy, boxes.xyxy)
        np.testing.assert_array_equal(read.scores, boxes.scores)
        assert read.labels == ("a",)


RLE = rle.encode(np.ones((2, 3), bool))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Points, [[1, 2], 3]),
        (Points, [[1, 2, 3, 4]]),
        (Points, [[1, "2"]]),
        (Points, [[1, None]]),
        (Points, [[True, False]]),
        (Points, [[10**400, 1]]),
        (Points, [[1, 2, 0.5]]),
        (Points, [[1, 2, "1"]]),
        (Points, {"xy": "no"}),
        (Points, {"xy": [[1, 2]], "labels": {"a": 1}}),
        (Points, 5),
        (Points, "[" * 2000),
        (Points, DEEP),
        (Boxes, [{"box": [1, 2, 3, 4], "score": None}]),
        (Boxes, [{"box": [1, 2, 3, 4], "score": "0.5"}]),
        (Boxes, [{"box": [1, 2, 3, 4], "score": [1, 2]}]),
        (Boxes, [{"box": [1, 2, 3, 4], "score": float("nan")}]),
        (Boxes, [{"box": [1, 2, 3, 4], "label": {"a": 1}}]),
        (Boxes, [{"box": None}]),
        (Boxes, [{"box": [1, 2, 3, float("inf")]}]),
        (Boxes, [[1, 2, 3, 4], {"score": 1}]),
        (Boxes, {"boxes": {"a": 1}}),
        (Boxes, True),
        (Masks, {"masks": [], "size_hw": "ab"}),
        (Masks, {"masks": [], "size_hw": [1.5, 2]}),
        (Masks, {"masks": [], "size_hw": [-1, 2]}),
        (Masks, {"masks": [], "size_hw": [float("inf"), 2]}),
        (Masks, {"masks": "x"}),
        (Masks, [{"rle": RLE, "score": "x"}]),
        (Masks, [{"rle": RLE, "score": None}]),
        (Masks, [{"rle": {**RLE, "size": [float("inf"), 3]}}]),
        (Masks, [{"rle": {**RLE, "size": ["2", "3"]}}]),
        (Masks, [{"rle": {**RLE, "size": [2.5, 3]}}]),
        (Masks, [{"rle": {**RLE, "size": "23"}}]),
        (Masks, [{"rle": {**RLE, "counts": "\ud800"}}]),
        (Masks, [{"rle": {**RLE, "counts": [2**63 - 1, 2**63 - 1, 8]}}]),
        (Masks, [{"rle": {**RLE, "counts": [[6], [1, 2]]}}]),
        (Masks, [{"rle": {**RLE, "counts": [6.0]}}]),
        (Masks, [{"rle": {**RLE, "counts": [10**400]}}]),
        (Masks, [{"rle": 5}]),
        (Masks, [{"rle": RLE}] * 100_000),
    ],
    ids=range(41),
)
def test_what_cannot_be_is_a_sentence(kind, value):
    with pytest.raises(PromptError) as caught:
        doors(kind)[2](value)
    assert 10 < len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("value", "points", "box"),
    [
        ({"points": [[1, 2]], "labels": [0], "box": [1, 2, 30, 40]}, [[1, 2]], [1, 2, 30, 40]),
        ({"points": "160 120"}, [[160, 120]], None),
        ({"points": [[1, 2, 1]]}, [[1, 2]], None),
        ({"box": "[1,2,30,40]"}, None, [1, 2, 30, 40]),
    ],
)
def test_the_page_s_prompt(value, points, box):
    prompt = prompts.read_prompt(value)
    assert (None if prompt.points is None else prompt.points.xy.tolist()) == points
    assert (None if prompt.box is None else prompt.box.tolist()) == box
