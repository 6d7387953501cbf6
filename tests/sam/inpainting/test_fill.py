"""Erasing: what lies outside the soft edge is identical, and what cannot be filled is explained."""

from __future__ import annotations

import numpy as np
import pytest
from skimage import data

from sam import PromptError
from sam.inpainting import fill
from sam.inpainting.fill import check_hole, inpaint
from sam.masks import dilate


@pytest.fixture(scope="module")
def image():
    return data.coffee()[:200, :260].copy()


def block(size_hw: tuple[int, int], *boxes: tuple[int, int, int, int]) -> np.ndarray:
    mask = np.zeros(size_hw, bool)
    for x0, y0, x1, y1 in boxes:
        mask[y0:y1, x0:x1] = True
    return mask


@pytest.mark.parametrize("engine", ["auto", "patches", "blend", "telea", "navier-stokes"])
@pytest.mark.parametrize(("grow", "soften"), [(0, 0), (3, 5)])
def test_pixels_outside_the_soft_edge_are_identical(image, engine, grow, soften):
    before = image.copy()
    mask = block(image.shape[:2], (30, 40, 60, 70))
    result = inpaint(image, mask, engine=engine, grow=grow, soften=soften)
    outside = ~dilate(dilate(mask, grow), soften)
    assert (result[outside] == image[outside]).all()
    assert (result[mask] != image[mask]).any()
    assert result.dtype == np.uint8
    assert (image == before).all()


def test_the_object_leaves_no_trace_in_the_hole(image):
    marked = image.copy()
    mask = block(image.shape[:2], (100, 60, 130, 90))
    marked[mask] = (0, 255, 0)
    result = inpaint(marked, mask, grow=2, soften=3).astype(int)
    green = (result[..., 1] - result[..., 0] > 150) & (result[..., 2] < 60)
    assert not green.any()


def test_far_holes_are_filled_each_on_its_own(image):
    one, two = (20, 20, 30, 30), (220, 160, 240, 180)
    hole = block(image.shape[:2], one, two)
    assert len(fill._windows(hole)) == 2
    together = inpaint(image, hole, grow=0, soften=0)
    alone = inpaint(image, block(image.shape[:2], one), grow=0, soften=0)
    assert (together[20:30, 20:30] == alone[20:30, 20:30]).all()


def test_only_pieces_around_the_holes_are_filled_and_only_their_pixels_come_back(image, monkeypatch):
    """On a lent GPU they are what is sent there and back."""
    seen: list[tuple[tuple[int, ...], int, int]] = []

    def fill_parts(parts, options, *, progress=None):
        found = real(parts, options, progress=progress)
        seen.extend((part.shape[:2], len(colors), int(hole.sum())) for (part, hole), colors in zip(parts, found))
        return found

    real = fill.fill_parts
    monkeypatch.setattr(fill, "fill_parts", fill_parts)
    mask = block(image.shape[:2], (20, 20, 30, 30))
    inpaint(image, mask, grow=0, soften=0)
    (((height, width), colors, pixels),) = seen
    assert colors == pixels == 100
    assert height * width < image[..., 0].size / 2


@pytest.mark.slow
def test_the_blend_has_half_of_the_texture(image):
    mask = block(image.shape[:2], (100, 60, 130, 90))
    patches, blend = (inpaint(image, mask, engine=name, grow=0, soften=0).astype(int) for name in ("patches", "blend"))
    rough = [np.abs(np.diff(filled[mask].reshape(30, 30, 3), axis=1)).mean() for filled in (patches, blend)]
    assert 0.3 < rough[1] / rough[0] < 0.8


