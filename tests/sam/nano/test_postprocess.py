"""What a click keeps of a mask."""

from __future__ import annotations

import numpy as np
import pytest

from sam.nano.postprocess import tidy


def logits(*boxes: tuple[int, int, int, int], size: int = 64) -> np.ndarray:
    """(1, size, size): 2 in the half-open boxes, -2 elsewhere."""
    field = np.full((1, size, size), -2, np.float32)
    for x0, y0, x1, y1 in boxes:
        field[0, y0:y1, x0:x1] = 2
    return field


LEFT, RIGHT, SPECK = (4, 4, 24, 24), (40, 40, 60, 60), (30, 30, 32, 32)


@pytest.mark.parametrize(
    ("clicks", "kept"),
    [
        (None, [LEFT, RIGHT]),
        (np.empty((0, 2)), [LEFT, RIGHT]),
        (np.array([[10.0, 10.0]]), [LEFT]),
        (np.array([[59.9, 59.9]]), [RIGHT]),
        (np.array([[10.0, 10.0], [50.0, 50.0]]), [LEFT, RIGHT]),
        (np.array([[31.0, 31.0]]), [SPECK]),
        (np.array([[27.0, 10.0]]), [LEFT]),
        (np.array([[-5.0, 10.0]]), [LEFT]),
    ],
)
def test_a_click_keeps_what_it_touches_or_is_nearest_to(clicks: np.ndarray | None, kept: list) -> None:
    assert np.array_equal(tidy(logits(LEFT, RIGHT, SPECK), clicks), logits(*kept))


def test_small_holes_are_filled_and_large_ones_stay() -> None:
    field = logits((4, 4, 44, 44))
    field[0, 10:12, 10:12] = -3
    field[0, 20:34, 20:34] = -3
    got = tidy(field)
    assert (got[0, 10:12, 10:12] == 3).all()
    assert (got[0, 20:34, 20:34] == -3).all()


def test_a_notch_at_the_frame_is_no_hole() -> None:
    field = logits((0, 0, 40, 64))
    field[0, 5:7, 0:2] = -3
    assert np.array_equal(tidy(field.copy()), field)


@pytest.mark.parametrize("value", [-1.0, 0.0])
def test_an_empty_mask_stays_empty(value: float) -> None:
    field = np.full((2, 16, 16), value, np.float32)
    assert np.array_equal(tidy(field.copy(), np.array([[3.0, 3.0]])), field)


def test_no_masks_and_a_full_mask() -> None:
    assert tidy(np.empty((0, 8, 8), np.float32)).shape == (0, 8, 8)
    assert np.array_equal(tidy(np.ones((1, 8, 8), np.float32)), np.ones((1, 8, 8), np.float32))


def test_masks_are_tidied_each_for_itself_in_place() -> None:
    both = np.concatenate([logits(LEFT, RIGHT), logits(RIGHT)])
    got = tidy(both, np.array([[10.0, 10.0]]))
    assert got is both
    assert np.array_equal(got, np.concatenate([logits(LEFT), logits(RIGHT)]))


def test_thousands_of_components() -> None:
    field = np.where(np.add.outer(np.arange(256), np.arange(256)) % 3 == 0, 1, -1).astype(np.float32)[None]
    field[0, ::2] = -1
    got = tidy(field, np.array([[0.5, 0.5]]))
    assert (got > 0).sum() == 1
