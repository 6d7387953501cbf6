from __future__ import annotations

import io
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pil

from sam import Boxes, Cutout, Image, ImageError, Masks, Points, PromptError, SamError, read_image
from sam.io.serialization import check_output, encode_picture, is_picture, read_value, to_json, write_value

PICTURE = np.random.default_rng(0).integers(0, 256, (6, 9, 3), np.uint8)
CUTOUT = np.dstack([PICTURE, np.arange(54, dtype=np.uint8).reshape(6, 9) * 4])


def some_masks() -> Masks:
    masks = np.zeros((2, 6, 9), bool)
    masks[0, 1:4, 2:5] = True
    masks[1, 5, 8] = True
    return Masks(masks, [0.75, 0.5], None, Boxes([[2, 1, 5, 4], [8, 5, 9, 6]], [0.75, 0.5], ("cat", "")))


@pytest.fixture
def write_json(tmp_path):
    def write(data) -> str:
        path = tmp_path / "data.json"
        path.write_text(json.dumps(data) if not isinstance(data, str) else data)
        return str(path)

    return write


# Round trips


def test_masks_travel(tmp_path):
    path = tmp_path / "masks.json"
    write_value(some_masks(), Masks, path)
    masks = read_value(Masks, str(path))
    np.testing.assert_array_equal(masks.masks, some_masks().masks)
    assert masks.scores.tolist() == [0.75, 0.5]
    assert masks.boxes.xyxy.tolist() == [[2, 1, 5, 4], [8, 5, 9, 6]]
    assert masks.boxes.labels == ("cat", "")


def test_what_masks_look_like_in_json():
    data = to_json(some_masks())
    assert data["size_hw"] == [6, 9]
    assert data["masks"][0]["area"] == 9
    assert data["masks"][0]["label"] == "cat"
    assert "label" not in data["masks"][1]
    assert data["masks"][0]["rle"]["size"] == [6, 9]


def test_no_masks_travel(write_json):
    assert read_value(Masks, write_json(to_json(Masks.empty((6, 9))))).size_hw == (6, 9)


def test_boxes_travel(tmp_path):
    boxes = Boxes([[0, 1, 2.5, 3], [4, 5, 6, 7]], [0.5, 0.25], ("a", "b"))
    write_value(boxes, Boxes, tmp_path / "boxes.json")
    read = read_value(Boxes, str(tmp_path / "boxes.json"))
    assert read.xyxy.tolist() == boxes.xyxy.tolist()
    assert read.scores.tolist() == [0.5, 0.25]
    assert read.labels == ("a", "b")


def test_points_travel(write_json):
    points = read_value(Points, write_json(to_json(Points([[1, 2], [3, 4]], [1, 0]))))
    assert points.xy.tolist() == [[1, 2], [3, 4]]
    assert points.labels.tolist() == [1, 0]


@pytest.mark.parametrize("suffix", [".png", ".webp", ".tif", ".tiff", ".PNG"])
def test_cutouts_travel_without_loss(suffix, tmp_path):
    path = tmp_path / f"cutout{suffix}"
    write_value(CUTOUT, Cutout, path)
    np.testing.assert_array_equal(read_value(Cutout, str(path)), CUTOUT)


@pytest.mark.parametrize("suffix", [".png", ".webp", ".tif", ".bmp", ".jpg"])
def test_pictures_travel(suffix, tmp_path):
    smooth = np.full((16, 16, 3), (200, 100, 50), np.uint8)
    path = tmp_path / f"picture{suffix}"
    write_value(smooth, Image, path)
    np.testing.assert_allclose(read_value(Image, str(path)).astype(int), smooth, atol=3 if suffix == ".jpg" else 0)


def test_masks_as_a_picture(tmp_path):
    path = tmp_path / "mask.png"
    write_value(some_masks(), Masks, path)
    with Pil.open(path) as picture:
        assert picture.mode == "L"
        np.testing.assert_array_equal(np.asarray(picture), some_masks().union() * 255)
    np.testing.assert_array_equal(read_value(Masks, str(path)).masks[0], some_masks().union())


