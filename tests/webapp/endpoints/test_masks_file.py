"""Masks as a file, of a photo, in the format that was asked for."""

from __future__ import annotations

import json

import numpy as np
import pytest

from sam import Boxes, Masks, PromptError
from sam.formats import Format, FormatError, Shape, find_format, write_annotations
from sam.formats.annotations import of_photo
from webapp.endpoints.masks_file import JsonOrFile, MasksFile, format_option, read_format, write_file


@pytest.fixture
def photo(tmp_path, png) -> str:
    path = tmp_path / "my photo.png"
    path.write_bytes(png)
    return str(path)


@pytest.fixture
def masks() -> Masks:
    masks = np.zeros((1, 60, 80), bool)
    masks[0, 10:20, 10:20] = True
    return Masks(masks, [0.5], boxes=Boxes([[10, 10, 20, 20]], [0.5], ("dog",)))


def test_it_is_what_the_command_line_writes(photo, masks, tmp_path):
    made = write_file(masks, photo, find_format("coco"), {"model": "nano"})
    write_annotations(of_photo(masks, photo, "nano"), tmp_path / "there.json", "coco")
    assert made.name == "my photo.json"
    assert made.data == (tmp_path / "there.json").read_bytes()
    (row,) = json.loads(made.data)["annotations"]
    assert row["provenance"] == {"model": "nano"}


def test_several_files_are_a_zip(photo, masks):
    made = write_file(masks, photo, find_format("yolo"), {})
    assert made.name == "my photo-yolo.zip"
    assert made.data.startswith(b"PK")


def test_formats_that_hold_pixels_have_the_photos(photo, masks):
    made = write_file(masks, photo, find_format("cutouts"), {})
    assert made.data.startswith(b"PK")


def test_no_masks_are_a_file_without_objects_or_a_sentence(photo):
    nothing = Masks.empty((60, 80))
    assert json.loads(write_file(nothing, photo, find_format("coco"), {}).data)["annotations"] == []
    nothing_at_all = Format("own", "Own", Shape.MASK, write=lambda annotations, out, options: None)
    with pytest.raises(FormatError, match="There are no objects"):
        write_file(nothing, photo, nothing_at_all, {})


@pytest.mark.parametrize("value", [None, ""])
def test_without_a_format_it_is_json(value):
    assert read_format(value) is None


@pytest.mark.parametrize("value", ["x", "COCO", 1, [], {"a": 1}, "../coco"])
def test_what_is_no_format_is_refused(value):
    with pytest.raises(PromptError, match=r"There is no format|format: expected a name"):
        read_format(value)


def test_a_library_that_is_missing_is_named(monkeypatch):
    own = Format("own", "Own", Shape.MASK, write=lambda *more: None, needs={"no_such_module": "pip install nothing"})
    assert "own" in format_option([own]).choices
    with pytest.raises(Exception, match="Own needs no_such_module: pip install nothing"):
        read_format("own", [own])


def test_the_component_hands_a_file_over_and_all_else_as_json():
    component = JsonOrFile("masks", {"type": "array"})
    sent = component.postprocess(MasksFile(b"[1]", "a b.json"))
    assert sent.orig_name == "a b.json"
    with open(sent.path, "rb") as file:
        assert file.read() == b"[1]"
    assert sent.path.startswith(component.GRADIO_CACHE)
    assert component.postprocess([{"a": 1}]).root == [{"a": 1}]
