"""Masks and logits in few bytes, for the way between processes; what is drawn from them is the same to the pixel.

A mask of a photo of 1600 x 1200 pixels is 1.9 MB in memory and a few thousand bytes packed.
"""

from __future__ import annotations

import copyreg
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..detection.detections import Detections
from ..types import Boxes, Masks

_LEVEL = 1
"""zlib's fastest: runs of equal numbers are small already at that."""

Packed = tuple[bytes, tuple[int, ...], str]
"""What `pack` returns: compressed bytes, shape, dtype."""


def pack(array: NDArray[Any]) -> Packed:
    """Any array, to the bit; booleans take a bit each before they are compressed."""
    plain: NDArray[Any] = np.packbits(array) if array.dtype == bool else np.ascontiguousarray(array)
    return zlib.compress(plain.tobytes(), _LEVEL), array.shape, array.dtype.str


def unpack(packed: Packed) -> NDArray[Any]:
    """The reverse of `pack`."""
    data, shape, dtype = packed
    raw = zlib.decompress(data)
    if np.dtype(dtype) == bool:
        count = int(np.prod(shape))
        return np.unpackbits(np.frombuffer(raw, np.uint8), count=count).astype(bool).reshape(shape)
    return np.frombuffer(raw, dtype).reshape(shape).copy()


def flatten_away_from_edges(logits: NDArray[Any], level: float = 1.0) -> NDArray[Any]:
    """Logits that draw the same mask and compress well: what no edge runs through is made all one number.

    Enlarging linearly mixes neighbouring cells only. Where a cell and the eight around it lie on one side of 0, all
    that is mixed from it does, whatever the numbers are; so only cells beside an edge keep theirs.

    Args:
        logits: (..., h, w) floats; above 0 is inside.
        level: what stands for inside, and its negative for outside.

    Returns:
        Of the same shape and dtype.
    """
    import cv2

    if not logits.size:
        return logits
    out = np.where(logits > 0, np.array(level, logits.dtype), np.array(-level, logits.dtype))
    ones = np.ones((3, 3), np.uint8)
    flat, kept = out.reshape(-1, *logits.shape[-2:]), logits.reshape(-1, *logits.shape[-2:])
    for target, source in zip(flat, kept):
        inside = (source > 0).astype(np.uint8)
        beside = cv2.dilate(inside, ones) != cv2.erode(inside, ones)
        target[beside] = source[beside]
    return out


def _masks(packed: Packed, scores: NDArray[np.float32], logits: Packed, boxes: Boxes) -> Masks:
    return Masks(unpack(packed), scores, unpack(logits), boxes)


def _detections(boxes: Boxes, logits: Packed, size_hw: tuple[int, int]) -> Detections:
    return Detections(boxes.xyxy, boxes.scores, boxes.labels, unpack(logits), size_hw)


def _reduce_masks(value: Masks) -> Any:
    # The logits to the bit: they may be the mask input of the next prompt.
    return _masks, (pack(value.masks), value.scores, pack(value.logits), value.boxes)


def _reduce_detections(value: Detections) -> Any:
    boxes = Boxes(value.xyxy, value.scores, value.labels)
    # As sure as they ever say: what is drawn are probabilities, cut at a half.
    return _detections, (boxes, pack(flatten_away_from_edges(value.logits, 50)), value.size_hw)


def register() -> None:
    """From now on these values are pickled packed."""
    copyreg.pickle(Masks, _reduce_masks)
    copyreg.pickle(Detections, _reduce_detections)
