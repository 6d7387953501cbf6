from __future__ import annotations

import numpy as np
import pytest

from sam import PromptError
from sam.boxes import box_iou, clip_boxes, masks_to_boxes, nms, xyxy_to_xywh


def test_masks_to_boxes_is_tight_and_half_open():
    masks = np.zeros((4, 5, 7), bool)
    masks[0, 1:3, 2:6] = True
    masks[1, 4, 6] = True
    masks[2] = True
    expected = [[2, 1, 6, 3], [6, 4, 7, 5], [0, 0, 7, 5], [0, 0, 0, 0]]
    boxes = masks_to_boxes(masks)
    assert boxes.dtype == np.float32
    assert boxes.tolist() == expected
    x0, y0, x1, y1 = boxes[0].astype(int)
    assert masks[0, y0:y1, x0:x1].sum() == masks[0].sum()


def test_masks_to_boxes_of_nothing():
    assert masks_to_boxes(np.zeros((0, 3, 3), bool)).shape == (0, 4)
    with pytest.raises(PromptError, match=r"expected \(N, H, W\), got shape \(3, 3\)"):
        masks_to_boxes(np.zeros((3, 3), bool))


def test_masks_to_boxes_equals_the_obvious_way():
    rng = np.random.default_rng(0)
    masks = rng.random((50, 9, 11)) < 0.03
    for mask, box in zip(masks, masks_to_boxes(masks)):
        y, x = np.nonzero(mask)
        assert box.tolist() == ([x.min(), y.min(), x.max() + 1, y.max() + 1] if len(x) else [0, 0, 0, 0])


@pytest.mark.parametrize(
    ("xyxy", "expected"),
    [
        ([[1, 2, 4, 8]], [[1, 2, 3, 6]]),
        ([1, 2, 4, 8], [[1, 2, 3, 6]]),
        ([[0, 0, 0, 0], [0.5, 1, 2, 3.25]], [[0, 0, 0, 0], [0.5, 1, 1.5, 2.25]]),
        ([], np.zeros((0, 4))),
    ],
)
def test_xyxy_to_xywh(xyxy, expected):
    converted = xyxy_to_xywh(xyxy)
    assert converted.dtype == np.float32
    assert converted.tolist() == np.asarray(expected, float).tolist()


@pytest.mark.parametrize(
    ("xyxy", "expected"),
    [
        ([[-5, -6, 30, 40]], [[0, 0, 20, 10]]),
        ([[2, 3, 4, 5]], [[2, 3, 4, 5]]),
        ([[25, 2, 30, 4]], [[20, 2, 20, 4]]),
    ],
)
def test_clip_boxes(xyxy, expected):
    assert clip_boxes(xyxy, (10, 20)).tolist() == expected


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([[0, 0, 4, 4]], [[0, 0, 4, 4]], [[1]]),
        ([[0, 0, 4, 4]], [[2, 0, 6, 4]], [[1 / 3]]),
        ([[0, 0, 4, 4]], [[4, 0, 8, 4]], [[0]]),
        ([[0, 0, 4, 4]], [[1, 1, 3, 3], [9, 9, 10, 10]], [[0.25, 0]]),
        ([[1, 1, 1, 1]], [[1, 1, 1, 1]], [[0]]),
    ],
)
def test_box_iou(first, second, expected):
    np.testing.assert_allclose(box_iou(first, second), expected, rtol=1e-6)


def test_box_iou_has_one_row_for_each_first_box():
    assert box_iou(np.zeros((3, 4)), np.zeros((2, 4))).shape == (3, 2)
    assert box_iou([], [[0, 0, 1, 1]]).shape == (0, 1)


def test_nms_keeps_the_best_of_each_group():
    boxes = [[0, 0, 10, 10], [1, 0, 11, 10], [50, 50, 60, 60], [0, 0, 10, 10]]
    assert nms(boxes, [0.5, 0.9, 0.1, 0.5], 0.7).tolist() == [1, 2]
    assert nms(boxes, [0.5, 0.9, 0.1, 0.5], 1.0).tolist() == [1, 0, 3, 2]
    assert nms([], [], 0.5).tolist() == []


def test_nms_boxes_that_overlap_exactly_by_the_threshold_stay():
    assert nms([[0, 0, 4, 4], [2, 0, 6, 4]], [1, 0.5], np.float32(1 / 3)).tolist() == [0, 1]


def test_nms_equals_the_obvious_way():
    rng = np.random.default_rng(1)
    corner = rng.random((80, 2)) * 20
    boxes = np.concatenate([corner, corner + 5 + rng.random((80, 2)) * 10], axis=1).astype(np.float32)
    scores = rng.random(80)
    overlaps = box_iou(boxes, boxes)
    kept: list[int] = []
    for i in np.argsort(-scores):
        if all(overlaps[i, j] <= 0.4 for j in kept):
            kept.append(int(i))
    assert nms(boxes, scores, 0.4).tolist() == kept
    assert 1 < len(kept) < 80


@pytest.mark.parametrize("function", [xyxy_to_xywh, lambda b: clip_boxes(b, (1, 1)), lambda b: box_iou(b, b)])
def test_wrong_shapes_are_named(function):
    with pytest.raises(PromptError, match=r"\(N, 4\).*got shape \(2, 3\)"):
        function(np.zeros((2, 3)))


def test_nms_wants_a_score_for_each_box():
    with pytest.raises(PromptError, match="each of the 1 boxes, got 2"):
        nms([[0, 0, 1, 1]], [1, 2], 0.5)
