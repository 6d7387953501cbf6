"""Objects as tasks: which, how large, and what is left out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image as PillowImage

from sam.evaluation.cases import Case, cases
from sam.evaluation.dataset import find_sets

from .conftest import annotation, make_case, square

PIXELS = np.random.default_rng(0).integers(0, 255, (30, 50, 3)).astype(np.uint8)


def wide(x0: int, y0: int, x1: int, y1: int) -> np.ndarray:
    mask = np.zeros((30, 50), bool)
    mask[y0:y1, x0:x1] = True
    return mask


def run(folder: Any, per_photo: int = 8, min_area: float = 0, **options: Any) -> tuple[list[Case], list[str]]:
    """(cases, why others were left out) of all photos."""
    left_out: list[str] = []
    found = [
        case
        for photo in find_sets(folder)[0].photos
        for case in cases(photo, per_photo, min_area, leave_out=lambda _, why: left_out.append(why), **options)
    ]
    return found, left_out


@pytest.mark.parametrize(
    ("mask", "click", "box"),
    [
        (wide(10, 5, 21, 16), (15.5, 10.5), (10, 5, 21, 16)),
        (wide(49, 29, 50, 30), (49.5, 29.5), (49, 29, 50, 30)),  # one pixel, in the corner
        (wide(0, 0, 50, 30), (14.5, 14.5), (0, 0, 50, 30)),  # all of the image
    ],
)
def test_prompts_come_from_the_mask(write_coco, mask, click, box):
    (case,), left_out = run(write_coco({"a.png": PIXELS}, [annotation(mask)], classes={1: "cat"}))
    assert left_out == []
    np.testing.assert_array_equal(case.mask, mask)
    np.testing.assert_array_equal(case.image, PIXELS)
    assert (tuple(case.click), tuple(case.box)) == (click, box)
    assert (case.photo, case.number, case.label, case.area) == ("coco/a.png", 1, "cat", mask.sum())


def test_objects_are_spread_over_the_file_and_large_enough(write_coco):
    masks = [wide(n, 0, n + 3 + n % 2, 3) for n in range(20)]
    folder = write_coco({"a.png": PIXELS}, [annotation(mask) for mask in masks])
    assert [case.number for case in run(folder)[0]] == [1, 3, 6, 9, 11, 14, 17, 20]
    assert [case.number for case in run(folder, 3, 10)[0]] == [2, 10, 20]
    assert run(folder, 8, 1000) == ([], [])


def test_groups_come_from_a_field(write_coco):
    rows = [annotation(wide(0, 0, 9, 9), colour="red"), annotation(wide(0, 0, 9, 9))]
    found, _ = run(write_coco({"a.png": PIXELS}, rows), group_by="colour")
    assert [case.group for case in found] == ["red", None]


def test_what_cannot_be_used_is_left_out_and_told(write_coco):
    rows = [
        annotation(square(1, 1, 9, 9)),  # 40 x 40, the image is 50 x 30
        annotation(wide(0, 0, 0, 0)),
        annotation(wide(0, 0, 5, 5), segmentation={"size": [30, 50], "counts": "!"}),
        annotation(wide(0, 0, 5, 5), segmentation=None, area=None),
        annotation(wide(2, 2, 9, 9)),
        annotation(wide(2, 2, 9, 9), 2),
        annotation(wide(2, 2, 9, 9), 3),
    ]
    folder = write_coco({"a.png": PIXELS, "missing.png": PIXELS, "broken.png": PIXELS}, rows)
    (folder / "images" / "missing.png").unlink()
    (folder / "images" / "broken.png").write_bytes(b"no picture")
    found, left_out = run(folder)
    assert [case.number for case in found] == [5]
    reasons = [why.partition(":")[0] for why in left_out]
    assert sorted(reasons) == [
        "image not readable",
        "image not readable",
        "mask and image differ in size",
        "mask not readable",
        "mask not readable",
        "mask without a pixel",
    ]
    assert "mask and image differ in size: 40 x 40 and 50 x 30" in left_out
    assert any("There is no file missing.png" in why for why in left_out)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_masks_drawn_on_the_stored_pixels_of_a_turned_photo(write_coco, orientation):
    exif = PillowImage.Exif()
    exif[0x0112] = orientation
    mask = wide(5, 2, 20, 9)
    (case,), left_out = run(write_coco({"a.png": PIXELS}, [annotation(mask)], exif=exif))
    assert left_out == []
    np.testing.assert_array_equal(case.mask, mask)
    # Turned by half or mirrored, a photo keeps its size: then the mask is taken to lie on the photo as it is shown.
    shown = {2: PIXELS[:, ::-1], 3: PIXELS[::-1, ::-1], 4: PIXELS[::-1]}
    np.testing.assert_array_equal(case.image, shown.get(orientation, PIXELS))


@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
def test_masks_drawn_on_a_turned_photo_as_it_is_shown(write_coco, orientation):
    exif = PillowImage.Exif()
    exif[0x0112] = orientation
    mask = wide(5, 2, 20, 9).T
    folder = write_coco({"a.png": PIXELS}, [annotation(mask)], exif=exif)
    (case,), _ = run(folder)
    np.testing.assert_array_equal(case.mask, mask)
    assert case.image.shape == (50, 30, 3)
    assert sorted(case.image.ravel()) == sorted(PIXELS.ravel())


def test_jitter_is_sams_noise():
    case = make_case(square(30, 30, 170, 170, 200), photo="a", number=1)
    boxes = np.array([case.jittered_box(seed) for seed in range(400)])
    moved = boxes - case.box
    assert np.abs(moved).max() <= 20
    assert 10 < moved.std() < 14, "10% of 140, cut at 20"
    assert (np.abs(moved) == 20).any()
    np.testing.assert_array_equal(case.jittered_box(3), boxes[3])


def test_jitter_is_an_objects_own():
    mask = square(10, 10, 30, 30)
    boxes = [make_case(mask, photo=photo, number=n).jittered_box(0) for photo in "ab" for n in range(2)]
    assert len({tuple(box) for box in boxes}) == 4


@pytest.mark.parametrize("mask", [square(0, 0, 1, 1), square(39, 39, 40, 40), square(0, 0, 40, 40)])
def test_jittered_boxes_stay_in_the_image_and_have_an_area(mask):
    case = make_case(mask)
    for seed in range(50):
        x0, y0, x1, y1 = case.jittered_box(seed)
        assert 0 <= x0 < x1 <= 40
        assert 0 <= y0 < y1 <= 40
        assert min(x1 - x0, y1 - y0) > 0.999
