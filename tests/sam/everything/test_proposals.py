"""Filtering again and again, without the model."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sam import rle
from sam.everything.point_grid import Crop
from sam.everything.proposals import Counts, Proposal, Proposals, remove_small_regions

SIZE = (60, 80)
WHOLE: Crop = (0, 0, 80, 60)
HALF: Crop = (0, 0, 50, 60)


def square(x: int, y: int, side: int, iou: float, stability: float = 1.0, crop: Crop = WHOLE) -> Proposal:
    mask = np.zeros(SIZE, bool)
    mask[y : y + side, x : x + side] = True
    box = np.array([x, y, x + side - 1, y + side - 1], float)
    return Proposal(iou, stability, box, (x + side / 2, y + side / 2), crop, rle.encode(mask))


def proposals(*items: Proposal) -> Proposals:
    return Proposals(SIZE, (WHOLE, HALF), items, Counts(proposed=len(items) + 5, predicted_iou=5), 9, 0)


FIVE = proposals(
    square(5, 5, 20, 0.99),
    square(6, 5, 20, 0.95),
    square(40, 5, 20, 0.9, 0.7),
    square(40, 30, 20, 0.5),
    square(5, 6, 20, 0.93, crop=HALF),
)


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        ({}, [(5, 6)]),
        ({"stability_score_thresh": 0.6}, [(5, 6), (40, 5)]),
        ({"pred_iou_thresh": 0.4}, [(5, 6), (40, 30)]),
        ({"pred_iou_thresh": 0.0, "stability_score_thresh": 0.0, "crop_nms_thresh": 1.0, "box_nms_thresh": 1.0}, None),
        ({"crop_nms_thresh": 0.99}, [(5, 5), (5, 6)]),
        ({"pred_iou_thresh": 0.999}, []),
    ],
)
def test_each_filter(options: dict[str, Any], kept: list[tuple[int, int]] | None) -> None:
    chosen = FIVE.select(**options)
    counts = chosen.counts
    if kept is None:
        assert counts.kept == 5
    else:
        assert sorted(tuple(map(int, one["bbox"][:2])) for one in chosen.records) == kept
    dropped = counts.predicted_iou + counts.stability + counts.duplicates + counts.crop_duplicates
    assert counts.proposed == 10 == dropped + counts.kept
    assert str(counts).startswith(f"{counts.kept} of 10 masks")


@pytest.mark.parametrize("mode", ["binary_mask", "coco_rle", "uncompressed_rle"])
def test_output_modes_hold_the_same_mask(mode: Any) -> None:
    (record,) = proposals(square(5, 5, 20, 0.99)).select(output_mode=mode).records
    mask = record["segmentation"] if mode == "binary_mask" else rle.decode(record["segmentation"])
    assert mask.shape == SIZE
    assert mask.sum() == record["area"] == 400
    assert record["bbox"] == [5, 5, 20, 20]
    assert record["crop_box"] == [0, 0, 80, 60]
    assert record["point_coords"] == [[15, 15]]


def test_small_holes_and_islands_go() -> None:
    mask = np.zeros(SIZE, bool)
    mask[10:40, 10:40] = True
    mask[20:23, 20:23] = False
    mask[50:52, 50:52] = True
    item = Proposal(0.99, 1.0, np.array([10, 10, 51, 51.0]), (12, 12), WHOLE, rle.encode(mask))
    (record,) = proposals(item).select(min_mask_region_area=20).records
    assert (record["area"], record["bbox"]) == (900, [10, 10, 30, 30])
    assert proposals(item).select().records[0]["area"] == 900 - 9 + 4


def test_the_largest_island_stays() -> None:
    mask = np.zeros(SIZE, bool)
    mask[:2, :2] = mask[10:13, 10:13] = True
    left, changed = remove_small_regions(mask, 100, False)
    assert changed
    assert left.sum() == 9
