"""Regions as run lengths and as outlines, without a picture of the whole photo in between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ... import rle as run_lengths
from ...errors import PromptError
from ...masks import Polygon, to_polygons
from ...rle import Rle

MAX_CROSSINGS = 1 << 25
"""Of an outline's edges with columns of pixels: what a comb does that fills a photo of 33 megapixels."""
_AT_ONCE = 1 << 21
MAX_LENGTH = 1 << 24
"""Pixels along all outlines of an object, for what walks along them."""
MAX_OUTLINE_TEXT = 32 << 20
"""Characters of an outline as text."""
Ring = NDArray[np.float64]
"""(N, 2) x, y in pixels, where (0, 0) is the top left corner of the first pixel; not closed."""


def runs_of(rle: Mapping[str, Any]) -> NDArray[np.int64]:
    """Run lengths, column by column, background first.

    Raises:
        PromptError: a damaged one.
    """
    return run_lengths.run_array(rle)


def rle_of(runs: NDArray[np.int64] | Sequence[int], size_hw: tuple[int, int]) -> Rle:
    """The compressed form of run lengths that add up to the size."""
    from pycocotools import mask as coco

    height, width = int(size_hw[0]), int(size_hw[1])
    packed = coco.frPyObjects({"size": [height, width], "counts": [int(run) for run in runs]}, height, width)
    return {"size": [height, width], "counts": packed["counts"].decode("ascii")}


def box_of(runs: NDArray[np.int64], height: int) -> tuple[int, int, int, int]:
    """Tight half-open xyxy; zeros for an empty region."""
    starts, ends = _spans(runs)
    if not len(starts):
        return 0, 0, 0, 0
    first, last = starts // height, (ends - 1) // height
    tall = bool((first != last).any())
    top = 0 if tall else int((starts % height).min())
    bottom = height if tall else int(((ends - 1) % height).max()) + 1
    return int(first.min()), top, int(last.max()) + 1, bottom


def crop_of(rle: Mapping[str, Any]) -> tuple[NDArray[np.bool_], int, int]:
    """(mask within its box, left, top), whatever the photo's size."""
    height = int(rle["size"][0])
    runs = runs_of(rle)
    x0, y0, x1, y1 = box_of(runs, height)
    tall = y1 - y0
    starts, ends = _spans(runs)
    steps = np.zeros(tall * (x1 - x0) + 1, np.int8)
    steps[(starts // height - x0) * tall + starts % height - y0] += 1
    last = ends - 1
    np.add.at(steps, (last // height - x0) * tall + last % height - y0 + 1, -1)
    flat = np.cumsum(steps[:-1], dtype=np.int8).astype(bool)
    return np.ascontiguousarray(flat.reshape(x1 - x0, tall).T), x0, y0


def place(mask: NDArray[np.bool_], left: int, top: int, size_hw: tuple[int, int]) -> Rle:
    """The way back from `crop_of`; what lies outside the photo is cut off."""
    height, width = size_hw
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + mask.shape[1], width), min(top + mask.shape[0], height)
    if x1 <= x0 or y1 <= y0:
        return rle_of([height * width], size_hw)
    part = mask[y0 - top : y1 - top, x0 - left : x1 - left]
    flat = np.zeros((x1 - x0, y1 - y0 + 2), np.int8)
    flat[:, 1:-1] = part.T
    steps = np.diff(flat, axis=1)
    column, row = np.nonzero(steps)
    return from_toggles((column + x0) * height + row + y0, size_hw)


def from_toggles(places: NDArray[np.int64], size_hw: tuple[int, int]) -> Rle:
    """Run lengths of what changes between background and foreground at these places, counted down the columns."""
    total = size_hw[0] * size_hw[1]
    odd = _odd(places)
    odd = odd[odd < total]
    return rle_of(np.diff(np.concatenate([[0], odd, [total]])), size_hw)


def fill(rings: Sequence[NDArray[Any]], size_hw: tuple[int, int]) -> Rle:
    """The pixels whose centres lie inside an odd number of the rings (even-odd rule); holes are rings as well.

    A seam that is walked there and back changes nothing.

    Raises:
        PromptError: edges that cross more columns than any outline of a photo does.
    """
    height, width = size_hw
    found = np.zeros(0, np.int64)
    crossings = 0
    for ring in rings:
        a = np.asarray(ring, np.float64).reshape(-1, 2)
        if len(a) < 3:
            continue
        b = np.roll(a, -1, axis=0)
        # Both directions of an edge must meet the same pixels, to the last bit.
        swap = (a[:, 0] > b[:, 0])[:, None]
        a, b = np.where(swap, b, a), np.where(swap, a, b)
        first = np.clip(np.ceil(a[:, 0] - 0.5), 0, width).astype(np.int64)
        last = np.clip(np.ceil(b[:, 0] - 0.5), 0, width).astype(np.int64)
        count = last - first
        crossings += int(count.sum())
        if crossings > MAX_CROSSINGS:
            raise PromptError(f"the outline crosses the photo's columns more than {MAX_CROSSINGS:,} times")
        # A few at a time: they may be many more than the vertices.
        piece = (np.cumsum(count) - 1) // _AT_ONCE
        for number in np.unique(piece[count > 0]):
            some = (piece == number) & (count > 0)
            places = _toggles(a[some], b[some], first[some], count[some], height)
            found = np.setxor1d(found, _odd(places), assume_unique=True)
    return from_toggles(found, size_hw)


def _toggles(
    a: NDArray[np.float64],
    b: NDArray[np.float64],
    first: NDArray[np.int64],
    count: NDArray[np.int64],
    height: int,
) -> NDArray[np.int64]:
    """Where edges from a to b change what is below them, in each column that they cross."""
    edge = np.repeat(np.arange(len(a)), count)
    column = first[edge] + np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count)
    slope = (b[edge, 1] - a[edge, 1]) / (b[edge, 0] - a[edge, 0])
    y = a[edge, 1] + (column + 0.5 - a[edge, 0]) * slope
    row = np.clip(np.ceil(y - 0.5), 0, height).astype(np.int64)
    return column * height + row


def _odd(places: NDArray[np.int64]) -> NDArray[np.int64]:
    found, often = np.unique(places, return_counts=True)
    return found[often % 2 == 1]


def outlines(rle: Mapping[str, Any], tolerance: float = 0) -> list[Polygon]:
    """As `sam.masks.to_polygons`, in the photo's pixels."""
    mask, left, top = crop_of(rle)
    move = np.array([left, top], np.float32)
    found = to_polygons(mask, tolerance)
    return [Polygon(one.exterior + move, [hole + move for hole in one.holes]) for one in found]


def joined(rings: Sequence[NDArray[Any]]) -> NDArray[np.float32]:
    """Rings as a single one, each tied to what is there by a seam that is walked there and back."""
    from scipy.spatial import cKDTree

    path = np.asarray(rings[0], np.float32)
    for ring in rings[1:]:
        distance, nearest = cKDTree(path).query(ring)
        there = int(np.argmin(distance))
        here = int(nearest[there])
        turned = np.roll(np.asarray(ring, np.float32), -there, axis=0)
        path = np.concatenate([path[: here + 1], turned, turned[:1], path[here : here + 1], path[here + 1 :]])
    return path


def union(parts: Sequence[Mapping[str, Any]], size_hw: tuple[int, int]) -> Rle:
    """All of them together."""
    from pycocotools import mask as coco

    if not parts:
        return rle_of([size_hw[0] * size_hw[1]], size_hw)
    merged = coco.merge([{"size": list(size_hw), "counts": _bytes(one["counts"])} for one in parts])
    return {"size": [int(size_hw[0]), int(size_hw[1])], "counts": merged["counts"].decode("ascii")}


def rectangle(box: Sequence[float], size_hw: tuple[int, int]) -> Rle:
    """The pixels whose centres lie in a half-open xyxy box."""
    x0, y0, x1, y1 = (float(side) for side in box)
    return fill([np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])], size_hw)


