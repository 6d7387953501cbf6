"""Every format: what was written comes back, and where it cannot, the loss that was stated is the one measured."""

from __future__ import annotations

import dataclasses

import pytest

from sam.formats import (
    AnnotatedImage,
    Annotations,
    Files,
    FormatError,
    Options,
    Shape,
    find_format,
    list_formats,
    loss,
    recognise,
)
from sam.formats import read_annotations as read
from sam.formats import write_annotations as write
from sam.formats._core import regions
from sam.formats.annotations import AnnotatedObject

from ..scenes import SCENES, apart, round_trip

BACK = [one for one in list_formats() if one.read and one.write]
EXACT_SHAPES = (Shape.MASK, Shape.HOLES, Shape.PARTS, Shape.SINGLE)


def pairs(
    before: Annotations, after: Annotations, shape: Shape
) -> list[tuple[AnnotatedObject, AnnotatedObject | None]]:
    """Each object with the one that came back for it: in their order, or of its class."""
    if shape is Shape.CLASSES:
        found = {(one.image, one.label): one for one in after.objects}
        return [(one, found.get((one.image, one.label or "object"))) for one in before.objects]
    if len(before.objects) == len(after.objects):
        return list(zip(before.objects, after.objects))
    left = list(after.objects)
    matched: list[tuple[AnnotatedObject, AnnotatedObject | None]] = []
    for one in before.objects:
        best = max(left, key=lambda other: regions.iou(one.rle, other.rle), default=None)
        same = best is not None and regions.iou(one.rle, best.rle) > 0 and len(left) > 0
        matched.append((one, best if same else None))
        if same and best is not None:
            left.remove(best)
    return matched


def test_names_are_unique_and_there_are_those_of_the_list():
    names = [one.name for one in list_formats()]
    assert len(names) == len(set(names))
    wanted = "coco coco-polygons coco-panoptic sa-1b yolo yolo-boxes labelme labelme-polygons voc cvat cvat-polygons"
    wanted += " label-studio label-studio-polygons png-masks png-instances png-classes svg geojson psd openraster"
    assert set(wanted.split()) | {"cutouts", "numpy", "csv"} <= set(names)


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("format", BACK, ids=lambda one: one.name)
def test_what_comes_back_is_what_the_loss_says(format, scene):
    before = SCENES[scene]()
    stated = loss(before, format)
    after = round_trip(before, format)
    assert not after.problems or (stated.lost and format.shape is Shape.LABELS)
    assert {(one.name, one.size_hw) for one in after.images} == {(one.name, one.size_hw) for one in before.images}
    matched = pairs(before, after, format.shape)
    assert sum(back is None for _, back in matched) == stated.lost
    least = min((regions.iou(one.rle, back.rle) for one, back in matched if back), default=1.0)
    assert least == pytest.approx(stated.least_iou, abs=1e-12)
    if format.shape in EXACT_SHAPES:
        assert stated.least_iou == 1
        assert stated.lost == 0
    for one, back in matched:
        if back is None:
            continue
        label = one.label or ("object" if format.classed else "")
        assert back.image == one.image
        assert back.label == (label if "class" in format.holds else "")
        for what in ("name", "score", "prompts", "provenance"):
            if what in format.holds:
                assert getattr(back, what) == getattr(one, what)
    assert ("class" in stated.fields) == (any(one.label for one in before.objects) and "class" not in format.holds)
    for what in ("color", "key"):
        if what in format.holds:
            used = {one.label for one in before.objects}
            held = {one.name: getattr(one, what) for one in after.classes}
            assert all(held[one.name] == getattr(one, what) for one in before.classes if one.name in used)


@pytest.mark.parametrize("tolerance", [1, 3])
@pytest.mark.parametrize("format", [one for one in BACK if one.shape in EXACT_SHAPES[1:]], ids=lambda one: one.name)
def test_simpler_outlines_lose_what_was_stated(format, tolerance):
    before, options = apart(), Options(tolerance=tolerance)
    exact, stated = loss(before, format), loss(before, format, options)
    after = round_trip(before, format, options)
    assert len(after.objects) == len(before.objects)
    least = min(regions.iou(a.rle, b.rle) for a, b in zip(before.objects, after.objects))
    assert least == pytest.approx(stated.least_iou, abs=1e-12)
    assert stated.least_iou < 1
    assert stated.vertices < exact.vertices
    assert stated.holes_bridged == (0 if format.shape is Shape.HOLES else 1)
    assert stated.parts_joined == (3 if format.shape is Shape.SINGLE else 0)


@pytest.mark.parametrize("format", BACK, ids=lambda one: one.name)
def test_formats_are_recognised_by_looking(format, tmp_path):
    before = apart()
    write(before, tmp_path / "out", format, Options(photos=True))
    write(before, tmp_path / "out.zip", format, Options(photos=True))
    for place in (tmp_path / "out", tmp_path / "out.zip"):
        found = recognise(Files.open(place))
        assert found.read is format.read
        assert len(read(place).objects) == len(round_trip(before, format).objects)


def test_one_file_can_be_named(tmp_path):
    write(apart(), tmp_path / "objects.json", "coco")
    assert len(read(tmp_path / "objects.json").objects) == 6
    assert [path.name for path in tmp_path.iterdir()] == ["objects.json"]


def test_plugins_formats_come_first_and_by_name(tmp_path):
    own = dataclasses.replace(find_format("svg"), name="own", looks=lambda files: True)
    (tmp_path / "x.svg").write_text("<svg/>")
    assert recognise(Files.open(tmp_path), [own]) is own
    assert find_format("own", [own]) is own


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda folder: find_format("cocos"), "Did you mean coco"),
        (lambda folder: read(folder), "none of the formats"),
        (lambda folder: read(folder / "nothing.json"), "is not there"),
        (lambda folder: read(folder, "csv"), "written only"),
    ],
)
def test_what_cannot_be_is_said(call, said, tmp_path):
    with pytest.raises(FormatError, match=said):
        call(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["coco", "coco-polygons", "sa-1b", "labelme", "cvat", "label-studio-polygons", "svg", "geojson"]
)
def test_a_photo_of_twenty_megapixels(name):
    size = (4000, 5000)
    rings = [
        regions.read_ring([[10, 10], [4990, 20], [2500, 3990]]),
        regions.read_ring([[900, 90], [950, 90], [920, 300]]),
    ]
    one = AnnotatedObject("large.jpg", regions.fill(rings, size), "dog")
    before = Annotations((AnnotatedImage("large.jpg", size),), (one,))
    format = find_format(name)
    files = dict(write(before, None, format).files)
    assert format.read is not None
    (back,) = format.read(Files.of(files)).objects
    assert back.rle == one.rle
