from __future__ import annotations

import gradio as gr
import numpy as np
import pytest

import sam
from plugins import load_plugins
from plugins._core.tool import Tool
from sam import rle
from sam.clicks import predict_in_turn
from sam.formats import Files, Format, Shape, find_format, list_formats, read_annotations
from sam.io.prompts import write_boxes, write_masks
from webapp.endpoints.api import _describe, _endpoint, _output, _read, add_endpoints
from webapp.endpoints.masks_file import format_option, makes_file
from webapp.models.offered import Models

MIXED = [{"rle": sam.rle.encode(np.ones((size, 4), bool))} for size in (3, 5)]


@pytest.fixture(scope="module")
def host():
    return load_plugins(names=["click", "cutout_png"])


def call(host, name, *values):
    tool = host.tools[name]
    return _endpoint(tool, Models(), _output(tool.returns)[1])(*values)


@pytest.fixture
def photo(tmp_path, png) -> str:
    path = tmp_path / "disk.png"
    path.write_bytes(png)
    return str(path)


def test_each_tool_is_an_endpoint_with_its_parameters(host):
    with gr.Blocks() as demo:
        names = add_endpoints(host, Models())
    info = demo.get_api_info()["named_endpoints"]
    assert names == set(host.tools) == {name.removeprefix("/") for name in info}
    parameters = {row["parameter_name"]: row for row in info["/cutout_png"]["parameters"]}
    assert list(parameters) == ["image", "masks", "feather", "trim", "margin"]
    assert [parameters["feather"]["parameter_default"], parameters["trim"]["parameter_default"]] == [0.0, False]
    assert not parameters["image"]["parameter_has_default"]
    format = info["/points_to_masks"]["parameters"][-1]
    assert (format["parameter_name"], format["parameter_default"]) == ("format", "")
    assert {"coco", "yolo", "svg"} <= set(format["type"]["enum"])


def test_points_to_masks_and_cut_out(host, photo, image):
    found = call(host, "points_to_masks", photo, [[30, 30]], "nano")
    model = sam.load_model("nano")
    expected = model.predict(model.embed(image), points=[[30, 30]])
    assert len(found) == 3
    for row, mask in zip(found, expected.masks):
        np.testing.assert_array_equal(sam.rle.decode(row["rle"]), mask)
        assert row["area"] == mask.sum()
    rgba = call(host, "cutout_png", photo, [row for row in found if row["area"]][:1], 0, False, 0)
    assert rgba.shape == (60, 80, 4)
    assert (rgba[..., 3] > 0).any()


def test_a_third_number_says_on_or_off(host, photo, image):
    (found,) = call(host, "points_to_masks", photo, [[30, 30, 1], [5, 5, 0]], "nano")
    model = sam.load_model("nano")
    expected = predict_in_turn(model, model.embed(image), sam.Prompt.of(points=[[30, 30], [5, 5]], labels=[1, 0]))
    np.testing.assert_array_equal(sam.rle.decode(found["rle"]), expected.masks[0])


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("points_to_masks", (None, [[1, 1]], "nano"), "picture file"),
        ("points_to_masks", ("{photo}", None, "nano"), "empty"),
        ("points_to_masks", ("{photo}", "1,1,1", "nano"), "groups of 2"),
        ("points_to_masks", ("{photo}", {"a": 1}, "nano"), "points: expected"),
        ("points_to_masks", ("{photo}", [[1, 2, 3, 4]], "nano"), "points: expected"),
        ("points_to_masks", ("{photo}", [["a", "b"]], "nano"), "points"),
        ("points_to_masks", ("{photo}", [[1, 2, 7]], "nano"), "labels"),
        ("points_to_masks", ("{photo}", [[999, 2]], "nano"), "inside the image"),
        ("points_to_masks", ("{photo}", [[1, 2]], "/etc/passwd"), "There is no model"),
        ("points_to_masks", ("/etc/passwd", [[1, 2]], "nano"), "passwd"),
        ("boxes_to_masks", ("{photo}", [[9, 9, 1, 1]], "nano"), "boxes"),
        ("boxes_to_masks", ("{photo}", [{"nope": 1}], "nano"), "boxes: expected"),
        ("boxes_to_masks", ("{photo}", {"a": 1}, "nano"), "boxes"),
        ("cutout_png", ("{photo}", [], 0, False, 0), "nothing to cut out"),
        ("cutout_png", ("{photo}", [{"rle": {"size": [1], "counts": "x"}}], 0, False, 0), "rle: expected"),
        ("cutout_png", ("{photo}", MIXED, 0, False, 0), "all of the same size"),
        ("cutout_png", ("{photo}", ["x"], 0, False, 0), "masks: expected"),
    ],
)
def test_bad_input_is_a_sentence(host, photo, name, values, message):
    values = [photo if value == "{photo}" else value for value in values]
    with pytest.raises(gr.Error) as caught:
        call(host, name, *values)
    assert message in caught.value.message


