"""Objects decoded anew with another model: which are, by what, and which of several masks counts."""

from __future__ import annotations

import numpy as np
import pytest

from sam import PromptError, rle
from sam.replay import BOX, PROMPTS, prompt_of, replay

POINT = {"points": [[40, 30]], "labels": [1], "box": None}


@pytest.fixture
def seen(colour_model, picture):
    return colour_model, colour_model.embed(picture)


def test_of_several_masks_the_one_most_like_the_old_counts(seen):
    model, embedding = seen
    masks = model.predict(embedding, points=[[40, 30]], labels=[1]).masks
    assert len(masks) == 3
    for mask in masks:
        (one,) = replay(model, embedding, [("a", POINT, rle.encode(mask))])
        assert (one.key, one.by, one.iou) == ("a", PROMPTS, 1.0)
        assert (one.rle, one.area) == (rle.encode(mask), mask.sum())


def test_the_overlap_is_that_of_the_two_masks(seen):
    model, embedding = seen
    old = np.zeros((80, 120), bool)
    old[10:50, 20:40] = True
    (one,) = replay(model, embedding, [("a", POINT, rle.encode(old))])
    assert one.rle is not None
    assert one.iou == rle.iou(one.rle, rle.encode(old))
    assert 0.4 < one.iou < 0.6
    assert one.box == (20, 11, 60, 50)


def test_those_without_prompts_are_left_out_or_decoded_from_their_box(seen):
    model, embedding = seen
    mask = model.predict(embedding, points=[[40, 30]], labels=[1]).masks[0]
    objects = [("a", {}, rle.encode(mask)), ("b", {"points": "nonsense"}, rle.encode(mask))]
    objects.append(("c", {}, rle.encode(np.zeros_like(mask))))
    assert list(replay(model, embedding, objects)) == []
    found = list(replay(model, embedding, objects, boxes=True))
    assert [(one.key, one.by) for one in found] == [("a", BOX), ("b", BOX)]
    assert found[0].iou > 0.5


def test_a_mask_that_would_be_empty_is_none(seen):
    model, embedding = seen
    prompts = {"points": [[40, 30], [40, 30]], "labels": [1, 0]}
    (one,) = replay(model, embedding, [("a", prompts, rle.encode(np.ones((80, 120), bool)))])
    assert (one.rle, one.area, one.iou) == (None, 0, 0)


@pytest.mark.parametrize("prompts", [{}, {"points": []}, {"points": [[1]]}, {"box": [1, 2]}, {"points": 5}])
def test_what_is_no_prompt_is_none(prompts):
    assert prompt_of(prompts) is None


def test_prompts_outside_the_photo_are_refused(seen):
    model, embedding = seen
    code = rle.encode(np.ones((80, 120), bool))
    with pytest.raises(PromptError):
        list(replay(model, embedding, [("a", {"points": [[1e5, 1e5]], "labels": [1]}, code)]))
