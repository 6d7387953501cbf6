"""Words near to taught names: what is taken for what, with an encoder whose answers are known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from sam.detection.near_names import LEAST, PROMPT, Meaning, near_names
from sam.detection.vocabulary import INDEX, NAMES

NEAR = {"doggo": 0.9, "dog": 1.0, "hound": 1.0, "puppy": 1.0, "wolf": LEAST - 0.02}
"""Words -> how near they are to a dog."""
SEEN: dict[str, int] = {}


def encode(sentences: Sequence[str]) -> np.ndarray:
    """The words of `NEAR` lie by each other; every other sentence is at a right angle to all."""
    rows = np.zeros((len(sentences), 1000), np.float32)
    for row, sentence in enumerate(sentences):
        words = sentence.removeprefix(PROMPT.format("")).split()
        cosine = next((NEAR[word] for word in words if word in NEAR), None)
        if cosine is None:
            rows[row, 2 + SEEN.setdefault(sentence, len(SEEN))] = 1
        else:
            rows[row, :2] = cosine, np.sqrt(1 - cosine**2)
    return rows


def test_each_phrase_gets_the_nearest_name_or_none() -> None:
    dog = NAMES[INDEX["dog"]]
    found = near_names(["doggo", "Red DOGGO", "wolf", "xyzzy"], encode)
    assert found == [Meaning("doggo", dog, 0.9), Meaning("Red DOGGO", dog, 0.9), None, None]
    assert str(found[0]) == "doggo -> dog (0.90)"
    assert near_names([], encode) == []


def test_the_last_word_says_what_it_is() -> None:
    assert near_names(["dog food", "food dog"], encode) == [None, Meaning("food dog", NAMES[INDEX["dog"]], 1.0)]


@pytest.mark.parametrize("phrase", ["doggo ", "  doggo"])
def test_spaces_around_say_nothing(phrase: str) -> None:
    (found,) = near_names([phrase], encode)
    assert found is not None
    assert found.phrase == "doggo"
