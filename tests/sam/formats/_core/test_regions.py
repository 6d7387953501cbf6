"""Regions as run lengths and outlines, against masks."""

from __future__ import annotations

import numpy as np
import pytest
from pycocotools import mask as coco
from skimage.draw import polygon2mask

from sam import PromptError, rle
from sam.formats._core import regions

SEEDS = range(40)


def noise(seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    mask = random.random(random.integers(1, 20, 2)) < random.random()
    mask.flat[random.integers(mask.size)] = True
    return mask


@pytest.mark.parametrize("seed", SEEDS)
def test_every_form_is_the_mask_again(seed):
    mask = noise(seed)
    held, size = rle.encode(mask), mask.shape
    crop, left, top = regions.crop_of(held)
    x0, y0, x1, y1 = regions.box_of(regions.runs_of(held), size[0])
    assert (left, top, *crop.shape) == (x0, y0, y1 - y0, x1 - x0)
    assert (crop == mask[y0:y1, x0:x1]).all()
    assert crop[:, [0, -1]].any(axis=0).all()
    assert crop[[0, -1]].any(axis=1).all()
    assert regions.place(crop, left, top, size) == held
    polygons = regions.outlines(held)
    rings = [ring for one in polygons for ring in (one.exterior, *one.holes)]
    assert regions.fill(rings, size) == held
    assert regions.fill([regions.joined(rings)], size) == held
    # pycocotools draws each part with its holes' seams to the same pixels.
    flat = [regions.joined([one.exterior, *one.holes]).reshape(-1).tolist() for one in polygons]
    assert (coco.decode(coco.merge(coco.frPyObjects(flat, *size))).astype(bool) == mask).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_any_polygon_is_filled_at_pixel_centres(seed):
    random = np.random.default_rng(seed)
    ring = random.random((random.integers(3, 9), 2)) * 30 - 5
    mask = rle.decode(regions.fill([ring], (17, 23)))
    # skimage asks at whole numbers (row, column), so that centres are moved there.
    assert (mask == polygon2mask((17, 23), ring[:, ::-1] - 0.5)).all()


def test_what_lies_outside_is_cut_off():
    mask = np.ones((4, 4), bool)
    assert rle.decode(regions.place(mask, -2, 3, (5, 6))).nonzero()[0].tolist() == [3, 3, 4, 4]
    assert rle.area(regions.place(mask, 9, 9, (5, 6))) == 0
    assert rle.area(regions.rectangle((-9, -9, 99, 99), (5, 6))) == 30


def test_union_of_none_is_empty():
    assert rle.area(regions.union([], (5, 6))) == 0
    halves = [regions.rectangle((0, 0, 3, 5), (5, 6)), regions.rectangle((2, 0, 6, 5), (5, 6))]
    assert rle.area(regions.union(halves, (5, 6))) == 30


def test_a_region_of_a_large_photo_takes_its_box_only():
    held = regions.rectangle((5990, 3990, 6000, 4000), (4000, 6000))
    crop, left, top = regions.crop_of(held)
    assert (crop.shape, left, top, crop.all()) == ((10, 10), 5990, 3990, True)


@pytest.mark.parametrize(
    "values",
    [[], [1, 2], [[1, 2], [3, 4]], [1, 2, 3, 4, 5], "abc", [[1, 2, 3]] * 3, [np.nan] * 6, [1e9] * 6, [[[1, 2]]]],
)
def test_rings_that_are_none_are_refused(values):
    with pytest.raises(PromptError):
        regions.read_ring(values)


def test_closed_rings_are_opened():
    assert len(regions.read_ring([[0, 0], [1, 0], [1, 1], [0, 0]])) == 3
