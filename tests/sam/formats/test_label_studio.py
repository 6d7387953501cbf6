"""Label Studio in its documented form."""

from __future__ import annotations

import json

import numpy as np
import pytest

from sam import rle
from sam.formats import Annotations, Files, label_studio
from sam.formats import write_annotations as write

from .scenes import apart


def read(*results: dict[str, object]) -> Annotations:
    sized = [{"original_width": 20, "original_height": 10, **one} for one in results]
    task = {"data": {"image": "/data/upload/3/ab12-p.jpg?x=1"}, "annotations": [{"result": sized}]}
    return label_studio.read(Files.of({"export.json": json.dumps([task]).encode()}))


def test_percent_of_the_photo():
    box = {
        "type": "rectanglelabels",
        "value": {"x": 10, "y": 20, "width": 50, "height": 40, "rectanglelabels": ["dog"]},
    }
    round_one = {
        "type": "ellipselabels",
        "value": {"x": 50, "y": 50, "radiusX": 10, "radiusY": 30, "ellipselabels": ["cat"]},
    }
    back = read(box, round_one)
    assert not back.problems
    assert [(one.label, one.box) for one in back.objects] == [("dog", (2, 2, 12, 6)), ("cat", (8, 2, 12, 8))]
    assert back.images[0].name == "ab12-p.jpg"


def test_cancelled_annotations_are_left_out_and_predictions_used_instead():
    box = {"type": "rectanglelabels", "value": {"x": 0, "y": 0, "width": 50, "height": 50}, "original_width": 20,
           "original_height": 10}  # fmt: skip
    task = {
        "data": {"image": "p.jpg"},
        "annotations": [{"was_cancelled": True, "result": []}],
        "predictions": [{"result": [box]}],
    }
    back = label_studio.read(Files.of({"export.json": json.dumps([task]).encode()}))
    assert [one.box for one in back.objects] == [(0, 0, 10, 5)]


def test_written_tasks_have_what_an_import_asks_for():
    (task, _) = json.loads(write(apart(), None, "label-studio").files["tasks.json"])
    assert task["data"]["image"] == "/data/local-files/?d=a/first.png"
    for result in task["annotations"][0]["result"]:
        assert {"id", "type", "from_name", "to_name", "original_width", "original_height", "value"} <= set(result)
        assert result["type"] == "brushlabels"
        assert result["value"]["format"] == "rle"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"points": [[1, 1], [2, 2]]}, "2 vertices"),
        ({"rle": [0, 0, 0, 96], "format": "rle"}, "cut off"),
        ({"rle": [0, 0, 3, 32, 57, 27, 255], "format": "rle"}, "cut off"),
        ({"rle": [0, 0, 255, 32, 57, 27, 255], "format": "rle"}, "a picture of the photo's size"),
        ({"rle": [300], "format": "rle"}, "no list of bytes"),
        ({"rle": "abc", "format": "rle"}, "list of bytes"),
        ({"x": 1, "y": 1, "width": 5, "height": 5, "rotation": 30}, "turned rectangle"),
        ({"x": 1, "y": 1}, "no area"),
    ],
)
def test_results_that_are_none_are_told_of(value, said):
    good = {"type": "rectanglelabels", "value": {"x": 0, "y": 0, "width": 50, "height": 50}}
    back = read({"type": "x", "value": value}, good)
    assert len(back.objects) == 1
    assert len(back.problems) == 1
    assert said in back.problems[0]
    assert np.count_nonzero(rle.decode(back.objects[0].rle)) == 50
