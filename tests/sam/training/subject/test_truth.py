"""The rules that say what a photo is of: on drawn layouts, each with an answer that nobody would dispute."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from sam import rle
from sam.training.coco import Photo, read_folder
from sam.training.subject.truth import all_of_them, assembled, category_names, dominant, main_subject, whole

from ...subjects import draw_folder, scene

SIZE = (100, 150)


def box(x0: int, y0: int, x1: int, y1: int) -> np.ndarray:
    mask = np.zeros(SIZE, bool)
    mask[y0:y1, x0:x1] = True
    return mask


MIDDLE, BESIDE, TOUCHING, FAR = box(50, 25, 100, 80), box(115, 30, 145, 70), box(100, 40, 110, 55), box(2, 2, 12, 10)
GRID = [box(x, y, x + 18, y + 18) for x in (5, 35, 65, 95, 125) for y in (10, 60)]


@pytest.mark.parametrize(
    ("masks", "names", "subject"),
    [
        ([MIDDLE], ["dog"], [0]),
        ([MIDDLE, FAR], ["dog", "dog"], [0]),
        ([MIDDLE, TOUCHING], ["dog", "dog"], [0, 1]),
        ([MIDDLE, TOUCHING], ["dog", "cup"], [0]),
        ([MIDDLE, TOUCHING], ["person", "cup"], [0, 1]),
        ([TOUCHING, MIDDLE], ["person", "horse"], [0, 1]),
        ([MIDDLE, box(20, 60, 130, 100)], ["cake", "dining table"], [0]),
    ],
)
def test_the_subject_is_the_large_thing_with_what_belongs_to_it(masks, names, subject):
    truth = dominant(masks, names)
    assert truth is not None
    assert truth.present
    assert (truth.mask == np.any([masks[i] for i in subject], axis=0)).all()
    assert truth.known.all()


@pytest.mark.parametrize(
    ("masks", "names"),
    [
        ([MIDDLE, BESIDE], ["dog", "cat"]),
        ([box(0, 0, 30, 30)], ["dog"]),  # in a corner
        ([box(0, 0, 150, 90)], ["dog"]),  # all of the picture
        ([box(70, 45, 80, 55)], ["dog"]),  # too small to be sure
        ([MIDDLE, box(0, 20, 150, 100)], ["cake", "dining table"]),
        ([box(0, 40, 150, 100)], ["dining table"]),
    ],
)
def test_where_people_would_disagree_nothing_is_said(masks, names):
    assert dominant(masks, names) is None


def test_a_crowd_of_equals_and_tiny_things_have_no_subject():
    names = [f"thing {i}" for i in range(len(GRID))]
    specks = [box(x, 40, x + 8, 48) for x in (10, 50, 90, 130)]
    for masks in (GRID, specks):
        truth = dominant(masks, names)
        assert truth is not None
        assert not truth.present
        assert truth.known.all()


def test_all_that_is_worn_and_held_is_the_person():
    truth = whole([MIDDLE, TOUCHING, FAR], ["coat", "bag", "shoes"])
    assert truth is not None
    assert (truth.mask == MIDDLE | TOUCHING | FAR).all()
    assert whole([FAR], ["coat"]) is None


def test_all_animals_count_once_one_is_large():
    truth = all_of_them([MIDDLE, FAR], ["deer", "deer"])
    assert truth is not None
    assert (truth.mask == MIDDLE | FAR).all()
    assert all_of_them([box(i, 10, i + 15, 30) for i in (5, 40, 80, 120)], ["deer"] * 4) is None


def test_gaps_between_parts_are_filled_or_unknown():
    wheels = [box(30, 70, 45, 85), box(105, 70, 120, 85)]
    doors = [box(50, 40, 74, 75), box(75, 40, 100, 75)]
    truth = assembled([*wheels, *doors], ["wheel"] * 2 + ["door"] * 2)
    assert truth is not None
    assert truth.mask[50, 74], "the slit between the doors"
    assert not truth.mask[60, 40]
    assert not truth.known[60, 42], "the wing over the wheel"
    assert truth.known[:30].all()
    assert truth.known[95:].all()
    assert truth.known[truth.mask].all()
    assert not truth.known[38, 75], "the roof"


@pytest.mark.parametrize(
    ("folder", "expected"),
    [("facades", False), ("camvid", False), ("bsds500", None), ("animals", True), ("clothing", True), ("other", True)],
)
def test_each_folder_has_its_rule(folder, expected):
    annotation = {"segmentation": dict(rle.encode(MIDDLE)), "category_id": 3, "area": int(MIDDLE.sum())}
    truth = main_subject(Photo(folder, Path("a.png"), SIZE, (annotation,)), {3: "dog"})
    assert (None if truth is None else truth.present) == expected


def test_a_photo_that_nobody_annotated_says_nothing():
    assert main_subject(Photo("other", Path("a.png"), SIZE, ()), {}) is None


def test_drawn_scenes_have_their_large_shape_as_subject(tmp_path):
    draw_folder(tmp_path / "shapes", 4)
    names = category_names(tmp_path / "shapes")
    assert names == {1: "ball", 2: "dot"}
    for number, photo in enumerate(read_folder(tmp_path / "shapes")):
        truth = main_subject(photo, names)
        assert truth is not None
        assert (truth.mask == scene(number)[1][0]).all()
    assert category_names(tmp_path) == {}


def test_a_roof_does_not_come_back_at_the_pictures_top():
    parts = [box(30, 0, 60, 60), box(90, 0, 120, 60)]
    truth = assembled(parts, ["door"] * 2)
    assert truth is not None
    assert truth.known[-20:].all(), "what rises above the picture must not appear below"
    assert cv2.countNonZero(truth.mask.astype(np.uint8)) >= 2 * 30 * 60
