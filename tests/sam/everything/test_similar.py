"""What is like a given object, by the embedding."""

from __future__ import annotations

import numpy as np
import pytest

from sam import PromptError, load_model, rle
from sam.everything.similar import choose, describe, similarity


@pytest.fixture(scope="module")
def scene():
    """(image, embedding, codes): three red disks, a blue square of their size, and a red disk nine times as large."""
    y, x = np.mgrid[:240, :320]
    image = np.full((240, 320, 3), 200, np.uint8)
    disks = [(x - cx) ** 2 + (y - cy) ** 2 < r * r for cx, cy, r in ((40, 40, 18), (120, 40, 18), (40, 200, 18))]
    square = (abs(x - 280) < 16) & (abs(y - 40) < 16)
    large = (x - 220) ** 2 + (y - 160) ** 2 < 54**2
    for mask in (*disks, large):
        image[mask] = (200, 30, 30)
    image[square] = (20, 40, 200)
    masks = [*disks, square, large]
    return image, load_model("nano").embed(image), [rle.encode(mask) for mask in masks]


def test_the_same_things_are_more_alike_than_others(scene) -> None:
    image, embedding, codes = scene
    scores = similarity(image, embedding, codes[:1], codes)
    assert scores.dtype == np.float32
    assert scores[0] == pytest.approx(1, abs=1e-3)
    assert min(scores[1:3]) > 0.6
    assert max(scores[3:]) < min(scores[1:3])
    both = similarity(image, embedding, [codes[0], codes[3]], codes)
    assert both[3] == pytest.approx(1, abs=1e-3)


def test_descriptions_are_unit_vectors(scene) -> None:
    image, embedding, codes = scene
    found = describe(image, embedding, codes)
    assert np.linalg.norm(found, axis=1) == pytest.approx(np.ones(len(codes)), abs=1e-5)


def test_bad_examples_are_refused(scene) -> None:
    image, embedding, codes = scene
    with pytest.raises(PromptError, match="Select an object"):
        similarity(image, embedding, [], codes)
    with pytest.raises(PromptError, match="empty"):
        similarity(image, embedding, [rle.encode(np.zeros((240, 320), bool))], codes)
    with pytest.raises(PromptError, match="size"):
        similarity(image, embedding, [rle.encode(np.ones((5, 5), bool))], codes)
    assert len(similarity(image, embedding, codes[:1], [])) == 0


def test_the_example_and_doubles_are_left_out() -> None:
    mask = np.zeros((20, 20), bool)
    codes = []
    for top in (0, 0, 10, 11):
        one = mask.copy()
        one[top : top + 9, :9] = True
        codes.append(rle.encode(one))
    scores = np.array([1, 0.9, 0.7, 0.8], np.float32)
    assert choose(codes[:1], codes, scores, 0.5) == [3]
    assert choose(codes[:1], codes, scores, 0.85) == []
    assert choose([], codes, scores, 0.75) == [0, 3]
