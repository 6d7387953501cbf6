"""Boxes with masks are boxes, and keep their masks through whatever picks among them."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from sam import Boxes, PromptError
from sam.detection.detections import Detections
from sam.detection.detector import sift

LOGITS = np.full((3, 4, 8), -5.0)
LOGITS[0, :2, :4] = 5
LOGITS[1, 2:, 4:] = 5


def found():
    boxes = [[0, 0, 20, 10], [20, 10, 40, 20], [0, 0, 40, 20]]
    return Detections(boxes, np.array([0.9, 0.6, 0.2]), ("dog", "cat", "dog"), LOGITS, (20, 40))


def test_masks_are_of_full_size_with_the_scores_and_labels_of_the_boxes():
    masks = found().masks()
    assert masks.masks.shape == (3, 20, 40)
    np.testing.assert_array_equal(masks.boxes.xyxy, [[0, 0, 20, 10], [20, 10, 40, 20], [0, 0, 0, 0]])
    np.testing.assert_allclose(masks.scores, [0.9, 0.6, 0.2])
    assert masks.boxes.labels == ("dog", "cat", "dog")


@pytest.mark.parametrize(
    ("pick", "labels"),
    [
        (lambda one: one[1], ("cat",)),
        (lambda one: one[[2, 0]], ("dog", "dog")),
        (lambda one: one[:0], ()),
        (lambda one: one.above(0.5), ("dog", "cat")),
        (lambda one: sift(one, min_score=0.1, exclude=["dog"]), ("cat",)),
        (lambda one: copy.deepcopy(one)[1:], ("cat", "dog")),
    ],
)
def test_whatever_picks_boxes_picks_their_masks(pick, labels):
    every, some = found(), pick(found())
    assert isinstance(some, Detections)
    assert isinstance(some, Boxes)
    assert some.labels == labels
    rows = [int(np.flatnonzero(every.scores == score)[0]) for score in some.scores]
    np.testing.assert_array_equal(some.masks().masks, every.masks().masks[rows])
    assert some.masks().size_hw == (20, 40)


def test_each_box_has_its_logits():
    with pytest.raises(PromptError, match=r"expected \(1, h, w\)"):
        Detections([[0, 0, 1, 1]], None, None, LOGITS, (20, 40))
    assert len(Detections([]).masks()) == 0
