"""A search as the tab has it: what passes, what is ticked, what it is called."""

from __future__ import annotations

import numpy as np
import pytest

from plugins.text.found import COLORS
from plugins.text.handlers import Finds
from sam import Boxes

RAW = Boxes(
    [[0, 0, 10, 10], [20, 0, 30, 10], [40, 0, 50, 10]],  # type: ignore[arg-type]
    np.array([0.9, 0.6, 0.2], np.float32),
    ("cat", "dog", "cat"),
)
QUESTION = {"id": "1", "text": "cat. dog", "exclude": "", "model": "auto"}


@pytest.mark.parametrize(
    ("score", "found", "rows", "ticked", "words"),
    [
        (0.1, {"rows": []}, (0, 1, 2), [0, 1, 2], "Add all 3 as objects"),
        (0.5, {"rows": []}, (0, 1), [0, 1], "Add all 2 as objects"),
        (0.1, {"off": [1]}, (0, 1, 2), [0, 2], "Add 2 as objects"),
        (0.5, {"off": [1]}, (0, 1), [0], "Add 1 as object"),
        (0.5, {"off": [0, 1]}, (0, 1), [], "Nothing is ticked"),
        (0.1, None, (), [], "Nothing is ticked"),
    ],
)
def test_what_passes_and_is_ticked(score, found, rows, ticked, words):
    finds = Finds.read(RAW, QUESTION, score, 0.5, found)
    assert (finds.rows, finds.ticked) == (rows, ticked)
    button = finds.count()
    assert (button.value, button.interactive) == (words, bool(ticked))


def test_names_and_colours_are_those_of_the_phrases_unless_said():
    finds = Finds.read(RAW, QUESTION, 0.1, 0.5, {"names": {"1": "Rex"}})
    assert finds.named([1, 2]).labels == ("Rex", "cat")
    assert finds.colors == [COLORS[0], COLORS[1], COLORS[0]]
