from __future__ import annotations

import json

import numpy as np
import pytest
from pycocotools import mask as coco

from sam import PromptError, rle

SQUARE = np.zeros((6, 8), bool)
SQUARE[1:4, 2:7] = True


@pytest.mark.parametrize(
    "mask",
    [
        SQUARE,
        np.zeros((3, 5), bool),
        np.ones((3, 5), bool),
        np.ones((1, 1), bool),
        np.eye(40, dtype=bool),
        SQUARE[:, ::2],
        np.random.default_rng(0).random((57, 91)) < 0.5,
    ],
    ids=["square", "empty", "full", "one pixel", "diagonal", "not contiguous", "noise"],
)
def test_round_trip(mask):
    encoded = rle.encode(mask)
    decoded = rle.decode(json.loads(json.dumps(encoded)))
    assert encoded["size"] == list(mask.shape)
    assert decoded.dtype == bool
    assert decoded.flags.c_contiguous
    np.testing.assert_array_equal(decoded, mask)
    assert rle.area(encoded) == mask.sum()


def test_is_what_coco_files_hold():
    assert rle.encode(SQUARE) == {
        "size": [6, 8],
        "counts": coco.encode(np.asfortranarray(SQUARE.astype(np.uint8)))["counts"].decode(),
    }


def test_reads_bytes_and_plain_counts():
    encoded = rle.encode(SQUARE)
    np.testing.assert_array_equal(rle.decode({**encoded, "counts": encoded["counts"].encode()}), SQUARE)
    # By columns: 12 background pixels of the first two, then in each column 1 + 3 + 2.
    plain = [13, 3, 3, 3, 3, 3, 3, 3, 3, 3, 8]
    np.testing.assert_array_equal(rle.decode({"size": [6, 8], "counts": plain}), SQUARE)


def test_own_reading_of_counts_agrees_with_pycocotools():
    rng = np.random.default_rng(3)
    for _ in range(200):
        mask = rng.random((rng.integers(1, 50), rng.integers(1, 50))) < rng.random()
        flat = mask.T.reshape(-1)
        edges = np.flatnonzero(np.diff(flat)) + 1
        runs = np.diff(np.concatenate([[0], edges, [flat.size]])).tolist()
        runs = [0, *runs] if flat[0] else runs
        assert rle._runs(rle.encode(mask)["counts"].encode()).tolist() == runs


def test_iou():
    other = np.zeros_like(SQUARE)
    other[1:4, 2:4] = True
    a, b, empty = rle.encode(SQUARE), rle.encode(other), rle.encode(np.zeros_like(SQUARE))
    assert rle.iou(a, b) == pytest.approx(6 / 15)
    assert rle.iou(empty, empty) == 0
    np.testing.assert_allclose(rle.iou([a, b], [a, b, empty]), [[1, 0.4, 0], [0.4, 1, 0]])
    assert rle.iou([], [a]).shape == (0, 1)


@pytest.mark.parametrize(
    ("damaged", "message"),
    [
        ({}, "expected a dictionary with size"),
        ({"size": [6], "counts": ""}, "expected a dictionary with size"),
        ({"size": [6, 8], "counts": ""}, "not compressed COCO counts"),
        ({"size": [6, 8], "counts": "\x7f"}, "not compressed COCO counts"),
        ({"size": [6, 8], "counts": "o"}, "not compressed COCO counts"),
        ({"size": [6, 8], "counts": "oooooooo0"}, "longer than any image"),
        ({"size": [6, 8], "counts": "é"}, "not compressed COCO counts"),
        ({"size": [60, 80], "counts": rle.encode(SQUARE)["counts"]}, "add up to 4800 pixels, got 48"),
        ({"size": [2, 2], "counts": rle.encode(SQUARE)["counts"]}, "add up to 4 pixels, got 48"),
        ({"size": [6, 8], "counts": [50, -2]}, "damaged"),
        ({"size": [6, 8], "counts": [48.0]}, "whole numbers"),
        ({"size": [6, 8], "counts": None}, "text or as a list"),
        ({"size": [0, 8], "counts": "0"}, "at most 80,000,000 pixels, got 0 x 8"),
        ({"size": [10**6, 10**6], "counts": [10**12]}, "at most 80,000,000 pixels"),
    ],
)
@pytest.mark.parametrize("function", [rle.decode, rle.area, lambda r: rle.iou([r], [r])])
def test_damaged_counts_are_refused_before_pycocotools_sees_them(damaged, message, function):
    with pytest.raises(PromptError, match=message):
        function(damaged)


def test_refuses_what_does_not_fit():
    with pytest.raises(PromptError, match=r"expected one mask as \(H, W\), got shape \(2, 3, 4\)"):
        rle.encode(np.zeros((2, 3, 4), bool))
    with pytest.raises(PromptError, match="got shape"):
        rle.encode(np.zeros((0, 4), bool))
    with pytest.raises(PromptError, match="of one size"):
        rle.iou(rle.encode(SQUARE), rle.encode(SQUARE.T))
    with pytest.raises(PromptError, match="one of each"):
        rle.iou(rle.encode(SQUARE), [rle.encode(SQUARE)])  # type: ignore[call-overload]