def test_the_transparency_of_a_picture_is_a_mask(tmp_path):
    alpha = some_masks().union()
    write_value(np.dstack([PICTURE, alpha * np.uint8(255)]), Cutout, tmp_path / "cutout.png")
    np.testing.assert_array_equal(read_value(Masks, str(tmp_path / "cutout.png")).masks[0], alpha)


def test_standard_input(monkeypatch):
    text = json.dumps(to_json(some_masks())).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    np.testing.assert_array_equal(read_value(Masks, "-").masks, some_masks().masks)


# What else may be read


@pytest.mark.parametrize(
    ("text", "xyxy"),
    [("1,2,3,4", [[1, 2, 3, 4]]), ("1,2,3,4 5,6,7.5,8", [[1, 2, 3, 4], [5, 6, 7.5, 8]]), ("1 2 3 4", [[1, 2, 3, 4]])],
)
def test_boxes_as_numbers(text, xyxy):
    assert read_value(Boxes, text).xyxy.tolist() == xyxy


@pytest.mark.parametrize(
    ("text", "xy", "labels"),
    [
        ("500,375", [[500, 375]], [1]),
        ("1,2 3,4:0", [[1, 2], [3, 4]], [1, 0]),
        ("1.5,2;3,4:1", [[1.5, 2], [3, 4]], [1, 1]),
        ("-1,2", [[-1, 2]], [1]),
    ],
)
def test_points_as_numbers(text, xy, labels):
    points = read_value(Points, text)
    assert points.xy.tolist() == xy
    assert points.labels.tolist() == labels


@pytest.mark.parametrize(
    ("data", "xyxy"),
    [
        ([[1, 2, 3, 4]], [[1, 2, 3, 4]]),
        ({"boxes": [[1, 2, 3, 4]]}, [[1, 2, 3, 4]]),
        ({"boxes": []}, []),
        (to_json(some_masks()), [[2, 1, 5, 4], [8, 5, 9, 6]]),
    ],
    ids=["list", "object", "none", "masks"],
)
def test_boxes_in_json(data, xyxy, write_json):
    assert read_value(Boxes, write_json(data)).xyxy.tolist() == xyxy


@pytest.mark.parametrize("wrap", [lambda r: r, lambda r: [r], lambda r: {"masks": [r]}, lambda r: [{"rle": r}]])
def test_plain_coco_masks_in_json(wrap, write_json):
    rle = to_json(some_masks())["masks"][0]["rle"]
    np.testing.assert_array_equal(read_value(Masks, write_json(wrap(rle))).masks[0], some_masks().masks[0])


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (str, "a dog", "a dog"),
        (int, "7", 7),
        (float, "0.5", 0.5),
        (bool, "true", True),
        (bool, "No", False),
        (Path, "a/b", Path("a/b")),
    ],
)
def test_plain_values(kind, text, value):
    assert read_value(kind, text) == value


def test_bytes_and_json_values(write_json):
    path = write_json({"a": [1]})
    assert read_value(bytes, path) == b'{"a": [1]}'
    assert read_value(dict, path) == {"a": [1]}
    assert read_value(dict[str, list[int]], path) == {"a": [1]}


# What may not


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        (Boxes, "1,2,3", "groups of 4, got 3"),
        (Boxes, "3,4,1,2", "the other way round"),
        (Boxes, "no/file.json", "no/file.json cannot be read"),
        (Points, "1,2,3", "groups of 2"),
        (Points, "1,2:7", "labels: expected 1"),
        (Points, "1,2:0.5", "a whole number"),
        (Masks, "no/file.png", "no file file.png"),
        (Image, "no/file.png", "no file file.png"),
        (int, "7.5", "a whole number, got '7.5'"),
        (float, "x", "a number, got 'x'"),
        (bool, "maybe", "true or false, got 'maybe'"),
        (bytes, "no/file", "cannot be read"),
        (object, "x", "cannot be given on the command line"),
    ],
)
def test_text_that_is_no_such_value(kind, text, message):
    with pytest.raises((PromptError, ImageError), match=message):
        read_value(kind, text)


