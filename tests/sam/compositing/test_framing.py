"""Frames around an object: tight, exact margins, right shapes, also beyond the picture."""

from __future__ import annotations

import numpy as np
import pytest

from sam import PromptError
from sam.compositing.framing import Window, crop_to, find_window


@pytest.fixture
def alpha():
    alpha = np.zeros((100, 200), np.uint8)
    alpha[30:70, 50:130] = 255
    return alpha


@pytest.mark.parametrize(
    ("frame", "margin", "window"),
    [
        ("full", 50, (0, 0, 100, 200)),
        ("trim", 0, (30, 50, 70, 130)),
        ("trim", 10, (22, 42, 78, 138)),
        ("trim", 100, (-50, -30, 150, 210)),
        ("square", 0, (10, 50, 90, 130)),
        ("square", 10, (2, 42, 98, 138)),
    ],
)
def test_windows_by_hand(alpha, frame, margin, window):
    assert find_window(alpha, frame, margin) == window


def test_a_passport_picture_has_its_shape_and_the_head_in_the_middle():
    alpha = np.zeros((400, 400), np.uint8)
    alpha[50:200, 180:260] = 255
    alpha[200:400, 60:380] = 255
    top, left, bottom, right = find_window(alpha, "passport")
    assert (right - left) / (bottom - top) == pytest.approx(35 / 45, abs=0.01)
    assert bottom == 400
    assert top < 50
    assert (left + right) / 2 == pytest.approx(220, abs=1)


def test_a_crop_is_empty_beyond_the_border_or_repeats_it():
    picture = np.arange(1, 13, dtype=np.uint8).reshape(3, 4, 1)
    inside = crop_to(picture, Window(1, 1, 3, 3))
    assert inside[..., 0].tolist() == [[6, 7], [10, 11]]
    assert crop_to(picture, Window(-1, -1, 2, 2))[..., 0].tolist() == [[0, 0, 0], [0, 1, 2], [0, 5, 6]]
    assert crop_to(picture, Window(-1, 2, 1, 6), repeat=True)[..., 0].tolist() == [[3, 4, 4, 4], [3, 4, 4, 4]]
    assert picture[0, 0, 0] == 1


def test_what_cannot_be_framed_is_explained(alpha):
    for call, words in (
        (lambda: find_window(np.zeros((5, 5)), "trim"), "cut-out is empty"),
        (lambda: find_window(alpha, "round"), "frame: expected one of full, trim, square, passport"),
        (lambda: find_window(alpha, "trim", -1), "margin: expected 0 to 200"),
        (lambda: crop_to(np.zeros((2, 2, 4), np.uint8), Window(0, 0, 10**5, 10**5)), "choose a smaller margin"),
    ):
        with pytest.raises(PromptError, match=words):
            call()
