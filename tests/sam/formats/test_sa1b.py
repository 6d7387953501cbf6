"""SA-1B as Meta's data set has it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from pycocotools import mask as coco

from sam import rle
from sam.formats import Files, sa1b
from sam.formats import write_annotations as write

from .scenes import apart

# A record as in the data set's "Annotations" section.
RECORD: dict[str, Any] = {
    "image": {"image_id": 223750, "width": 20, "height": 10, "file_name": "sa_223750.jpg"},
    "annotations": [
        {
            "id": 1,
            "segmentation": dict(rle.encode(np.eye(10, 20, dtype=bool))),
            "bbox": [0, 0, 10, 10],
            "area": 10,
            "predicted_iou": 0.9,
            "stability_score": 0.97,
            "crop_box": [0, 0, 20, 10],
            "point_coords": [[4.5, 4.5]],
        }
    ],
}


def test_the_data_sets_own_records_are_read():
    back = sa1b.read(Files.of({"sa_223750.json": json.dumps(RECORD).encode()}))
    assert not back.problems
    (one,) = back.objects
    assert (one.image, one.area, one.score) == ("sa_223750.jpg", 10, 0.9)
    assert one.prompts == {"points": [[4.5, 4.5]]}


def test_pycocotools_reads_the_masks_and_all_keys_are_there():
    data = json.loads(write(apart(), None, "sa-1b").files["a/first.json"])
    assert set(RECORD["image"]) <= set(data["image"])
    for row, one in zip(data["annotations"], apart().objects):
        assert set(RECORD["annotations"][0]) <= set(row)
        assert (coco.decode(row["segmentation"]).astype(bool) == rle.decode(one.rle)).all()
        x, y, width, height = row["bbox"]
        assert (x, y, x + width, y + height) == one.box


def test_other_files_are_told_of():
    back = sa1b.read(Files.of({"a.json": json.dumps(RECORD).encode(), "b.json": b"[1]", "c.json": b"{"}))
    assert len(back.objects) == 1
    assert len(back.problems) == 2