@pytest.mark.parametrize(
    ("kind", "data", "message"),
    [
        (Boxes, "not json", "is not a JSON file"),
        (Boxes, {"boxes": 3}, "boxes: expected"),
        (Boxes, {"boxes": [{"score": 1}]}, "boxes: expected each as"),
        (Boxes, [{"box": [1, 2, 3, 4], "score": "x"}], "boxes: expected each as"),
        (Boxes, [[1, 2]], r"expected a list of \[x0, y0, x1, y1\]"),
        (Masks, {"boxes": []}, "expected .*rle"),
        (Masks, [1, 2], "expected .*rle"),
        (Masks, [{"rle": {"size": [2, 2], "counts": "!"}}], "counts are damaged"),
        (Masks, [{"size": [1, 2], "counts": [2]}, {"size": [2, 1], "counts": [2]}], "masks of one image"),
        (Points, {"a": 1}, "points: expected"),
        (Points, "text", "not a JSON file"),
    ],
    ids=range(11),
)
def test_files_that_hold_no_such_value(kind, data, message, write_json):
    with pytest.raises(PromptError, match=message):
        read_value(kind, write_json(data))


# JSON


@dataclass
class Report:
    name: str
    boxes: Boxes


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (np.float32(0.5), 0.5),
        (np.arange(3), [0, 1, 2]),
        ((1, "a", {2}), [1, "a", [2]]),
        ({1: Path("a")}, {"1": "a"}),
        (Report("r", Boxes([[1, 2, 3, 4]])), {"name": "r", "boxes": {"boxes": [{"box": [1, 2, 3, 4], "score": 1}]}}),
    ],
)
def test_to_json(value, expected):
    assert to_json(value) == expected
    json.dumps(to_json(value))


def test_what_json_cannot_hold():
    with pytest.raises(SamError, match="object cannot be written as JSON"):
        to_json(object())


# Writing


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [(b"raw", bytes, b"raw"), ("grün", str, "grün".encode()), ({"a": 1}, dict, b'{\n "a": 1\n}\n')],
)
def test_write_value(value, kind, expected, tmp_path):
    write_value(value, kind, tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == expected


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        (Cutout, "a.jpg", r"a\.jpg: expected a name that ends in \.png, \.webp"),
        (Image, "a.gif", r"expected a name that ends in \.png.*\.jpg"),
        (Image, "a", "expected a name"),
        (Cutout, "no/a.png", "folder .*no does not exist. Make it first"),
        (Masks, "no/a.json", "does not exist"),
        (Masks, ".", "is a folder. Add a file name"),
    ],
)
def test_bad_file_names_are_refused_before_any_work(kind, name, message, tmp_path):
    with pytest.raises(SamError, match=message):
        check_output(kind, tmp_path / name)


def test_a_file_that_cannot_be_written(tmp_path, monkeypatch):
    def refuse(path, data):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "write_bytes", refuse)
    with pytest.raises(SamError, match=r"cannot be written \(Permission denied\)"):
        write_value("text", str, tmp_path / "a.txt")


def test_which_values_are_pictures():
    assert [is_picture(kind) for kind in (Image, Cutout, Masks, Boxes, str)] == [True, True, False, False, False]


def test_encode_picture_of_grey(tmp_path):
    data = encode_picture(PICTURE[..., 0], Path("a.png"))
    np.testing.assert_array_equal(read_image(data)[..., 1], PICTURE[..., 0])
    with pytest.raises(SamError, match="ends in"):
        encode_picture(PICTURE[..., 0], Path("a.jpg"))


@pytest.mark.parametrize("ending", [".png", ".webp", ".tif"])
@pytest.mark.parametrize("picture", [PICTURE, CUTOUT], ids=["RGB", "RGBA"])
def test_encode_picture_keeps_every_pixel_and_the_profile(ending, picture):
    with Pil.open(io.BytesIO(encode_picture(picture, Path("a" + ending), b"a profile"))) as file:
        np.testing.assert_array_equal(np.asarray(file), picture)
        assert file.info["icc_profile"] == b"a profile"


def test_a_webp_file_has_its_limits():
    with pytest.raises(PromptError, match="at most 16383 pixels"):
        encode_picture(np.zeros((1, 20000, 3), np.uint8), Path("a.webp"))
