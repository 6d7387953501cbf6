"""Windows around objects: room on all sides, inside the photo, shared by what lies together."""

from __future__ import annotations

import numpy as np
import pytest

from sam.high_resolution.crop_windows import windows_around

SIZE = (1000, 2000)


@pytest.mark.parametrize(
    ("boxes", "crops", "rows"),
    [
        ([], [], []),
        ([[5, 5, 5, 9]], [], []),  # no area
        ([[900, 400, 1100, 600]], [(800, 300, 1200, 700)], [(0,)]),
        ([[900, 480, 1000, 500]], [(822, 362, 1078, 618)], [(0,)]),  # the least
        ([[0, 0, 100, 20]], [(0, 0, 256, 256)], [(0,)]),  # pushed back into the photo
        ([[1900, 980, 2000, 1000]], [(1744, 744, 2000, 1000)], [(0,)]),
        ([[0, 0, 2000, 1000]], [(0, 0, 2000, 1000)], [(0,)]),
        ([[100, 100, 140, 140], [1500, 100, 1540, 140], [180, 120, 200, 140]], [(17, 0, 273, 256)], [(0, 2)]),
    ],
)
def test_windows(boxes, crops, rows):
    found = windows_around(np.array(boxes).reshape(-1, 4), SIZE, margin=0.5, least=256)
    assert [window.rows for window in found][: len(rows)] == rows
    assert [window.crop for window in found][: len(crops)] == crops


def test_every_box_is_in_one_window_with_its_room():
    rng = np.random.default_rng(1)
    low = rng.uniform(0, [1900, 950], (60, 2))
    boxes = np.concatenate([low, np.minimum(low + rng.uniform(4, 400, (60, 2)), [2000, 1000])], axis=1)
    found = windows_around(boxes, SIZE, margin=0.25, least=300)
    assert sorted(row for window in found for row in window.rows) == list(range(60))
    for window in found:
        x0, y0, x1, y1 = window.crop
        assert 0 <= x0 < x1 <= 2000
        assert 0 <= y0 < y1 <= 1000
        assert min(x1 - x0, y1 - y0) >= 300
        assert window.side == max(x1 - x0, y1 - y0)
        for row in window.rows:
            bx0, by0, bx1, by1 = boxes[row]
            room = 0.25 * max(bx1 - bx0, by1 - by0)
            assert x0 <= max(0, bx0 - room)
            assert y0 <= max(0, by0 - room)
            assert x1 >= min(2000, bx1 + room)
            assert y1 >= min(1000, by1 + room)
    assert len(found) < 60, "neighbours share a window"