def test_the_default_is_sure_at_the_rim_and_has_texture_inside():
    """At the rim its error is smaller than that of patches; in the middle it is rougher than a smooth filling."""
    picture = data.gravel()[100:300, 100:300]
    picture = np.repeat(picture[..., None], 3, axis=2)
    mask = block((200, 200), (60, 60, 140, 140))
    holed = np.where(mask[..., None], 0, picture).astype(np.uint8)
    names = ("auto", "patches", "telea")
    fills = {name: inpaint(holed, mask, engine=name, grow=0, soften=0).astype(int) for name in names}
    rim = mask & ~block((200, 200), (64, 64, 136, 136))
    error = {name: np.square(filled[rim] - picture[rim]).mean() for name, filled in fills.items()}
    assert error["auto"] < 0.9 * error["patches"]
    rough = {name: np.abs(np.diff(filled[85:115, 85:115], axis=1)).mean() for name, filled in fills.items()}
    assert 2 * rough["telea"] < rough["auto"] < rough["patches"]


@pytest.mark.parametrize("engine", ["auto", "patches", "blend"])
def test_a_hole_beyond_the_limit_is_filled_on_a_coarser_grid(image, monkeypatch, engine):
    monkeypatch.setattr(fill, "MAX_HOLE", 400)
    mask = block(image.shape[:2], (100, 60, 150, 110))
    result = inpaint(image, mask, engine=engine, grow=0, soften=0)
    assert (result[~mask] == image[~mask]).all()
    assert (result[mask] != image[mask]).any()


def test_a_large_hole_has_detail_as_fine_as_the_picture(monkeypatch):
    picture = np.repeat(data.gravel()[100:300, 100:300, None], 3, axis=2)
    mask = block((200, 200), (60, 60, 140, 140))
    monkeypatch.setattr(fill, "MAX_HOLE", 900)
    result = inpaint(picture, mask, engine="patches", grow=0, soften=0).astype(int)
    rough, native = (np.abs(np.diff(one[70:130, 70:130], axis=1)).mean() for one in (result, picture.astype(int)))
    assert 0.6 * native < rough < 1.4 * native


@pytest.mark.parametrize("shape", [(1, 2), (1, 40), (2, 2), (5, 5), (9, 9)])
def test_tiny_pictures_get_an_answer(shape):
    picture = np.full((*shape, 3), 80, np.uint8)
    picture[0, 0] = 250
    mask = np.zeros(shape, bool)
    mask[0, 0] = True
    result = inpaint(picture, mask, grow=0, soften=0)
    assert (result[~mask] == picture[~mask]).all()
    assert (result[0, 0] < 200).all()


def test_a_mask_of_one_pixel_is_healed(image):
    picture = image.copy()
    picture[50, 50] = (0, 255, 0)
    mask = np.zeros(image.shape[:2], bool)
    mask[50, 50] = True
    assert inpaint(picture, mask, grow=0, soften=0)[50, 50, 1] < 200


@pytest.mark.parametrize(
    ("mask", "options", "words"),
    [
        (np.zeros((200, 260), bool), {}, "There is nothing to erase"),
        (np.ones((200, 260), bool), {}, "covers 100% of the picture, too much"),
        (block((200, 260), (0, 0, 200, 200)), {}, "too much to fill it from the rest"),
        (np.ones((3, 3), bool), {}, r"size of the image, \(200, 260\), got \(3, 3\)"),
        (block((200, 260), (0, 0, 9, 9)), {"grow": -1}, "grow: expected 0 to 200"),
        (block((200, 260), (0, 0, 9, 9)), {"soften": 999}, "soften: expected 0 to 200"),
        (block((200, 260), (0, 0, 9, 9)), {"engine": "magic"}, "engine: expected .auto., .patches."),
    ],
)
def test_what_cannot_be_erased_is_explained(image, mask, options, words):
    with pytest.raises(PromptError, match=words):
        inpaint(image, mask, **options)


def test_the_hole_is_the_mask_grown(image):
    mask = block(image.shape[:2], (50, 50, 60, 60))
    assert (check_hole(image, mask, 5) == dilate(mask, 5)).all()
    assert (check_hole(image, mask) == mask).all()
