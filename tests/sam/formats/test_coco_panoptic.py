"""COCO panoptic, against panopticapi's rules: ids from colours, every segment drawn, every drawn id a segment."""

from __future__ import annotations

import io
import json

import numpy as np
from PIL import Image

from sam import rle
from sam.formats import Files, coco_panoptic
from sam.formats import write_annotations as write

from .scenes import apart, overlapping


def test_panopticapis_rules_hold():
    for scene in (apart(), overlapping()):
        files = write(scene, None, "coco-panoptic").files
        held = json.loads(files["panoptic.json"])
        categories = {one["id"]: one for one in held["categories"]}
        assert all(one["isthing"] in (0, 1) for one in categories.values())
        for entry, image in zip(held["annotations"], scene.images):
            pixels = np.asarray(Image.open(io.BytesIO(files[f"panoptic/{entry['file_name']}"]))).astype(np.uint32)
            # panopticapi.utils.rgb2id
            ids = pixels[..., 0] + 256 * pixels[..., 1] + 256 * 256 * pixels[..., 2]
            drawn, areas = np.unique(ids, return_counts=True)
            found = dict(zip(drawn.tolist(), areas.tolist()))
            found.pop(0, None)
            assert found == {one["id"]: one["area"] for one in entry["segments_info"]}
            assert all(one["category_id"] in categories for one in entry["segments_info"])
            assert ids.shape == image.size_hw


def test_small_objects_lie_above_large_ones():
    files = write(overlapping(), None, "coco-panoptic").files
    back = coco_panoptic.read(Files.of(dict(files)))
    assert not back.problems
    assert len(back.objects) == 3
    assert (rle.decode(back.objects[0].rle) ^ rle.decode(overlapping().objects[0].rle)).any()


def test_a_missing_picture_and_a_segment_without_pixels_are_told_of():
    files = dict(write(apart(), None, "coco-panoptic").files)
    held = json.loads(files["panoptic.json"])
    held["annotations"][0]["segments_info"][2]["id"] = 77
    files["panoptic.json"] = json.dumps(held).encode()
    del files["panoptic/second.png"]
    back = coco_panoptic.read(Files.of(files))
    assert len(back.objects) == 5
    assert [line.rpartition(": ")[2] for line in back.problems] == ["no pixel has its number.", "the PNG is not there."]
