"""LabelMe in the form of its own `LabelFile` (labelme 5.5; the package needs Qt, so it is not asked itself)."""

from __future__ import annotations

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from sam import rle
from sam.formats import Annotations, Files, labelme
from sam.formats import write_annotations as write

from .scenes import apart


def test_masks_are_as_labelme_pastes_them():
    data = json.loads(write(apart(), None, "labelme").files["a/first.json"])
    # LabelFile.load reads these, and of each shape the second group.
    assert {"version", "imageData", "imagePath", "shapes", "flags", "imageHeight", "imageWidth"} <= set(data)
    for shape, one in zip(data["shapes"], apart().objects):
        assert {"label", "points", "shape_type", "flags", "description", "group_id", "mask"} <= set(shape)
        # utils.shape_to_mask's rule for masks: mask[y1 : y2 + 1, x1 : x2 + 1] = the picture, points are whole.
        (x1, y1), (x2, y2) = shape["points"]
        mask = np.zeros((40, 60), bool)
        mask[y1 : y2 + 1, x1 : x2 + 1] = np.asarray(Image.open(io.BytesIO(base64.b64decode(shape["mask"])))) > 0
        assert (mask == rle.decode(one.rle)).all()


def test_parts_of_one_object_share_a_group():
    shapes = json.loads(write(apart(), None, "labelme-polygons").files["a/first.json"])["shapes"]
    groups = [shape["group_id"] for shape in shapes]
    assert groups == [None, 1, 1, 1, None, None, None, 2, 2]


def test_folders_stay():
    back = labelme.read(Files.of(dict(write(apart(), None, "labelme").files)))
    assert [image.name for image in back.images] == ["a/first.png", "second.png"]


def shape(kind: str, points: object, **more: object) -> dict[str, object]:
    return {"label": "dog", "shape_type": kind, "points": points, **more}


def read(*shapes: object) -> Annotations:
    data = {"imagePath": "..\\photos\\p.jpg", "imageHeight": 10, "imageWidth": 20, "imageData": None, "shapes": shapes}
    return labelme.read(Files.of({"p.json": json.dumps(data).encode()}))


def test_rectangles_and_circles_are_read():
    back = read(shape("rectangle", [[6, 8], [2, 3]]), shape("circle", [[10, 5], [10, 8]]))
    assert back.objects[0].box == (2, 3, 6, 8)
    assert back.objects[1].box == (7, 2, 13, 8)
    assert back.images[0].name == "p.jpg"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (shape("polygon", [[1, 1], [2, 2]]), "2 vertices"),
        (shape("point", [[1, 1]]), "no area"),
        (shape("line", [[1, 1], [2, 2]]), "no area"),
        (shape("mask", [[0, 0], [1, 1]], mask="no base 64!"), "no PNG as text"),
        (shape("mask", [[0, 0], [1, 1]], mask="aGVsbG8="), "the mask"),
        (shape("mask", [[0, 0], [1, 1]]), "mask"),
        (shape("polygon", [[30, 30], [40, 30], [40, 40]]), "no pixel"),
        ({"points": [[0, 0], [4, 0], [4, 4]]}, "'label' is missing"),
        (7, "not as the format has it"),
    ],
)
def test_shapes_that_are_none_are_told_of(wrong, said):
    back = read(wrong, shape("rectangle", [[0, 0], [2, 2]]))
    assert len(back.objects) == 1
    assert len(back.problems) == 1
    assert said in back.problems[0]
