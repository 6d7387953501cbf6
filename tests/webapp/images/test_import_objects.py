"""Objects of a dropped file on the photo on the stage."""

from __future__ import annotations

import json

import numpy as np
import pytest

from sam import Masks, SamError
from sam.formats import Options, list_formats, write_annotations
from webapp.images.encode import mask_png
from webapp.images.export import to_annotations
from webapp.images.import_objects import import_objects


@pytest.fixture
def masks() -> np.ndarray:
    masks = np.zeros((2, 60, 80), bool)
    masks[0, 10:30, 10:40] = True
    masks[0, 15:20, 15:20] = False
    masks[1, 20:50, 50:70] = True
    return masks


@pytest.fixture
def filled(workspace, masks):
    workspace.add(workspace.picture, Masks(masks, [0.5, 0.25]), "test", ["dog", "cat"])
    return workspace


def files_of(workspace, format: str) -> dict[str, bytes]:
    found = to_annotations(workspace.picture, workspace.objects())
    return dict(write_annotations(found, None, format, Options()).files)


KEPT = [one.name for one in list_formats() if one.read and one.write and not one.pixels and "boxes" not in one.name]


@pytest.mark.parametrize("format", KEPT)
def test_what_was_exported_comes_back_in_one_step_of_undo(filled, masks, format):
    files = files_of(filled, format)
    version = filled.picture.version
    found = import_objects(filled, files)
    assert len(found.added) == 2
    assert filled.picture.version == version + 1
    back = [item.mask() for item in filled.objects(found.added)]
    assert sorted(mask.tolist() for mask in back) == sorted(mask.tolist() for mask in masks)


def test_a_mask_is_an_object(workspace, masks):
    found = import_objects(workspace, {"any name.png": mask_png(masks[0])})
    (item,) = workspace.objects(found.added)
    assert (item.mask() == masks[0]).all()
    assert item.source == "file"


def test_of_many_photos_the_one_of_this_name_is_taken(filled):
    held = json.loads(files_of(filled, "coco")["annotations.json"])
    other = {**held["images"][0], "id": 2, "file_name": "other.png"}
    held["images"] = [other, {**held["images"][0], "file_name": "sub/disk.jpg"}]
    assert len(import_objects(filled, {"a.json": json.dumps(held).encode()}).added) == 2
    held["images"][1]["file_name"] = "third.png"
    with pytest.raises(SamError, match=r"None of the 2 photos in this file is called disk\.png"):
        import_objects(filled, {"a.json": json.dumps(held).encode()})


def test_damaged_objects_are_told_of_and_the_others_added(filled):
    held = json.loads(files_of(filled, "coco")["annotations.json"])
    held["annotations"][0]["segmentation"] = [[1, 2]]
    found = import_objects(filled, {"a.json": json.dumps(held).encode()})
    assert len(found.added) == 1
    assert found.notes[0].startswith("a.json, annotation 1: ")


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"a.json": b"{}"}, "none of the formats"),
        ({"a.json": b"{"}, "none of the formats"),
        ({"a.zip": b"PK rubbish"}, "not a zip"),
        ({"other.txt": b"0 0.5 0.5 0.1 0.1"}, "photo is not there"),
        ({"disk.txt": b"0 0.5 0.5 0 0"}, "empty"),
        ({"a.svg": b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 5 5"/>'}, "another photo: 5 x 5"),
    ],
)
def test_what_is_none_adds_nothing_and_says_why(workspace, files, said):
    with pytest.raises(SamError, match=said):
        import_objects(workspace, files)
    assert not workspace.picture.objects
