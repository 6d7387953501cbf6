"""Parts of a large photo that are encoded on their own: windows around objects, which several small ones share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..everything.point_grid import Crop


@dataclass(frozen=True)
class Window:
    """One part of the image.

    Attributes:
        crop: half-open xyxy in image pixels.
        rows: which of the boxes it was made for.
    """

    crop: Crop
    rows: tuple[int, ...]

    @property
    def side(self) -> int:
        """The longer one, in pixels."""
        x0, y0, x1, y1 = self.crop
        return max(x1 - x0, y1 - y0)

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns of the image."""
        x0, y0, x1, y1 = self.crop
        return slice(y0, y1), slice(x0, x1)


def windows_around(xyxy: ArrayLike, size_hw: tuple[int, int], *, margin: float, least: int) -> list[Window]:
    """Windows in which every box lies with room around it; boxes without an area have none.

    Boxes go into one window as long as they fit a square of `least` pixels together: one encoding serves them all.

    Args:
        xyxy: (N, 4) half-open, image pixels.
        size_hw: of the image.
        margin: room on each side, as a share of the box's longer side.
        least: side of the smallest window in pixels; where the image is smaller, the image's own.
    """
    boxes = np.asarray(xyxy, np.float64).reshape(-1, 4)
    groups: list[tuple[NDArray[np.float64], list[int]]] = []
    # From top to bottom, so that what lies together comes together.
    for row in np.lexsort((boxes[:, 0], boxes[:, 1] // max(1, least))).tolist():
        x0, y0, x1, y1 = boxes[row]
        if x1 <= x0 or y1 <= y0:
            continue
        room = _inside(boxes[row] + margin * max(x1 - x0, y1 - y0) * np.array([-1, -1, 1, 1]), size_hw)
        for number, (taken, rows) in enumerate(groups):
            both = np.concatenate([np.minimum(taken[:2], room[:2]), np.maximum(taken[2:], room[2:])])
            if (both[2:] - both[:2]).max() <= least:
                groups[number] = both, [*rows, row]
                break
        else:
            groups.append((room, [row]))
    return [Window(_crop(room, size_hw, least), tuple(sorted(rows))) for room, rows in groups]


def _inside(box: NDArray[np.float64], size_hw: tuple[int, int]) -> NDArray[np.float64]:
    height, width = size_hw
    return np.clip(box, 0, np.array([width, height, width, height], np.float64))


def _crop(room: NDArray[np.float64], size_hw: tuple[int, int], least: int) -> Crop:
    """Whole pixels around `room`, at least `least` of them along each side, pushed back into the image."""
    sides: list[tuple[int, int]] = []
    for low, high, length in ((room[0], room[2], size_hw[1]), (room[1], room[3], size_hw[0])):
        size = min(length, max(least, int(np.ceil(high) - np.floor(low))))
        start = round((low + high) / 2 - size / 2)
        start = min(max(0, min(start, int(np.floor(low)))), length - size)
        sides.append((start, start + size))
    return sides[0][0], sides[1][0], sides[0][1], sides[1][1]