def read_ring(values: Any, what: str = "outline") -> Ring:
    """Vertices as (N, 2), from pairs or from numbers in a row.

    Raises:
        PromptError: fewer than three, NaN, or not numbers.
    """
    from ...io.arrays import read_array

    array = read_array(values, what, "vertices as x, y")
    if array.dtype.kind not in "iuf" or array.size % 2 or (array.ndim == 2 and array.shape[1] != 2) or array.ndim > 2:
        raise PromptError(f"the {what} is not a list of x, y")
    ring = np.asarray(array, np.float64).reshape(-1, 2)
    if not np.isfinite(ring).all() or (np.abs(ring) > 1e7).any():
        raise PromptError(f"the {what} has a vertex that is no place in a photo (NaN, infinite or far outside)")
    if len(ring) > 1 and (ring[0] == ring[-1]).all():
        ring = ring[:-1]
    if len(ring) < 3:
        raise PromptError(f"the {what} has {len(ring)} vertices, and needs 3")
    return ring


def check_length(rings: Sequence[Ring]) -> None:
    """Refuse outlines that nobody can walk along: pycocotools takes memory for each fifth of a pixel.

    Raises:
        PromptError: longer than `MAX_LENGTH` in all.
    """
    length = sum(float(np.abs(ring - np.roll(ring, 1, axis=0)).max(axis=1).sum()) for ring in rings)
    if length > MAX_LENGTH:
        raise PromptError(f"its outline is {length:,.0f} pixels long; at most {MAX_LENGTH:,} can be read")


def check_outline(text: str) -> str:
    """An outline as text, if it is not longer than any outline is.

    Raises:
        PromptError: it is.
    """
    if len(text) > MAX_OUTLINE_TEXT:
        raise PromptError(f"its outline is longer than {MAX_OUTLINE_TEXT >> 20} MB as text")
    return text


def iou(first: Mapping[str, Any], second: Mapping[str, Any]) -> float:
    """Of two regions of one size, in [0, 1]."""
    return run_lengths.iou(first, second)


def _spans(runs: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(first, one after the last) place of each foreground run that is not empty."""
    ends = np.cumsum(runs)
    starts = ends - runs
    foreground = runs[1::2] > 0
    return starts[1::2][foreground], ends[1::2][foreground]


def _bytes(counts: Any) -> bytes:
    return counts.encode("ascii") if isinstance(counts, str) else bytes(counts)
