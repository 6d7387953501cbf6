"""Files that are wrong on purpose, in every format: a sentence each, what is right beside them is kept, memory flat."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sam import Cancelled
from sam.formats import Files, FormatError, read_annotations
from sam.formats._core import collect, regions
from sam.io import json_text
from sam.stopping import stoppable

SIZE = (30, 40)
GOOD = [[5, 5], [20, 5], [20, 20], [5, 20]]
FAR = [[-9e6, -9e6], [9e6, 9e6]] * 400


def flat(ring: Any) -> list[float]:
    return [value for pair in ring for value in pair]


def coco(*segmentations: Any, **changes: Any) -> dict[str, bytes]:
    rows = [
        {"id": index + 1, "image_id": 1, "category_id": 1, "segmentation": one, "bbox": [5, 5, 15, 15]}
        for index, one in enumerate(segmentations)
    ]
    image = {"id": 1, "file_name": "a.png", "height": SIZE[0], "width": SIZE[1]}
    value = {"images": [image], "annotations": rows, "categories": [{"id": 1, "name": "dog"}], **changes}
    return {"a.json": json.dumps(value).encode()}


def labelme(*shapes: Any, **changes: Any) -> dict[str, bytes]:
    size = {"imageHeight": SIZE[0], "imageWidth": SIZE[1]}
    value = {"shapes": list(shapes), "imagePath": "a.png", **size, **changes}
    return {"a.json": json.dumps(value).encode()}


def shape(points: Any = GOOD, **more: Any) -> dict[str, Any]:
    return {"label": "dog", "points": points, "shape_type": "polygon", **more}


def geojson(*geometries: Any, **changes: Any) -> dict[str, bytes]:
    features = [
        one if not isinstance(one, list) else {"geometry": {"type": "Polygon", "coordinates": [one]}, "properties": {}}
        for one in geometries
    ]
    own = {"image": "a.png", "height": SIZE[0], "width": SIZE[1]}
    value = {"type": "FeatureCollection", "properties": own, "features": features, **changes}
    return {"a.geojson": json.dumps(value).encode()}


def sa1b(*masks: Any) -> dict[str, bytes]:
    image = {"file_name": "a.png", "height": SIZE[0], "width": SIZE[1]}
    rows = [{"segmentation": one, "bbox": [5, 5, 15, 15]} for one in masks]
    return {"a.json": json.dumps({"image": image, "annotations": rows}).encode()}


def cvat(*inside: str) -> dict[str, bytes]:
    image = f'<image name="a.png" width="{SIZE[1]}" height="{SIZE[0]}">{"".join(inside)}</image>'
    return {"a.xml": f"<annotations>{image}</annotations>".encode()}


def voc(*inside: str, size: str = f"<width>{SIZE[1]}</width><height>{SIZE[0]}</height>") -> dict[str, bytes]:
    text = f"<annotation><filename>a.png</filename><size>{size}</size>{''.join(inside)}</annotation>"
    return {"a.xml": text.encode()}


def boxed(x0: Any, y0: Any, x1: Any, y1: Any) -> str:
    corners = f"<xmin>{x0}</xmin><ymin>{y0}</ymin><xmax>{x1}</xmax><ymax>{y1}</ymax>"
    return f"<object><name>dog</name><bndbox>{corners}</bndbox></object>"


def svg(*paths: str) -> dict[str, bytes]:
    drawn = "".join(f'<path d="{one}"/>' for one in paths)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{SIZE[1]}" height="{SIZE[0]}">'
    return {"a.svg": f"{head}{drawn}</svg>".encode()}


def studio(*results: Any) -> dict[str, bytes]:
    sized = {"original_height": SIZE[0], "original_width": SIZE[1]}
    rows = [one if not isinstance(one, dict) else {"type": "polygonlabels", **sized, **one} for one in results]
    task = {"data": {"image": "a.png", "size_hw": list(SIZE)}, "annotations": [{"result": rows}]}
    return {"a.json": json.dumps([task]).encode()}


POLYGON = {"value": {"points": [[10, 10], [50, 10], [50, 50]], "polygonlabels": ["dog"]}}
RUNS = {"size": list(SIZE), "counts": [100, 50, SIZE[0] * SIZE[1] - 150]}
PATH = "M5,5 L20,5 L20,20 Z"
MASK = '<mask label="dog" left="0" top="0" width="4" height="2" rle="{}"/>'
KEPT = '<box label="dog" xtl="5" ytl="5" xbr="20" ybr="20"/>'


def npz(**arrays: Any) -> dict[str, bytes]:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return {"a.npz": buffer.getvalue()}


def picture(height: int, width: int) -> str:
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("L", (width, height), 255).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


CASES: dict[str, tuple[dict[str, bytes], int, str]] = {
    "a polygon of two points": (coco([[1, 1, 5, 5]], [flat(GOOD)]), 1, "has 2 vertices, and needs 3"),
    "an odd number of coordinates": (coco([[1, 1, 5, 5, 9, 9, 3]], [flat(GOOD)]), 1, "not a list of x, y"),
    "text for coordinates": (coco([["a"] * 6], [flat(GOOD)]), 1, "polygon"),
    "a polygon that runs across the world": (coco([flat(FAR)], [flat(GOOD)]), 1, "pixels long"),
    "coordinates beyond any photo": (coco([[1, 1, 1e300, 1, 5, 9]], [flat(GOOD)]), 1, "far outside"),
    "a polygon wholly outside": (coco([[-50, -50, -10, -50, -10, -10]], [flat(GOOD)]), 1, "empty"),
    "run lengths longer than the picture": (coco({**RUNS, "counts": [0, 99_999]}, RUNS), 1, "1200"),
    "run lengths below zero": (coco({**RUNS, "counts": [-5, 1205]}, RUNS), 1, "counts"),
    "run lengths as floats": (coco({**RUNS, "counts": [0.5, 1199.5]}, RUNS), 1, "counts"),
    "compressed run lengths of nothing": (coco({**RUNS, "counts": ""}, RUNS), 1, "the counts are damaged"),
    "a mask of another size": (coco({**RUNS, "size": [3, 400]}, RUNS), 1, "the photo's [30, 40]"),
    "an id that is there twice": (coco(*[[flat(GOOD)]] * 2, categories=[{"id": 1, "name": "x"}] * 2), 2, "twice"),
    "an image that is there twice": (
        coco([flat(GOOD)], images=[{"id": 1, "file_name": "a.png", "height": 30, "width": 40}] * 2), 1, "twice"),
    "an image that is not there": (coco([flat(GOOD)], images=[]), 0, "no image 1"),
    "a size below zero": (
        coco([flat(GOOD)], images=[{"id": 1, "file_name": "a.png", "height": -3, "width": 40}]), 0, "height and"),
    "a photo of a billion pixels": (
        coco([flat(GOOD)], images=[{"id": 1, "file_name": "a.png", "height": 40_000, "width": 40_000}]), 0, "at most"),
    "a photo that leads outside": (
        coco([flat(GOOD)], images=[{"id": 1, "file_name": "..", "height": 30, "width": 40}]), 0, "file name"),
    "annotations that are none": (coco(None, [flat(GOOD)], extra=[None, 5, "x"]), 2, ""),
    "a mask that is no PNG": (labelme(shape([[1, 1], [3, 3]], shape_type="mask", mask="!!"), shape()), 1, "no PNG"),
    "a mask of another size than its box": (
        labelme(shape([[-5, -5], [3, 3]], shape_type="mask", mask=picture(300, 400)), shape()), 2, ""),
    "a shape that is no object": (labelme(None, 5, shape()), 1, "not as the format has it"),
    "a circle of no radius": (labelme(shape([[5, 5], [5, 5]], shape_type="circle"), shape()), 1, "no pixel"),
    "a line": (labelme(shape([[5, 5], [9, 9]], shape_type="line"), shape()), 1, "has no area"),
    "a size that is text": (labelme(shape(), imageHeight="tall"), 0, "height and width"),
    "a feature that is none": (geojson(None, 5, GOOD), 1, "not as the format has it"),
    "a class without a colour": (
        geojson(GOOD, properties={"image": "a.png", "height": 30, "width": 40, "classes": [{"name": "x"}, None]}),
        1, "is missing"),
    "a ring of two points": (geojson([[1, 1], [2, 2]], GOOD), 1, "needs 3"),
    "a collection without features": (geojson(features=None), 0, "it is no FeatureCollection"),
    "SA-1B with a broken mask": (sa1b({"size": list(SIZE), "counts": "\udc00"}, RUNS), 1, "counts"),
    "CVAT run lengths beyond its box": (cvat(MASK.format("9, 99"), KEPT), 1, "add up to 108"),
    "CVAT run lengths of 30 digits": (cvat(MASK.format("9" * 30), KEPT), 1, "not as the format has it"),
    "CVAT mask of a giant": (
        cvat('<mask label="x" left="0" top="0" width="99999" height="99999" rle="1"/>', KEPT), 1, "none that a photo"),
    "CVAT points that are not finite": (cvat('<polygon label="x" points="nan,1;2,inf;3,3"/>', KEPT), 1, "no place"),
    "VOC box that is not finite": (voc(boxed("nan", 1, 5, 5), boxed(1, 1, 9, 9)), 1, "no place in a photo"),
    "VOC box outside": (voc(boxed(90, 90, 99, 99), boxed(1, 1, 9, 9)), 1, "empty"),
    "VOC box turned round": (voc(boxed(9, 9, 1, 1), boxed(1, 1, 9, 9)), 2, ""),
    "VOC size of text": (voc(boxed(1, 1, 9, 9), size="<width>wide</width>"), 0, "is no number"),
    "SVG with curves": (svg("M0,0 C1,1 2,2 3,3 Z", PATH), 1, "only straight lines"),
    "SVG path without a beginning": (svg("L1,1 2,2", PATH), 1, "does not begin with M"),
    "Label Studio results that are none": (studio(None, 5, POLYGON), 1, "is missing"),
    "Label Studio brush beyond the picture": (
        studio({"type": "brushlabels", "value": {"rle": [255] * 40}}, POLYGON), 1, "bytes, and a picture"),
    "arrays of numbers for masks": (npz(masks=np.ones((1, 3, 3))), 0, "expected masks as"),
    "arrays of Python objects": (npz(masks=np.array([{}], object)), 0, "damaged, or no file of arrays"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_is_wrong_is_said_and_the_rest_is_kept(case):
    files, kept, said = CASES[case]
    read = Files.of(files)
    if not case.startswith(("a photo", "an image", "a size")):
        read.know("a.png", SIZE)
    try:
        found = read_annotations(read)
        assert len(found.objects) == kept
        problems = list(found.problems)
    except FormatError as error:
        assert kept == 0
        problems = [str(error)]
    assert bool(problems) == bool(said)
    assert all(one.endswith(".") and "Traceback" not in one and len(one) < 400 for one in problems)
    assert not said or any(said in one for one in problems), problems


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


BOMBS: dict[str, tuple[Callable[[], dict[str, bytes]], str]] = {
    "lists": (lambda: {"a.json": b"[" + b"[]," * 300 + b"[]]"}, "lists and objects"),
    "values": (lambda: {"a.json": b"[" + b"0," * 3000 + b"0]"}, "values"),
    "elements": (lambda: {"a.xml": b"<a>" + b"<b/>" * 300 + b"</a>"}, "tags"),
    "masks": (lambda: coco(*[[flat(GOOD)]] * 200), "of masks"),
    "a comb": (lambda: svg("M0,0 " + " ".join(f"{40 * (n % 2)},{n / 20}" for n in range(600))), "crosses"),
    "zeros": (lambda: {"a.zip": zipped({"a.json": bytes(40 << 20)})}, "would unpack to"),
    "zeros in zeros": (lambda: {"a.ora": zipped({"stack.xml": bytes(40 << 20)})}, "would unpack to"),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_what_would_fill_the_memory_is_refused(bomb, monkeypatch):
    """With limits a thousandth of what they are."""
    from sam.formats._core import sources

    monkeypatch.setattr(json_text, "MAX_JSON_CONTAINERS", 2500 if bomb == "masks" else 250)
    monkeypatch.setattr(json_text, "MAX_JSON_VALUES", 20_000 if bomb == "masks" else 2500)
    monkeypatch.setattr(sources, "MAX_ELEMENTS", 250)
    monkeypatch.setattr(collect, "MAX_HELD", 1000)
    monkeypatch.setattr(regions, "MAX_CROSSINGS", 10_000)
    files, said = BOMBS[bomb]
    made = files()
    format = {".json": "coco", ".xml": "cvat", ".svg": "svg", ".ora": "openraster", ".zip": ""}[next(iter(made))[1:]]
    try:
        sentences = list(read_annotations(Files.of(made), format).problems)
    except FormatError as error:
        sentences = [str(error)]
    assert any(said in one for one in sentences), sentences


def test_reading_that_nobody_waits_for_ends():
    with stoppable(lambda: True), pytest.raises(Cancelled):
        read_annotations(Files.of(coco([flat(GOOD)])))


def test_names_that_are_the_same_once_they_are_safe_are_told_of():
    files = Files.of({"x/../a.json": b"[1]", "a.json": b"[2]"})
    assert files.json("a.json") == [1]
    assert files.problems == ["The files: two files are called a.json. The first is read."]


def test_photos_without_labels_are_no_silent_nothing():
    from .scenes import photo

    found = read_annotations(Files.of({"a.png": photo(4, 8), "b.json": b"{}"}, "a"), "yolo")
    assert found.problems == ("a: no label file (.txt) is there.",)
