"""What a click keeps of a mask."""

from __future__ import annotations

import numpy as np
import pytest

from sam.nano.postprocess import MARGIN, REACH, SPOT, obey, tidy


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


def test_a_hole_that_was_clicked_stays() -> None:
    field = logits((4, 4, 44, 44))
    field[0, 10:12, 10:12] = -3
    assert np.array_equal(tidy(field.copy(), np.array([[30.0, 30.0]]), np.array([[10.5, 11.0]])), field)
    assert (tidy(field.copy(), np.array([[30.0, 30.0]]), np.array([[50.0, 50.0], [-9.0, 3.0]]))[0, 10, 10] > 0).all()


@pytest.mark.parametrize("label", [0, 1])
@pytest.mark.parametrize("xy", [(20.0, 20.0), (20.4, 33.9), (0.0, 0.0), (63.9, 63.9), (63.99, 0.2)])
def test_a_click_gets_its_label_in_the_enlarged_mask(xy: tuple[float, float], label: int) -> None:
    """Enlarged eight times, the pixel that was clicked is right, and nothing out of reach has changed."""
    import cv2

    field = np.random.default_rng(0).normal(0, 6, (2, 64, 64)).astype(np.float32)
    got = obey(field.copy(), np.array([xy]), np.array([label]))
    column, row = (min(int(8 * v), 511) for v in xy)
    rows, columns = np.mgrid[:64, :64] + 0.5
    far = np.hypot(columns - xy[0], rows - xy[1]) > REACH + SPOT
    for before, after in zip(field, got):
        large = cv2.resize(after, (512, 512), interpolation=cv2.INTER_LINEAR)
        assert (large[row, column] > 0) == bool(label)
        assert np.array_equal(before[far], after[far])


def test_what_is_right_stays_as_it_is() -> None:
    field = np.full((1, 32, 32), 2 * MARGIN, np.float32)
    assert np.array_equal(obey(field.copy(), np.array([[9.0, 9.0]]), np.array([1])), field)
    assert np.array_equal(obey(field.copy(), np.empty((0, 2)), np.empty(0)), field)


def test_clicks_of_both_kinds_next_to_each_other_are_all_obeyed() -> None:
    field = np.full((1, 64, 64), -9, np.float32)
    clicks, labels = np.array([[30.5, 30.5], [36.5, 30.5], [30.5, 37.5]]), np.array([1, 0, 1])
    got = obey(field, clicks, labels)[0]
    assert [bool(got[int(y), int(x)] > 0) for x, y in clicks] == [True, False, True]


def test_of_two_clicks_on_one_spot_the_newer_wins() -> None:
    field = np.zeros((1, 32, 32), np.float32)
    assert obey(field, np.array([[9.5, 9.5], [9.5, 9.5]]), np.array([1, 0]))[0, 9, 9] < 0
