"""COCO's run-length encoding of masks, with pycocotools underneath."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import PromptError
from .images import MAX_PIXELS
from .io.arrays import read_array, read_size


class Rle(TypedDict):
    """A mask as COCO files hold it: `size` is [height, width], `counts` the compressed text."""

    size: list[int]
    counts: str


def encode(mask: ArrayLike) -> Rle:
    """A mask as text, for JSON.

    Args:
        mask: (H, W) bool.

    Raises:
        PromptError: not two axes, or empty ones.
    """
    from pycocotools import mask as coco

    array = read_array(mask, "mask", "one mask as (H, W)")
    if array.ndim != 2 or array.size == 0:
        raise PromptError(f"mask: expected one mask as (H, W), got shape {array.shape}. Call this once for each mask.")
    rle = coco.encode(np.asfortranarray(array.astype(bool, copy=False).view(np.uint8)))
    return {"size": [int(side) for side in rle["size"]], "counts": rle["counts"].decode("ascii")}


def decode(rle: Mapping[str, Any]) -> NDArray[np.bool_]:
    """The mask of a COCO RLE.

    Args:
        rle: `size` and `counts`; counts may be compressed text or bytes, or the plain list of run lengths.

    Returns:
        (H, W) bool.

    Raises:
        PromptError: not an RLE, damaged, or larger than an image may be.
    """
    from pycocotools import mask as coco

    return np.ascontiguousarray(coco.decode(_checked(rle))).view(bool)


def area(rle: Mapping[str, Any]) -> int:
    """Number of foreground pixels, without decoding.

    Raises:
        PromptError: as `decode`.
    """
    from pycocotools import mask as coco

    return int(coco.area(_checked(rle)))


def run_lengths(rle: Mapping[str, Any]) -> list[int]:
    """The plain list of run lengths, column by column, background first: COCO's uncompressed counts.

    Raises:
        PromptError: as `decode`.
    """
    return run_array(rle).tolist()


def run_array(rle: Mapping[str, Any]) -> NDArray[np.int64]:
    """As `run_lengths`, as an array.

    Raises:
        PromptError: as `decode`.
    """
    return _read(rle)[2]


@overload
def iou(first: Mapping[str, Any], second: Mapping[str, Any]) -> float: ...


@overload
def iou(first: Sequence[Mapping[str, Any]], second: Sequence[Mapping[str, Any]]) -> NDArray[np.float64]: ...


def iou(
    first: Mapping[str, Any] | Sequence[Mapping[str, Any]], second: Mapping[str, Any] | Sequence[Mapping[str, Any]]
) -> float | NDArray[np.float64]:
    """Intersection over union of two masks, or of every pair of two lists, without decoding.

    Returns:
        One number in [0, 1] for two masks, (N, M) float64 for two lists; 0 where both are empty.

    Raises:
        PromptError: as `decode`; masks of different size.
    """
    from pycocotools import mask as coco

    if isinstance(first, Mapping) and isinstance(second, Mapping):
        return float(iou([first], [second])[0, 0])
    if not (isinstance(first, Sequence) and isinstance(second, Sequence)):
        raise PromptError("rle: expected two masks or two lists of masks, got one of each.")
    rows, columns = [_checked(rle) for rle in first], [_checked(rle) for rle in second]
    sizes = {tuple(rle["size"]) for rle in rows + columns}
    if len(sizes) > 1:
        raise PromptError(f"rle: expected masks of one size, got {sorted(sizes)}.")
    if not rows or not columns:
        return np.zeros((len(rows), len(columns)))
    return np.nan_to_num(coco.iou(rows, columns, [False] * len(columns)))


def _checked(rle: Mapping[str, Any]) -> dict[str, Any]:
    """For pycocotools, which would read and write beside its buffers when the counts do not fit the size."""
    from pycocotools import mask as coco

    (height, width), packed, runs = _read(rle)
    if packed is not None:
        return {"size": [height, width], "counts": packed}
    return coco.frPyObjects({"size": [height, width], "counts": runs.tolist()}, height, width)


def _read(rle: Mapping[str, Any]) -> tuple[tuple[int, int], bytes | None, NDArray[np.int64]]:
    """(size_hw, compressed counts where they came so, run lengths), all of which fit each other."""
    if not isinstance(rle, Mapping) or "size" not in rle or "counts" not in rle:
        raise PromptError("rle: expected a dictionary with size [height, width] and counts.")
    try:
        height, width = read_size(rle["size"])
    except PromptError as error:
        raise PromptError("rle: expected a dictionary with size [height, width] and counts.") from error
    counts = rle["counts"]
    if min(height, width) < 1 or height * width > MAX_PIXELS:
        raise PromptError(f"rle: expected a size of at most {MAX_PIXELS:,} pixels, got {height} x {width}.")
    if isinstance(counts, str):
        # What is not ASCII is no digit of these counts: one that is none stands for it, and is refused below.
        counts = counts.encode() if counts.isascii() else b" "
    packed = bytes(counts) if isinstance(counts, (bytes, bytearray)) else None
    runs = _plain(counts) if packed is None else _runs(packed)
    below = np.flatnonzero(runs < 0)
    if len(below):
        raise PromptError(
            f"rle: the counts are damaged: run {below[0] + 1} of {len(runs)} is {runs[below[0]]}, below 0."
        )
    # A sum of 64-bit numbers may come round to the right one.
    total = int(runs.sum()) if not len(runs) or runs.max() <= height * width else sum(runs.tolist())
    if total != height * width:
        raise PromptError(
            f"rle: the counts are damaged: expected runs that add up to {height * width} pixels, got {total}."
        )
    return (height, width), packed, runs


def _plain(counts: Any) -> NDArray[np.int64]:
    runs = read_array(counts, "rle", "counts as text or as a list of whole numbers")
    if runs.ndim != 1 or not np.issubdtype(runs.dtype, np.integer):
        raise PromptError("rle: expected counts as text or as a list of whole numbers.")
    return runs.astype(np.int64)


def _runs(counts: bytes) -> NDArray[np.int64]:
    """Run lengths of compressed counts: base-32 digits, low first, each after the third as a difference."""
    digits = np.frombuffer(counts, np.uint8).astype(np.int64) - 48
    more = (digits & 32) > 0
    if not len(digits) or (digits < 0).any() or (digits > 63).any() or more[-1]:
        raise PromptError("rle: the counts are damaged: not compressed COCO counts.")
    last = np.flatnonzero(~more)
    first = np.concatenate([[0], last[:-1] + 1])
    if (last - first >= 7).any():
        raise PromptError("rle: the counts are damaged: a run is longer than any image.")
    place = np.arange(len(digits)) - np.repeat(first, last - first + 1)
    numbers = np.add.reduceat((digits & 31) << (5 * place), first)
    numbers -= np.where(digits[last] & 16, np.int64(1) << (5 * (place[last] + 1)), 0)
    numbers[1::2] = np.cumsum(numbers[1::2])
    numbers[2::2] = np.cumsum(numbers[2::2])
    return numbers
