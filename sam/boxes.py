"""Boxes as (N, 4) float32 half-open xyxy in pixels: pure functions."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import PromptError
from .io.arrays import read_array, read_floats


def masks_to_boxes(masks: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Tight box of each mask.

    Args:
        masks: (N, H, W) bool.

    Returns:
        (N, 4) float32 half-open xyxy; [0, 0, 0, 0] for an empty mask.

    Raises:
        PromptError: not three axes.
    """
    masks = read_array(masks, "masks", "(N, H, W)")
    if masks.ndim != 3:
        raise PromptError(f"masks: expected (N, H, W), got shape {masks.shape}.")
    boxes = np.zeros((len(masks), 4), np.float32)
    for row, mask in zip(boxes, masks):
        rows = np.flatnonzero(mask.any(axis=1))
        if len(rows):
            # The columns of the occupied rows alone: a small object in a large photo costs next to nothing.
            columns = np.flatnonzero(mask[rows[0] : rows[-1] + 1].any(axis=0))
            row[:] = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
    return boxes


def xyxy_to_xywh(xyxy: ArrayLike) -> NDArray[np.float32]:
    """(N, 4) corners to (N, 4) x, y, width, height, which is what COCO files hold.

    Raises:
        PromptError: not (N, 4).
    """
    boxes = _boxes(xyxy)
    return np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1)


def clip_boxes(xyxy: ArrayLike, size_hw: tuple[int, int]) -> NDArray[np.float32]:
    """The part of each box inside an image of (height, width); one that lies outside gets no area.

    Raises:
        PromptError: not (N, 4).
    """
    height, width = size_hw
    return np.clip(_boxes(xyxy), 0, np.array([width, height, width, height], np.float32))


def box_iou(first: ArrayLike, second: ArrayLike) -> NDArray[np.float32]:
    """Intersection over union of every pair.

    Args:
        first: (N, 4) half-open xyxy.
        second: (M, 4) half-open xyxy.

    Returns:
        (N, M) float32 in [0, 1]; 0 where both boxes have no area.

    Raises:
        PromptError: not (N, 4).
    """
    a, b = _boxes(first)[:, None].astype(np.float64), _boxes(second)[None].astype(np.float64)
    sides = np.clip(np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2]), 0, None)  # (N, M, 2)
    intersection = sides.prod(axis=-1)
    union = (a[..., 2:] - a[..., :2]).prod(axis=-1) + (b[..., 2:] - b[..., :2]).prod(axis=-1) - intersection
    return np.divide(intersection, union, out=np.zeros_like(union), where=union > 0).astype(np.float32)


def nms(xyxy: ArrayLike, scores: ArrayLike, iou_threshold: float) -> NDArray[np.int64]:
    """Non-maximum suppression: the boxes that no better box overlaps by more than `iou_threshold`.

    Args:
        xyxy: (N, 4) half-open xyxy.
        scores: (N,); among equals the earlier box wins.
        iou_threshold: in [0, 1].

    Returns:
        (K,) indices into `xyxy`, best first.

    Raises:
        PromptError: not (N, 4), or a different number of scores.
    """
    boxes, ranks = _boxes(xyxy), read_floats(scores, "scores", "numbers").reshape(-1)
    if len(ranks) != len(boxes):
        raise PromptError(f"scores: expected one for each of the {len(boxes)} boxes, got {len(ranks)}.")
    order = np.argsort(-ranks, kind="stable")
    kept: list[int] = []
    while len(order):
        best, order = order[0], order[1:]
        kept.append(int(best))
        order = order[box_iou(boxes[best], boxes[order])[0] <= iou_threshold]
    return np.array(kept, np.int64)


def _boxes(value: ArrayLike) -> NDArray[np.float32]:
    boxes = read_floats(value, "boxes", "(N, 4) half-open xyxy")
    if boxes.shape == (4,):
        boxes = boxes[None]
    if boxes.size == 0:
        boxes = boxes.reshape(0, 4)
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise PromptError(f"boxes: expected (N, 4) half-open xyxy, got shape {boxes.shape}.")
    return boxes
