"""A photo's transparency: on white for models, kept for the page and for files."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from PIL import Image as Pil

from sam import Masks
from webapp.images.encode import png
from webapp.images.export import make_picture, make_pixels
from webapp.workspace.revisions import revise
from webapp.workspace.segment import open_image
from webapp.workspace.snapshot import bring_back, take_snapshot


@pytest.fixture
def glass() -> np.ndarray:
    """(H, W, 4): opaque to the left, half of it in the middle, nothing to the right."""
    pixels = np.random.default_rng(0).integers(0, 256, (40, 60, 4), dtype=np.uint8)
    pixels[:, :20, 3], pixels[:, 20:40, 3], pixels[:, 40:, 3] = 255, 128, 0
    return pixels


@pytest.fixture
def opened(workspaces, glass):
    one = workspaces.open("nano")
    open_image(one, png(glass), "glass.png")
    return one


def rgba(data: bytes) -> np.ndarray:
    return np.array(Pil.open(io.BytesIO(data)).convert("RGBA"))


def test_models_see_it_on_white_and_files_keep_it(opened, glass):
    picture = opened.current()
    assert picture.image.shape == (40, 60, 3)
    assert (picture.image[:, 40:] == 255).all()
    saved = rgba(make_picture(picture, [], "photo", "png"))
    np.testing.assert_array_equal(saved[..., 3], glass[..., 3])
    np.testing.assert_array_equal(saved[:, :20], glass[:, :20])
    assert np.abs(saved[:, 20:40, :3].astype(int) - glass[:, 20:40, :3]).max() <= 2, "white is taken out again"
    np.testing.assert_array_equal(make_pixels(picture, [], "photo"), picture.pixels)


@pytest.mark.parametrize("edge", [0, 3])
def test_a_cut_out_is_no_more_opaque_than_the_photo(opened, glass, edge):
    picture = opened.current()
    opened.add(picture, Masks(np.ones((1, 40, 60), bool), np.ones(1, np.float32)), "clicks")
    cut = make_pixels(picture, opened.objects(), "cutout", edge)
    assert (cut[..., 3] <= glass[..., 3]).all()
    np.testing.assert_array_equal(cut[5:-5, 5:-5, 3], glass[5:-5, 5:-5, 3])
    np.testing.assert_array_equal(rgba(make_picture(picture, opened.objects(), "cutout", "png"))[..., 3], glass[..., 3])


def test_an_opaque_photo_is_as_before(workspaces, glass):
    one = workspaces.open("nano")
    glass[..., 3] = 255
    open_image(one, png(glass), "opaque.png")
    assert one.current().alpha is None
    assert one.current().pixels is one.current().image


def test_a_tools_change_keeps_it_and_so_does_the_browsers_copy(workspaces, opened, glass):
    changed = opened.current().image.copy()
    changed[:9] = 7
    revise(opened, opened.current(), changed)
    picture = opened.current()
    np.testing.assert_array_equal(picture.pixels[..., 3], glass[..., 3])
    ids = [one.id for one in opened.pictures]
    other = workspaces.open("nano")
    for row in json.loads(json.dumps(take_snapshot(opened, ids, ())))["pictures"]:
        assert row["alpha"]
        parts = (png(picture.image), b"", True, png(picture.alpha)) if row["revised"] else (b"", png(glass), False)
        bring_back(other, {**row, "masks": {}}, *parts)
    for new, old in zip(other.pictures, opened.pictures, strict=True):
        np.testing.assert_array_equal(new.pixels, old.pixels)
        np.testing.assert_array_equal(new.image, old.image)
