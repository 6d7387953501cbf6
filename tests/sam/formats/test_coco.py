"""COCO, read by pycocotools and supervision, and what is wrong in such files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pycocotools.coco import COCO

from sam import rle
from sam.formats import Files, Options, coco, find_format
from sam.formats import write_annotations as write
from tests.present import present

from .scenes import apart

IMAGE = {"id": 7, "file_name": "p.jpg", "height": 10, "width": 20}
RLE = rle.encode(np.ones((10, 20), bool))


def masks() -> list[np.ndarray]:
    return [rle.decode(one.rle) for one in apart().objects]


@pytest.mark.parametrize("name", ["coco", "coco-polygons"])
def test_pycocotools_reads_the_same_masks(name, tmp_path, capsys):
    write(apart(), tmp_path / "out", name)
    read = COCO(str(tmp_path / "out/annotations.json"))
    rows = read.loadAnns(read.getAnnIds(imgIds=[1]))
    assert len(rows) == 6
    for row, mask in zip(rows, masks()):
        assert (read.annToMask(row).astype(bool) == mask).all()
        assert row["area"] == mask.sum()
    assert [one["name"] for one in read.loadCats(read.getCatIds())] == ["cat & dog", "tree"]


@pytest.mark.parametrize("name", ["coco", "coco-polygons"])
def test_supervision_reads_the_same_masks(name, tmp_path):
    from supervision import DetectionDataset

    write(apart(), tmp_path / "out", name, Options(photos=True))
    data = DetectionDataset.from_coco(
        str(tmp_path / "out/images"), str(tmp_path / "out/annotations.json"), force_masks=True
    )
    assert data.classes == ["cat & dog", "tree"]
    (found,) = (one for _, _, one in data if len(one))
    assert [data.classes[i] for i in present(found.class_id)] == [one.label for one in apart().objects]
    if name == "coco":
        # supervision draws polygons with their outline, and holes' seams too; run lengths it takes as they are.
        assert all((a == b).all() for a, b in zip(found.mask, masks()))


def read(value: Any) -> Any:
    return coco.read(Files.of({"annotations.json": json.dumps(value).encode()}))


def one(**entry: Any) -> dict[str, Any]:
    row = {"id": 1, "image_id": 7, "category_id": 1, "segmentation": dict(RLE), **entry}
    return {"images": [IMAGE], "categories": [{"id": 1, "name": "dog"}], "annotations": [row]}


def test_crowds_plain_counts_boxes_and_parts_are_read():
    held = one(segmentation={"size": [10, 20], "counts": [200 - 15, 15]}, iscrowd=1)
    assert read(held).objects[0].area == 15
    assert read(one(segmentation=[], bbox=[2, 3, 4, 5])).objects[0].box == (2, 3, 6, 8)
    parts = [[0, 0, 2, 0, 2, 2, 0, 2], [10, 5, 14, 5, 14, 9, 10, 9]]
    assert read(one(segmentation=parts)).objects[0].area == 4 + 16


def test_what_lies_outside_the_photo_is_cut_off():
    assert read(one(segmentation=[[-50, -50, 5, -50, 5, 5, -50, 5]])).objects[0].box == (0, 0, 5, 5)
    assert read(one(segmentation=[], bbox=[-5, -5, 100, 100])).objects[0].area == 200


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"segmentation": {"size": [10, 20], "counts": "1"}}, "damaged"),
        ({"segmentation": {"size": [10, 20], "counts": [300]}}, "add up to 200"),
        ({"segmentation": {"size": [10, 20], "counts": [100, -1, 101]}}, "below 0"),
        ({"segmentation": {"size": [20, 10], "counts": RLE["counts"]}}, "the photo's"),
        ({"segmentation": [[1, 1, 5, 5]]}, "2 vertices"),
        ({"segmentation": [[1, 1, 5, 5, 3]]}, "not a list of x, y"),
        ({"segmentation": [[1, 1, 5, 5, 3, "x"]]}, "vertices as x, y"),
        ({"segmentation": [[1, 1, 5, 5, 1e300, 2]]}, "no place in a photo"),
        ({"segmentation": [[-9, -9, -5, -9, -5, -5]]}, "empty"),
        ({"segmentation": [], "bbox": [1, 2, 3]}, "not as the format has it"),
        ({"image_id": 8}, "no image 8"),
        ({"score": "high", "segmentation": None, "bbox": None}, "not as the format has it"),
        ({"category_id": 9}, "no category 9"),
    ],
)
def test_what_cannot_be_read_is_said_and_the_rest_kept(entry, said):
    held = one(**entry)
    held["annotations"].append({"id": 2, "image_id": 7, "category_id": 1, "segmentation": dict(RLE)})
    found = read(held)
    assert len(found.problems) == 1
    assert said in found.problems[0]
    assert found.problems[0].startswith("annotations.json, annotation 1: ")
    assert [row.area for row in found.objects][-1] == 200


def test_ids_that_are_there_twice_are_told_of():
    held = one()
    held["annotations"] *= 2
    held["images"] *= 2
    held["categories"] *= 2
    found = read(held)
    assert len(found.objects) == 2
    assert sum("twice" in line for line in found.problems) == 3


def test_nan_is_refused():
    text = json.dumps(one(bbox=[float("nan")] * 4)).encode()
    with pytest.raises(Exception, match="NaN or infinity"):
        coco.read(Files.of({"a.json": text}))


def test_a_photo_of_another_size_is_told_of(tmp_path: Path):
    write(apart(), tmp_path / "out", "coco", Options(photos=True))
    held = json.loads((tmp_path / "out/annotations.json").read_text())
    held["images"][1]["height"] = 6
    (tmp_path / "out/annotations.json").write_text(json.dumps(held))
    found = find_format("coco").read(Files.open(tmp_path / "out"))  # type: ignore[misc]
    assert "has 7 x 5 pixels, and the annotations say 7 x 6" in found.problems[0]
    assert len(found.objects) == 6
