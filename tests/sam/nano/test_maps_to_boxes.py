"""From maps to boxes."""

from __future__ import annotations

import numpy as np
import pytest

from sam.nano.maps_to_boxes import CELL, stuff_boxes, thing_boxes


def maps(boxes: list[tuple[int, int, int, int]], cells: int = 32) -> tuple[np.ndarray, np.ndarray]:
    """Perfect maps of boxes given in cells."""
    p = np.full((cells, cells), 0.02, np.float32)
    distances = np.ones((4, cells, cells), np.float32)
    for x0, y0, x1, y1 in boxes:
        for y in range(y0, y1):
            for x in range(x0, x1):
                p[y, x] = 0.9
                distances[:, y, x] = np.array([x - x0 + 0.5, y - y0 + 0.5, x1 - x - 0.5, y1 - y - 0.5]) * CELL
    return p, distances


@pytest.mark.parametrize(
    "wanted",
    [
        [],
        [(4, 4, 12, 20)],
        [(2, 2, 9, 9), (9, 2, 16, 9)],
        [(0, 0, 32, 32)],
        [(3, 3, 5, 5), (20, 20, 30, 28), (1, 25, 9, 30)],
    ],
)
def test_each_thing_has_one_box(wanted: list[tuple[int, int, int, int]]) -> None:
    boxes, scores = thing_boxes(*maps(wanted))
    assert sorted(map(tuple, np.round(boxes / CELL).astype(int).tolist())) == sorted(wanted)
    assert scores == pytest.approx([0.9] * len(wanted))


def test_neighbours_are_told_apart_by_their_distances_only() -> None:
    p, _ = maps([(2, 2, 9, 9), (9, 2, 16, 9)])
    assert len(stuff_boxes(p)[0]) == 1


def test_regions_of_stuff_the_largest_first() -> None:
    p, _ = maps([(1, 1, 4, 4), (10, 10, 30, 20), (31, 31, 32, 32)])
    boxes, scores, cells = stuff_boxes(p)
    assert (boxes / CELL).tolist() == [[10, 10, 30, 20], [1, 1, 4, 4]], "a speck is no region"
    assert scores == pytest.approx([0.9, 0.9])
    assert (cells == 1).sum() == 200
    assert (cells == 2).sum() == 9
    assert set(np.unique(cells)) == {0, 1, 2}


def test_nothing_is_no_region() -> None:
    boxes, scores, cells = stuff_boxes(np.zeros((8, 8), np.float32))
    assert boxes.shape == (0, 4)
    assert len(scores) == 0
    assert not cells.any()
