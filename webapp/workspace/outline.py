"""An object's outline as vertices that a hand moves, and the mask that follows: only what was moved changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sam import PromptError, rle
from sam.formats._core import regions
from sam.io.arrays import read_rows
from sam.io.limits import MAX_VERTICES

from .picture import unlocked
from .workspace import Workspace

LEAST_IOU = 0.98
"""Of the outline that is shown with its mask."""
_STEPS = 7
MAX_RINGS = 1000
Rings = list[NDArray[np.float64]]


@dataclass(frozen=True, eq=False)
class Outline:
    """Vertices of an object.

    Attributes:
        rings: (N, 2) each, x and y in image pixels; holes are rings as well (even-odd rule).
        iou: of what they enclose and the mask.
    """

    rings: Rings
    iou: float

    def to_json(self) -> dict[str, Any]:
        """For the page."""
        return {"rings": [ring.tolist() for ring in self.rings], "iou": round(self.iou, 4)}


def outline_of(code: Mapping[str, Any], least: float = LEAST_IOU) -> Outline:
    """The outline with the fewest vertices that still has an IoU of `least` with the mask.

    Args:
        code: the mask as RLE, not empty.
        least: in (0, 1].

    Raises:
        PromptError: it has more parts or vertices than a hand can edit.
    """
    size = int(code["size"][0]), int(code["size"][1])
    best = _rings(code, 0), 1.0
    # What moves an outline by a twentieth of the mask's size spoils any shape.
    low, high = 0.0, max(1.0, 0.05 * float(np.sqrt(rle.area(code))))
    for _ in range(_STEPS):
        middle = (low + high) / 2
        rings = _rings(code, middle)
        iou = regions.iou(regions.fill(rings, size), code)
        if iou >= least:
            low, best = middle, (rings, iou)
        else:
            high = middle
    rings, iou = best
    if len(rings) > MAX_RINGS or sum(map(len, rings)) > MAX_VERTICES:
        raise PromptError("This outline has too many parts to be edited. Drop its islands, or smooth it, first.")
    return Outline(rings, float(iou))


def move_outline(workspace: Workspace, picture_id: str, object_id: str, change: Mapping[str, Any]) -> None:
    """Redraw an object where its outline was moved, in one step of undo.

    A pixel changes where one of the two outlines encloses its centre and the other does not; all others stay as they
    are, though an outline of few vertices runs beside the mask's edge.

    Args:
        workspace: where.
        picture_id: that the page shows.
        object_id: which object.
        change: {"mask": key of the mask that the page shows, "before": rings, "after": rings}; a ring is
            [[x, y], ...] in image pixels.

    Raises:
        PromptError: no such object, a locked one, another mask by now, or nothing of it would be left.
        SupersededError: another image is on the stage.
    """
    picture = workspace.current(picture_id)
    (item,) = workspace.objects([object_id])
    unlocked(item)
    if change.get("mask") != item.mask_key:
        raise PromptError("The mask was changed meanwhile. Edit its outline again.")
    before, after = (_read(change.get(name), name) for name in ("before", "after"))
    mask = moved_mask(item.mask(), before, after)
    workspace.redraw(picture, object_id, mask, f"{item.source.removesuffix(', edited')}, edited")


def moved_mask(mask: NDArray[np.bool_], before: Rings, after: Rings) -> NDArray[np.bool_]:
    """(H, W) bool: the mask with what lies between two outlines taken from the second."""
    size = mask.shape[0], mask.shape[1]
    old, new = (rle.decode(regions.fill(rings, size)) for rings in (before, after))
    return np.where(old != new, new, mask)


def _rings(code: Mapping[str, Any], tolerance: float) -> Rings:
    found = regions.outlines(code, tolerance)
    rings = [ring for one in found for ring in (one.exterior, *one.holes)]
    return [np.asarray(ring, np.float64) for ring in rings if len(ring) > 2]


def _read(value: Any, name: str) -> Rings:
    if not isinstance(value, list) or len(value) > MAX_RINGS or not all(isinstance(ring, list) for ring in value):
        raise PromptError(f"{name}: expected at most {MAX_RINGS} outlines, each a list of vertices.")
    count = sum(len(ring) for ring in value)
    if count > 2 * MAX_VERTICES:
        raise PromptError(f"{name}: expected at most {2 * MAX_VERTICES} vertices, got {count:,}.")
    return [_ring(ring, name) for ring in value if ring]


def _ring(ring: Sequence[Any], name: str) -> NDArray[np.float64]:
    rows = np.asarray(read_rows(list(ring), name, 2, "pairs of numbers, finite pixels of the image"), np.float64)
    if np.abs(rows).max() >= 1e6:
        raise PromptError(f"{name}: expected pixels of the image.")
    return rows
