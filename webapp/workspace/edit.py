"""Edit masks by hand at the image's full size: brush strokes, outlines, clean-up, and set operations on objects."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sam import PromptError, masks
from sam.io.arrays import read_number, read_rows
from sam.io.limits import MAX_VERTICES

from .picture import unlocked
from .workspace import Workspace

Mask = NDArray[np.bool_]

MAX_RADIUS = 2000.0
SMOOTHEST = 200


def edit(workspace: Workspace, picture_id: str, object_id: str, change: Any) -> None:
    """Change one object's mask as the page says.

    Args:
        workspace: where.
        picture_id: that the page shows.
        object_id: which object.
        change: {"kind": "brush" or "erase", "points": [[x, y]...], "radius": pixels}; {"kind": "add" or "subtract",
            "points"} for the inside of an outline; {"kind": "fill", "drop", "grow", "shrink" or "smooth", "pixels"}.

    Raises:
        PromptError: no such object or change, or nothing of the object would be left.
        SupersededError: another image is on the stage.
    """
    picture = workspace.current(picture_id)
    (item,) = workspace.objects([object_id])
    kind = change.get("kind") if isinstance(change, dict) else None
    kind = kind if isinstance(kind, str) else ""
    if kind in ("brush", "erase"):
        stroke = drawn_stroke(picture.size_hw, _points(change), _number(change, "radius", 0.25, MAX_RADIUS))
        mask = item.mask() | stroke if kind == "brush" else item.mask() & ~stroke
    elif kind in ("add", "subtract"):
        inside = filled_outline(picture.size_hw, _points(change))
        mask = item.mask() | inside if kind == "add" else item.mask() & ~inside
    elif kind in CLEAN_UPS:
        mask = CLEAN_UPS[kind](item.mask(), _number(change, "pixels", 1, SMOOTHEST, default=2))
    else:
        raise PromptError(f"change: expected brush, erase, add, subtract, {', '.join(CLEAN_UPS)}, got {kind!r}.")
    workspace.redraw(picture, object_id, mask, f"{item.source.removesuffix(', edited')}, edited")


def combine(workspace: Workspace, picture_id: str, ids: Any, how: Any) -> None:
    """Make the first of several objects what they are together; the others go.

    Args:
        workspace: where.
        picture_id: that the page shows.
        ids: of two objects or more.
        how: "unite", "subtract" (all others from the first) or "intersect".

    Raises:
        PromptError: fewer than two objects, a locked one, or nothing would be left.
        SupersededError: another image is on the stage.
    """
    picture = workspace.current(picture_id)
    ids = list(dict.fromkeys(map(str, ids))) if isinstance(ids, list) else []
    if len(ids) < 2:
        raise PromptError("Select two objects or more, then choose how to combine them.")
    items = {item.id: item for item in workspace.objects(ids)}
    first, *rest = (items[one] for one in ids)
    for item in rest:
        unlocked(item)
    mask = first.mask()
    for other in rest:
        if how == "unite":
            mask = mask | other.mask()
        elif how == "subtract":
            mask = mask & ~other.mask()
        elif how == "intersect":
            mask = mask & other.mask()
        else:
            raise PromptError(f"how: expected unite, subtract or intersect, got {how!r}.")
    workspace.redraw(picture, first.id, mask, f"{first.source.removesuffix(', combined')}, combined")
    # One step for the user: what the parts were is in the state before.
    workspace.absorb([item.id for item in rest])


def drawn_stroke(size_hw: tuple[int, int], points: Sequence[tuple[float, float]], radius: float) -> Mask:
    """(H, W) bool under a round brush.

    Args:
        size_hw: of the image.
        points: x, y in image pixels, at least one.
        radius: of the brush in pixels.
    """
    import cv2

    canvas = np.zeros(size_hw, np.uint8)
    # cv2 counts from the middle of the first pixel, in sixteenths here.
    path = np.round((np.array(points, np.float64) - 0.5) * 16).astype(np.int32)
    for x, y in path:
        cv2.circle(canvas, (int(x), int(y)), max(1, round(radius * 16)), 1, -1, cv2.LINE_8, 4)
    for (x0, y0), (x1, y1) in zip(path[:-1].astype(float), path[1:].astype(float)):
        length = math.hypot(x1 - x0, y1 - y0)
        if length < 1:
            continue
        across = np.array([-(y1 - y0), x1 - x0]) / length * radius * 16
        ends = np.array([[x0, y0], [x1, y1]])
        corners = np.concatenate([ends + across, (ends - across)[::-1]])
        cv2.fillConvexPoly(canvas, np.round(corners).astype(np.int32), 1, cv2.LINE_8, 4)
    return canvas.astype(bool)


def filled_outline(size_hw: tuple[int, int], points: Sequence[tuple[float, float]]) -> Mask:
    """(H, W) bool inside a closed outline of x, y in image pixels.

    Raises:
        PromptError: fewer than three points.
    """
    if len(points) < 3:
        raise PromptError("An outline needs three points or more: draw around an area.")
    import cv2

    canvas = np.zeros(size_hw, np.uint8)
    path = np.round((np.array(points, np.float64) - 0.5) * 16).astype(np.int32)
    cv2.fillPoly(canvas, [path], 1, cv2.LINE_8, 4)
    return canvas.astype(bool)


def smooth(mask: Mask, pixels: float) -> Mask:
    """Outline without details smaller than `pixels`: the mask is blurred, and where more than half is left stays."""
    import cv2

    blurred = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), pixels, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(blurred > 0.5, np.bool_)


CLEAN_UPS: dict[str, Callable[[Mask, float], Mask]] = {
    "fill": lambda mask, pixels: masks.fill_holes(mask),
    "drop": lambda mask, pixels: masks.drop_islands(mask),
    "grow": lambda mask, pixels: masks.dilate(mask, pixels),
    "shrink": lambda mask, pixels: masks.dilate(mask, -pixels),
    "smooth": smooth,
}


def _points(change: dict[str, Any]) -> list[tuple[float, float]]:
    points = change.get("points")
    if not isinstance(points, list) or not 1 <= len(points) <= MAX_VERTICES:
        raise PromptError(f"points: expected 1 to {MAX_VERTICES} pairs of numbers.")
    pairs = read_rows(points, "points", 2, "pairs of numbers, finite pixels of the image")
    if np.abs(pairs).max() >= 1e6:
        raise PromptError("points: expected pixels of the image.")
    return [(float(x), float(y)) for x, y in pairs]


def _number(change: dict[str, Any], name: str, low: float, high: float, default: float | None = None) -> float:
    return read_number(change.get(name, default), name, low, high)
