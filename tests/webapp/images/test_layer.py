"""A picture laid over the photo."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from sam import ImageError, Masks, PromptError
from webapp.images.layer import lay_over, place_layer
from webapp.workspace.workspace import SupersededError


def png(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def cutout() -> np.ndarray:
    """(10, 20, 4): green to the left, wholly transparent red to the right."""
    pixels = np.zeros((10, 20, 4), np.uint8)
    pixels[:, :10] = (0, 200, 0, 255)
    pixels[:, 10:] = (255, 0, 0, 0)
    return pixels


def test_at_its_own_size_it_is_there_pixel_by_pixel(image, cutout) -> None:
    made = lay_over(image, png(cutout), (30, 20, 50, 30))
    assert (made[20:30, 30:40] == (0, 200, 0)).all()
    rest = np.ones(image.shape[:2], bool)
    rest[20:30, 30:41] = False
    assert (made[rest] == image[rest]).all()
    assert not np.shares_memory(made, image)


@pytest.mark.parametrize("box", [(-5, -5, 15, 5), (70, 55, 90, 65), (-100, -100, 180, 160)])
def test_what_is_outside_is_cut_off(image, cutout, box) -> None:
    made = lay_over(image, png(cutout), box)
    assert made.shape == image.shape
    assert (made != image).any()


@pytest.mark.parametrize("side", [4, 9, 40])
def test_scaled_no_colour_bleeds_out_of_what_is_transparent(image, cutout, side) -> None:
    white = np.full_like(image, 255)
    made = lay_over(white, png(cutout), (10, 10, 10 + 2 * side, 10 + side))
    assert (made[..., 0] <= made[..., 1].astype(int) + 1).all()
    middle = 10 + side // 2
    assert (made[middle, 11] == (0, 200, 0)).all()


def test_beside_the_photo_there_is_nothing_to_do(image, cutout) -> None:
    assert lay_over(image, png(cutout), (200, 0, 220, 10)) is image


@pytest.mark.parametrize("box", [(0, 0, 0.5, 9), (9, 9, 0, 0), (0, 0, 1e5, 9)])
def test_a_box_that_is_none_is_refused(image, cutout, box) -> None:
    with pytest.raises(PromptError):
        lay_over(image, png(cutout), box)


def test_it_is_one_step_that_keeps_the_objects(workspace, image, cutout) -> None:
    mask = np.zeros((1, *image.shape[:2]), bool)
    mask[0, 5:9, 5:9] = True
    (one,) = workspace.add(workspace.picture, Masks(mask), "test")
    before = workspace.picture
    place_layer(workspace, before.id, png(cutout), ["30", "20", "50", "30"])
    assert (workspace.picture.image[25, 35] == (0, 200, 0)).all()
    assert [item.id for item in workspace.objects()] == [one]
    workspace.restore(before.id)
    assert (workspace.picture.image == image).all()


def test_other_requests_are_refused(workspace, cutout) -> None:
    here = workspace.picture.id
    for box in (["1"], ["a", "1", "2", "3"], ["nan", "0", "9", "9"], ["200", "0", "220", "10"]):
        with pytest.raises(PromptError):
            place_layer(workspace, here, png(cutout), box)
    with pytest.raises(ImageError):
        place_layer(workspace, here, b"no picture", ["0", "0", "9", "9"])
    with pytest.raises(SupersededError):
        place_layer(workspace, "another", png(cutout), ["0", "0", "9", "9"])
