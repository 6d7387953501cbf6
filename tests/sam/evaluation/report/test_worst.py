"""Pictures of the worst answers."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image as PillowImage

from sam.evaluation.report.worst import ANSWER, SIDE, TRUTH, Worst, draw, view

from ..conftest import make_case, square

MASK = square(60, 60, 100, 90, 200)
NOTHING = square(0, 0, 0, 0, 200)


def test_the_worst_are_kept_worst_first():
    worst = Worst(kept=3)
    for number, iou in enumerate([0.9, 0.2, 0.5, 0.5, 0.1, 0.95, 0.3]):
        worst.offer("nano", "box", iou, make_case(MASK, number=number, photo="a.png", label="cat"), MASK)
    worst.offer("nano", "click", 0.7, make_case(MASK, number=9), MASK)
    found = {(method, prompt): pictures for method, prompt, pictures in worst}
    assert [(each.iou, each.number) for each in found["nano", "box"]] == [(0.1, 4), (0.2, 1), (0.3, 6)]
    assert [each.number for each in found["nano", "click"]] == [9]
    first = found["nano", "box"][0]
    assert (first.photo, first.label) == ("a.png", "cat")
    with PillowImage.open(io.BytesIO(first.jpeg)) as picture:
        assert picture.format == "JPEG"
        assert picture.size == first.size_hw[::-1]
    assert first.url.startswith("data:image/jpeg;base64,")


def test_none_are_kept_when_none_are_asked_for():
    worst = Worst(kept=0)
    worst.offer("nano", "box", 0.1, make_case(MASK), MASK)
    assert [pictures for _, _, pictures in worst] == [[]]


@pytest.mark.parametrize("prompt", ["box", "click"])
@pytest.mark.parametrize(
    ("mask", "answer"),
    [
        (MASK, square(60, 60, 80, 90, 200)),
        (MASK, NOTHING),
        (square(0, 0, 1, 1, 200), square(0, 0, 200, 200, 200)),
        (np.ones((200, 200), bool), NOTHING),
        (np.ones((1, 1), bool), np.ones((1, 1), bool)),
        (np.ones((2, 300), bool), np.ones((2, 300), bool)),
    ],
)
def test_pictures_of_any_shape(mask, answer, prompt):
    case = make_case(mask)
    before = case.image.copy()
    picture = draw(case, answer, prompt)
    assert max(picture.shape[:2]) == SIDE
    assert picture.dtype == np.uint8
    np.testing.assert_array_equal(case.image, before)


def test_truth_is_outlined_and_the_answer_tinted():
    case = make_case(MASK, np.full((200, 200, 3), 128, np.uint8))
    picture = draw(case, square(60, 60, 80, 90, 200), "click").astype(int)

    def count(colour: np.ndarray) -> int:
        return int((np.abs(picture - colour).max(2) < 12).sum())

    assert count(np.array(TRUTH)) > 200
    assert count((128 + np.array(ANSWER)) // 2) > 0.3 * 0.5 * SIDE * SIDE * 30 / 40
    assert draw(case, NOTHING, "click").astype(int).max(2).mean() < picture.max(2).mean()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (MASK, (54, 54, 106, 96)),
        (NOTHING, (54, 54, 106, 96)),
        (square(50, 60, 100, 90, 200), (44, 54, 106, 96)),
        (np.ones((200, 200), bool), (0, 0, 166, 156)),  # far too large an answer is cut
    ],
)
def test_the_part_that_is_shown(answer, expected):
    assert view(MASK, answer) == expected
