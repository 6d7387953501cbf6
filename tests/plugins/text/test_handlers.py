"""A search as the tab has it: what passes, what is ticked, what it is called."""

from __future__ import annotations

import numpy as np
import pytest

from plugins.text import handlers as module
from plugins.text.found import COLORS
from plugins.text.handlers import Finds, Outlined
from sam import Boxes, Masks

RAW = Boxes(
    [[0, 0, 10, 10], [20, 0, 30, 10], [40, 0, 50, 10]],
    np.array([0.9, 0.6, 0.2], np.float32),
    ("cat", "dog", "cat"),
)
QUESTION = {"id": "1", "text": "cat. dog", "exclude": "", "model": "auto"}


SMALL = np.zeros((20, 60, 3), np.uint8)


@pytest.mark.parametrize(
    ("score", "found", "rows", "ticked"),
    [
        (0.1, {"rows": []}, (0, 1, 2), [0, 1, 2]),
        (0.5, {"rows": []}, (0, 1), [0, 1]),
        (0.1, {"off": [1]}, (0, 1, 2), [0, 2]),
        (0.5, {"off": [1]}, (0, 1), [0]),
        (0.5, {"off": [0, 1]}, (0, 1), []),
        (0.1, None, (), []),
    ],
)
def test_what_passes_and_is_ticked(score, found, rows, ticked):
    finds = Finds.read(RAW, QUESTION, score, 0.5, found)
    assert (finds.rows, finds.ticked) == (rows, ticked)


def test_names_and_colours_are_those_of_the_phrases_unless_said():
    finds = Finds.read(RAW, QUESTION, 0.1, 0.5, {"names": {"1": "Rex"}})
    assert finds.named([1, 2]).labels == ("Rex", "cat")
    assert finds.colors([0, 1, 2]) == [COLORS[0], COLORS[1], COLORS[0]]


def test_each_find_is_outlined_once_by_one_model_and_in_one_search(monkeypatch):
    asked = []

    def outline(image, boxes, model, segmenter):
        asked.append((len(boxes), segmenter))
        masks = np.zeros((len(boxes), *image.shape[:2]), bool)
        for mask, (x0, y0, x1, y1) in zip(masks, boxes.xyxy.astype(int)):
            mask[y0:y1, x0:x1] = True
        return Masks(masks, boxes.scores)

    monkeypatch.setattr(module, "outline", outline)
    every, sure = (Finds.read(RAW, QUESTION, score, 0.5, {"rows": []}) for score in (0.1, 0.5))
    first = Outlined().draw(SMALL, sure, Outlined().missing(sure), "nano")
    assert (first.missing(sure), first.missing(every)) == ((), (2,))
    second = first.draw(SMALL, every, first.missing(every), "nano")
    assert second.missing(every) == ()
    assert asked == [(2, "nano"), (1, "nano")]
    drawn = second.read(every, [2, 0])
    assert drawn.boxes.labels == ("cat", "cat")
    assert [mask.sum() for mask in drawn] == [100, 100]
    assert drawn.masks[0, 0, 45]
    assert second.draw(SMALL, sure, (0, 1), "other").masks.keys() == {0, 1}, "one model draws all"
    another = Finds.read(RAW, {**QUESTION, "id": "2"}, 0.1, 0.5, {"rows": []})
    assert second.missing(another) == (0, 1, 2)
