"""The sentences of a loss; that it is the one measured, test_registry.py shows for every format."""

from __future__ import annotations

import pytest

from sam.formats import Loss, Options, loss
from sam.formats._core.format import Shape
from sam.formats._core.loss import drawn, filled, painted
from sam.formats._core.regions import iou

from ..scenes import apart, overlapping, unclassed

COVERED = "2 objects partly covered by others: each pixel keeps one."


@pytest.mark.parametrize(
    ("scene", "format", "said"),
    [
        (apart, "coco", ["Nothing is lost."]),
        (apart, "csv", ["Objects can't be read back from this."]),
        (unclassed, "yolo-boxes", ["1 object without a class: saved as “object”."]),
        (
            overlapping,
            "voc",
            ["1 object can't be written.", COVERED],
        ),
        (overlapping, "png-classes", ["4 objects become one with others of their class."]),
        (apart, "labelme", ["Not kept: scores, prompts, provenance, colours, keys."]),
    ],
)
def test_sentences(scene, format, said):
    lines = loss(scene(), format).sentences()
    assert all(line in lines for line in said)
    assert loss(scene(), format).nothing == (lines == ["Nothing is lost."])


def test_overlap_is_rounded_down():
    assert Loss(1, least_iou=0.99999).sentences() == ["Lowest overlap with the mask (IoU): 0.999."]


def test_outlines_that_would_vanish_are_drawn_exactly():
    pixel = apart().objects[2]
    groups = drawn(pixel, Shape.HOLES, 5)
    assert iou(filled(groups, pixel), pixel.rle) == 1
    assert loss(apart(), "svg", Options(tolerance=100)).lost == 0


def test_small_objects_lie_above_large_ones():
    labels, objects = painted(overlapping(), "photo.png")
    assert [len(objects), labels[0, 0], labels[20, 32]] == [4, 1, 3]