def test_an_error_that_nobody_foresaw_is_not_told(photo, caplog):
    def broken(image: sam.Image) -> sam.Masks:
        """Breaks."""
        raise RuntimeError("secret detail")

    with pytest.raises(gr.Error) as caught:
        _endpoint(Tool.from_function(broken), Models(), write_masks)(photo)
    assert "secret" not in caught.value.message
    assert "secret detail" in caplog.text


@pytest.mark.parametrize("format", [one.name for one in list_formats() if one.write is not None])
def test_masks_come_as_a_file_of_any_format(host, photo, format):
    boxes = [{"box": [12, 12, 48, 48], "label": "disk"}]
    rows = call(host, "boxes_to_masks", photo, boxes, "nano", False)
    found = call(host, "boxes_to_masks", photo, boxes, "nano", False, format)
    assert found.name.startswith("disk")
    assert "/" not in found.name
    one = find_format(format)
    if one.read is None or one.shape in (Shape.BOX, Shape.TABLE):
        return
    back = Files.of({found.name: found.data})
    back.know("disk.png", (60, 80))
    (item,) = read_annotations(back, format).objects
    # How far a format's outlines are from the mask is for the tests of formats.
    assert rle.iou(item.rle, rows[0]["rle"]) > (0.999 if one.shape is not Shape.BOX else 0.5)
    if "class" in one.holds:
        assert item.label == "disk"


@pytest.mark.parametrize(
    ("format", "said"),
    [("nothing", "no format 'nothing'"), (5, "such as coco, got 5"), ({}, "format: expected")],
)
def test_a_format_that_is_none_is_refused_before_the_work(host, photo, format, said, monkeypatch):
    monkeypatch.setattr("webapp.endpoints.api.read_image", None)
    with pytest.raises(gr.Error, match=said):
        call(host, "boxes_to_masks", photo, [[12, 12, 48, 48]], "nano", False, format)


def test_what_a_plugin_adds_is_offered_and_a_tools_own_format_stays_its_own():
    def write(annotations, out, options):
        out.add("own.txt", "".join(f"{one.label}\n" for one in annotations.objects))

    own = Format("own", "Own", Shape.MASK, suffix=".txt", write=write)

    def whole(image: sam.Image) -> sam.Masks:
        """All of it."""
        return sam.Masks(np.ones((1, *image.shape[:2]), bool))

    def other(image: sam.Image, *, format: str = "x") -> sam.Masks:
        """All of it."""
        return whole(image)

    assert "own" in format_option([own]).choices
    assert makes_file(Tool.from_function(whole))
    assert not makes_file(Tool.from_function(other))


def test_boxes_go_there_and_back():
    boxes = sam.Boxes([[1, 2, 30, 40], [5, 6, 7, 8]], np.array([0.5, 0.25], np.float32), ("a", "b"))
    again = _read("boxes", write_boxes(boxes), sam.Boxes, {})
    np.testing.assert_array_equal(again.xyxy, boxes.xyxy)
    np.testing.assert_array_equal(again.scores, boxes.scores)
    assert again.labels == boxes.labels


def test_masks_go_there_and_back():
    masks = sam.Masks(np.random.default_rng(1).random((3, 20, 30)) > 0.5, np.array([0.9, 0.5, 0.1], np.float32))
    again = _read("masks", write_masks(masks), sam.Masks, {})
    np.testing.assert_array_equal(again.masks, masks.masks)
    np.testing.assert_allclose(again.scores, masks.scores)
    assert _read("masks", [], sam.Masks, {"image": np.zeros((4, 5, 3), np.uint8)}).size_hw == (4, 5)


def test_the_description_is_what_mcp_reads(host):
    text = _describe(host.tools["points_to_masks"])
    assert text.startswith("Masks of the one object")
    assert "\n    points: [[x, y, label], ...]" in text
    assert "Returns:\n    a list of {rle" in text


def test_a_tool_that_cannot_go_over_the_wire_is_left_out(host, caplog):
    from plugins import Host

    class Strange:
        """Not known to any wire."""

    def odd(image: sam.Image, thing: Strange) -> sam.Masks:
        """Odd."""
        return sam.Masks.empty()

    odd.__annotations__ = {"image": sam.Image, "thing": Strange, "return": sam.Masks}
    one = Host()
    one.add_tool(odd)
    with gr.Blocks() as demo:
        assert add_endpoints(one, Models()) == set()
    assert demo.get_api_info()["named_endpoints"] == {}
