"""The rules of RITM's clicker, one by one, on models whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest

from sam.evaluation.clicker import Clicking, centre_click, click_through, next_click, reported_clicks
from tests.present import present

from .conftest import ScriptedSegmenter, square

NOTHING = square(0, 0, 0, 0)
TRUTH = square(10, 10, 30, 30)


def clicking(model: ScriptedSegmenter, truth: np.ndarray = TRUTH, **options) -> Clicking:
    return click_through(model, model.embed(np.zeros((*truth.shape, 3), np.uint8)), truth, **options)


@pytest.mark.parametrize(
    ("mask", "expected"),
    [
        (square(10, 10, 21, 21), (15.5, 15.5)),
        (square(0, 0, 9, 9), (4.5, 4.5)),  # the image's edge is a boundary too
        (square(0, 0, 40, 40), (19.5, 19.5)),  # and the only one where the object fills the image
        (square(3, 5, 4, 6), (3.5, 5.5)),  # a single pixel
        (square(10, 10, 20, 20), (14.5, 14.5)),  # four pixels are as far: the first in reading order
        (square(20, 5, 25, 10) | square(2, 5, 7, 10), (4.5, 7.5)),  # so it is between two objects
    ],
)
def test_the_first_click_is_farthest_from_the_boundary(mask, expected):
    assert centre_click(mask).tolist() == list(expected)


def test_the_first_click_in_a_ring_is_on_the_ring():
    ring = square(5, 5, 35, 35) & ~square(12, 12, 28, 28)
    x, y = centre_click(ring)
    assert ring[int(y), int(x)]


def test_no_first_click_in_nothing():
    with pytest.raises(ValueError, match="an empty one"):
        centre_click(NOTHING)


@pytest.mark.parametrize(
    ("answer", "label", "inside"),
    [
        (square(10, 10, 15, 30), 1, square(15, 10, 30, 30)),  # missing: foreground
        (square(10, 10, 40, 30), 0, square(30, 10, 40, 30)),  # too many: background
        (NOTHING, 1, TRUTH),
        (square(14, 10, 36, 30), 0, square(30, 10, 36, 30)),  # both: the thicker error
        (square(14, 10, 34, 30), 0, square(30, 10, 34, 30)),  # equally thick: background
    ],
)
def test_the_next_click_corrects_the_thicker_error(answer, label, inside):
    xy, found = present(next_click(TRUTH, answer))
    assert found == label
    assert inside[int(xy[1]), int(xy[0])]


def test_pixels_that_were_clicked_are_not_clicked_again():
    clicked = np.zeros((40, 40), bool)
    seen = set()
    for _ in range(9):
        xy, label = present(next_click(square(10, 10, 13, 13), NOTHING, clicked))
        assert label == 1
        seen.add(tuple(xy.tolist()))
        clicked[int(xy[1]), int(xy[0])] = True
    assert len(seen) == 9
    assert next_click(square(10, 10, 13, 13), NOTHING, clicked) is None


def test_a_clicked_middle_leaves_the_other_error_its_turn():
    answer = square(30, 30, 35, 35)
    clicked = np.zeros((40, 40), bool)
    truth = square(10, 10, 13, 13)
    assert present(next_click(truth, answer))[1] == 0
    clicked[30:35, 30:35] = True
    assert present(next_click(truth, answer, clicked))[1] == 1


def test_ignored_pixels_get_no_click_and_do_not_count():
    truth = TRUTH.astype(int)
    truth[20:30, 10:30] = -1
    xy, label = present(next_click(truth, NOTHING))
    assert label == 1
    assert 10 <= xy[1] < 20
    assert next_click(truth, square(10, 10, 30, 20)) is None
    model = ScriptedSegmenter(lambda prompt: [TRUTH])
    assert clicking(model, truth).ious == [1.0], "what the answer says about ignored pixels is neither right nor wrong"


def test_equal_masks_leave_nothing_to_click():
    assert next_click(TRUTH, TRUTH) is None


def test_the_first_prompt_is_one_click_and_each_next_has_one_more_and_the_last_logits():
    answers = iter([square(10, 10, 14, 30), square(10, 10, 20, 30), square(10, 10, 36, 30)])
    model = ScriptedSegmenter(lambda prompt: [next(answers)])
    found = clicking(model, most=3)
    assert [len(prompt.points) for prompt in model.prompts] == [1, 2, 3]
    assert model.prompts[0].mask_input is None
    assert found.xy[0].tolist() == centre_click(TRUTH).tolist()
    assert found.labels == [1, 1, 1]
    for prompt, mask in zip(model.prompts[1:], found.masks):
        assert ((present(prompt.mask_input) > 0) == mask).all()
        assert not prompt.wants_many
    assert found.ious == pytest.approx([0.2, 0.5, 400 / 520])


@pytest.mark.parametrize(
    ("rows", "stop_at", "least", "clicks"),
    [
        ([17, 18, 19, 20], 0.85, 1, 1),  # 17 of 20 rows are .85: reached is reached
        ([16, 17, 18, 19], 0.85, 1, 2),
        ([17, 18, 19, 20], 0.85, 3, 3),  # at least three all the same
        ([16, 17, 18, 20], 1.0, 1, 4),
    ],
)
def test_clicks_stop_when_the_threshold_is_reached(rows, stop_at, least, clicks):
    ends = iter(rows)
    model = ScriptedSegmenter(lambda prompt: [square(10, 10, 30, 10 + next(ends))])
    assert len(clicking(model, stop_at=stop_at, least=least).ious) == clicks


def test_an_object_that_is_never_found_takes_twenty_clicks():
    model = ScriptedSegmenter(lambda prompt: [NOTHING])
    found = clicking(model)
    assert len(model.prompts) == 20
    assert found.number_of_clicks(0.85) == 20
    assert len({tuple(xy.tolist()) for xy in found.xy}) == 20


def test_a_pixel_that_is_never_found_counts_twenty_although_there_is_one_place_to_click():
    found = clicking(ScriptedSegmenter(lambda prompt: [NOTHING]), square(7, 7, 8, 8))
    assert len(found.ious) == 1
    assert found.number_of_clicks(0.85) == 20
    assert found.iou_after(5) == 0


def test_a_perfect_model_takes_one_click_and_keeps_its_answer():
    found = clicking(ScriptedSegmenter(lambda prompt: [TRUTH]), least=5)
    assert found.ious == [1.0]
    assert found.number_of_clicks(0.9) == 1
    assert found.iou_after(5) == 1.0


def test_the_oracle_goes_on_with_the_best_of_three():
    three = [NOTHING, square(10, 10, 20, 30), square(10, 10, 14, 30)]
    model = ScriptedSegmenter(lambda prompt: three if prompt.wants_many else three[:1])
    found = clicking(model, most=2, oracle=True)
    assert found.ious == [0.5, 0.5]
    assert ((present(model.prompts[1].mask_input) > 0) == three[1]).all()
    assert clicking(model, most=2).ious == [0, 0]


@pytest.mark.parametrize(
    ("ious", "threshold", "expected"),
    [
        ([0.5, 0.85, 0.8, 0.9], 0.85, 2),
        ([0.5, 0.85, 0.8, 0.9], 0.90, 4),
        ([0.5], 0.90, 20),
        ([0.1] * 20 + [1.0], 0.85, 20),  # the 21st click does not count
    ],
)
def test_number_of_clicks(ious, threshold, expected):
    assert Clicking(ious, [], [], []).number_of_clicks(threshold) == expected


@pytest.mark.parametrize(("clicks", "expected"), [(1, [1]), (5, [1, 2, 3, 5]), (9, [1, 2, 3, 5, 9]), (4, [1, 2, 3, 4])])
def test_which_numbers_of_clicks_are_reported(clicks, expected):
    assert reported_clicks(clicks) == expected
