"""COCO folders, good ones and others."""

from __future__ import annotations

import json

import numpy as np
import pytest
from pycocotools import mask as coco

from sam import PromptError, SamError
from sam.evaluation.dataset import find_sets, object_area, object_mask, read_set
from sam.training.split import is_validation

from .conftest import annotation, square

PIXELS = np.zeros((40, 40, 3), np.uint8)
MASK = square(10, 10, 30, 30)


def test_a_folder_and_a_folder_of_folders(write_coco, tmp_path):
    one = write_coco({"a.png": PIXELS}, [annotation(MASK)], name="one")
    write_coco({"b.png": PIXELS}, [annotation(MASK)], name="two")
    write_coco({"c.png": PIXELS}, [], name="without objects")
    (tmp_path / "other").mkdir()
    assert [found.name for found in find_sets(one)] == ["one"]
    assert [found.name for found in find_sets(tmp_path)] == ["one", "two"]


def test_an_annotation_file_and_its_images(write_coco, tmp_path):
    folder = write_coco({"a.png": PIXELS}, [annotation(MASK)])
    file = (folder / "annotations.json").rename(tmp_path / "instances_val.json")
    found = read_set(file, folder / "images")
    assert found.name == "instances_val"
    assert found.photos[0].path == folder / "images" / "a.png"


GOOD = {"images": [{"id": 1, "file_name": "a.png", "height": 40, "width": 40}], "annotations": []}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "cannot be read"),
        ("{", "cannot be read"),
        ("[]", "got a list"),
        ("{}", "lists `images` and `annotations`, got an object with"),
        (json.dumps({"shapes": [], "imagePath": "a.png"}), "imagePath"),  # LabelMe
        (json.dumps({"images": {}, "annotations": []}), "lists `images`"),
        (json.dumps({**GOOD, "images": [{"id": 1, "file_name": "a.png"}]}), "KeyError: 'height'"),
        (json.dumps({**GOOD, "images": ["a.png"]}), "expected COCO's fields"),
        (json.dumps({**GOOD, "annotations": [{"id": 1}]}), "KeyError: 'image_id'"),
        (json.dumps({**GOOD, "annotations": [3]}), "expected COCO's fields"),
        (json.dumps({**GOOD, "categories": [{"id": "x", "name": "y"}]}), "expected COCO's fields"),
        (json.dumps({**GOOD, "images": [{**GOOD["images"][0], "file_name": "../a.png"}]}), "leads out of the folder"),
        (json.dumps({**GOOD, "images": [{**GOOD["images"][0], "file_name": "/a.png"}]}), "leads out of the folder"),
        (json.dumps(GOOD), "holds no annotation"),
        ("\udcff".encode("utf-8", "surrogateescape"), "cannot be read"),
    ],
)
def test_what_is_not_coco_is_said_in_a_sentence(text, message, tmp_path):
    (tmp_path / "annotations.json").write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(SamError, match=message.replace("(", r"\(")):
        find_sets(tmp_path)


def test_missing_places(tmp_path):
    with pytest.raises(SamError, match="found nothing"):
        find_sets(tmp_path / "no")
    with pytest.raises(SamError, match="found neither"):
        find_sets(tmp_path)
    file = tmp_path / "a.json"
    with pytest.raises(SamError, match="no annotation file"):
        read_set(file, tmp_path)
    file.write_text(json.dumps(GOOD))
    with pytest.raises(SamError, match=r"found a file\. To name the file itself, use --annotations"):
        find_sets(file)
    with pytest.raises(SamError, match="no folder of images"):
        read_set(file, tmp_path / "no")


def test_crowds_are_left_out(write_coco):
    folder = write_coco({"a.png": PIXELS}, [annotation(MASK, iscrowd=1), annotation(MASK)])
    (found,) = find_sets(folder)
    assert [row["id"] for row in found.photos[0].annotations] == [2]


def test_photos_are_chosen_by_name_and_held_out_ones_by_the_rule(write_coco):
    names = [f"photo{number}.png" for number in range(40)]
    folder = write_coco(dict.fromkeys(names, PIXELS), [annotation(MASK, n + 1) for n in range(39)])
    (found,) = find_sets(folder)
    everything = [photo.path.name for photo in found.chosen("all", 100)]
    assert sorted(everything) == sorted(names[:39]), "the last one has no object"
    assert [photo.path.name for photo in found.chosen("all", 5)] == everything[:5]
    held_out = [photo.path.name for photo in found.chosen("held-out", 100)]
    assert sorted(held_out) == sorted(name for name in names[:39] if is_validation(name))
    assert 0 < len(held_out) < 39


def test_labels_and_fields(write_coco):
    row = annotation(MASK, colour="red", attributes={"occluded": True}, empty=None)
    record = {"camera": "left", "colour": "not this one", "empty": 3}
    folder = write_coco({"a.png": PIXELS}, [row], classes={1: "cat"}, records=[record])
    photo = find_sets(folder)[0].photos[0]
    fields = ("colour", "camera", "attributes.occluded", "category", "empty", "nothing", "colour.more")
    values = [photo.value(photo.annotations[0], name) for name in fields]
    assert values == ["red", "left", "true", "cat", "3", None, None]
    assert photo.label({"category_id": 7}) == "category 7"
    assert photo.label({}) == "no category"


@pytest.mark.parametrize(
    "segmentation",
    [
        coco.encode(np.asfortranarray(MASK.astype(np.uint8))),
        {"size": [40, 40], "counts": [410, *[20, 20] * 19, 20, 410]},
        [[10, 10, 30, 10, 30, 30, 10, 30]],
        [[10, 10, 30, 10, 30, 20, 10, 20], [10, 20, 30, 20, 30, 30, 10, 30], [1, 1, 5, 5]],
    ],
    ids=["compressed", "uncompressed", "polygon", "polygons, one of them a line"],
)
def test_masks_in_each_of_cocos_forms(segmentation):
    found = object_mask({"segmentation": segmentation}, (40, 40))
    np.testing.assert_array_equal(found, MASK)
    assert object_area({"segmentation": segmentation}, (40, 40)) == 400
    assert object_area({"segmentation": segmentation, "area": 7}, (40, 40)) == 7


@pytest.mark.parametrize(
    "segmentation",
    [None, [], "text", [["a"]], [[1, 2, 3, 4]], [[1, 2, 3, 4, float("nan"), 6]], {"size": [4, 4], "counts": "zz"}, {}],
)
def test_masks_that_cannot_be_read(segmentation):
    with pytest.raises(PromptError):
        object_mask({"segmentation": segmentation}, (40, 40))
