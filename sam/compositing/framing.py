"""Frames around an object: trimmed, a product square, or a passport photo."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from ..errors import PromptError

Frame = Literal["full", "trim", "square", "passport"]
"""full: the whole picture. trim: the object. square: a product picture. passport: 35 x 45, head and shoulders."""

_PASSPORT = 35 / 45
_OVER_HEAD = 0.08
_MOST_PIXELS = 200_000_000


class Window(NamedTuple):
    """Half-open rows and columns of the result in the picture; they may lie beyond its border."""

    top: int
    left: int
    bottom: int
    right: int


def find_window(alpha: NDArray[Any], frame: str = "trim", margin: float = 5.0) -> Window:
    """Where to crop.

    Args:
        alpha: (H, W), above 0 where the object is.
        frame: one of `Frame`. A passport picture keeps what is at the bottom of the object as its lower edge, some
            air above the head, and the head (the upper third of the object) in the middle.
        margin: per cent of the object's longer side that is left free around it; for "trim" and "square".

    Raises:
        PromptError: nothing visible, unknown frame, or a margin out of range.
    """
    if frame not in get_args(Frame):
        raise PromptError(f"frame: expected one of {', '.join(get_args(Frame))}, got {frame!r}.")
    if not 0 <= margin <= 200:
        raise PromptError(f"margin: expected 0 to 200 per cent, got {margin:g}.")
    if frame == "full":
        return Window(0, 0, *alpha.shape)
    visible = alpha > 0
    if not visible.any():
        raise PromptError("There is nothing to put into a frame: the cut-out is empty.")
    rows, columns = np.flatnonzero(visible.any(1)), np.flatnonzero(visible.any(0))
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    left, right = int(columns[0]), int(columns[-1]) + 1
    if frame == "passport":
        head = np.flatnonzero(visible[top : top + max(1, (bottom - top) // 3)].any(0))
        height = max(1, round((bottom - top) / (1 - _OVER_HEAD)))
        width = max(1, round(height * _PASSPORT))
        left = round((head[0] + head[-1] + 1) / 2 - width / 2)
        return Window(bottom - height, left, bottom, left + width)
    free = round(margin / 100 * max(bottom - top, right - left))
    if frame == "square":
        side = max(bottom - top, right - left) + 2 * free
        top, left = (top + bottom - side) // 2, (left + right - side) // 2
        return Window(top, left, top + side, left + side)
    return Window(top - free, left - free, bottom + free, right + free)


def crop_to(array: NDArray[np.uint8], window: Window, repeat: bool = False) -> NDArray[np.uint8]:
    """The part of a picture in a window; beyond the border there is 0, or with `repeat` the nearest pixel.

    Args:
        array: (H, W, C).
        window: of `find_window`.

    Raises:
        PromptError: the result would have more than 200 megapixels.
    """
    height, width = window.bottom - window.top, window.right - window.left
    if height * width > _MOST_PIXELS:
        raise PromptError(f"The framed picture would have {width} x {height} pixels: choose a smaller margin.")
    y, x = np.arange(window.top, window.bottom), np.arange(window.left, window.right)
    inside_y, inside_x = (y >= 0) & (y < array.shape[0]), (x >= 0) & (x < array.shape[1])
    part = array[np.clip(y, 0, array.shape[0] - 1)][:, np.clip(x, 0, array.shape[1] - 1)]
    if not repeat:
        part[~inside_y] = 0
        part[:, ~inside_x] = 0
    return part
