"""Files made of a photo whose colours are not sRGB's are in its own, and as they were where nothing was changed."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image as Pil
from PIL import ImageCms
from skimage import data

from plugins import PluginError
from sam import Masks, SamError, read_image
from sam.compositing.framing import Window, crop_to
from sam.io.color_profiles import read_original
from tests.present import present
from tests.sam.pictures import display_p3, encode
from webapp.images.download import cut_out, keep_file, picture_file
from webapp.images.export import make_picture
from webapp.workspace.registry import Workspaces
from webapp.workspace.revisions import revise
from webapp.workspace.segment import open_image


@pytest.fixture(scope="module")
def stored() -> np.ndarray:
    """A photo beside the strongest red of Display P3, which sRGB does not have."""
    wall = np.array([250, 5, 5]) + np.random.default_rng(0).integers(-5, 6, (60, 20, 3))
    return np.hstack([data.coffee()[150:210, 250:310], wall.clip(0, 255)]).astype(np.uint8)


@pytest.fixture(scope="module")
def file(stored) -> bytes:
    return encode(Pil.fromarray(stored), icc_profile=display_p3())


@pytest.fixture
def workspace(file):
    workspaces = Workspaces()
    workspace = workspaces.open("nano")
    open_image(workspace, file, "wide.png")
    mask = np.zeros((60, 80), bool)
    mask[5:40, 20:75] = True
    workspace.add(workspace.picture, Masks(mask), "test", ["thing"])
    yield workspace
    workspaces.close_all()


def read(saved: bytes) -> tuple[np.ndarray, bytes]:
    with Pil.open(io.BytesIO(saved)) as picture:
        return np.asarray(picture), picture.info["icc_profile"]


def test_cut_out_hides_what_is_outside():
    image = np.random.default_rng(0).integers(1, 256, (60, 80, 3), dtype=np.uint8)
    mask = np.zeros((60, 80), bool)
    mask[10:20, 30:50] = True
    rgba = cut_out(image, mask)
    assert rgba.dtype == np.uint8
    np.testing.assert_array_equal(rgba[..., 3], mask * 255)
    np.testing.assert_array_equal(rgba[mask][:, :3], image[mask])
    assert not rgba[~mask].any()


def test_a_cut_out_has_the_photos_own_pixels(workspace, stored, file):
    pixels, icc = read(make_picture(workspace.picture, workspace.objects(), "cutout", "png"))
    assert icc == present(read_original(file)).icc
    inside = pixels[..., 3] > 0
    assert inside.sum() == 35 * 55
    assert (pixels[inside][:, :3] == stored[inside]).all()
    assert not pixels[~inside].any()


def test_a_changed_photo_keeps_what_was_not_changed(workspace, stored, file):
    assert not workspace.to_json()["picture"]["revised"]
    changed = workspace.picture.image.copy()
    changed[:30, :30] = 128
    # Twice, for the second one is made of the first.
    for _ in range(2):
        revise(workspace, workspace.picture, changed)
    assert workspace.to_json()["picture"]["revised"]
    saved = make_picture(workspace.picture, [], "photo", "png")
    pixels, icc = read(saved)
    assert icc == present(read_original(file)).icc
    assert (pixels[30:] == stored[30:]).all()
    assert (pixels[:, 30:] == stored[:, 30:]).all()
    assert np.abs(read_image(saved)[:30, :30].astype(int) - 128).mean() < 2
    assert workspace.picture.nbytes >= len(file)


@pytest.mark.parametrize("name", ["part.png", "part.webp", "part.tiff"])
def test_a_part_has_the_pixels_of_that_part(workspace, stored, file, name):
    window = Window(-5, 10, 50, 90)  # beyond the border, as a square frame may be
    part = crop_to(workspace.picture.image, window, repeat=True)
    pixels, icc = read(picture_file(workspace.picture, part, name, window))
    assert icc == present(read_original(file)).icc
    assert (pixels == crop_to(stored, window, repeat=True)).all()
    with pytest.raises(PluginError, match="not of the size"):
        picture_file(workspace.picture, part[1:], name, window)


def test_what_has_no_photo_of_its_size_is_in_srgb(workspace):
    picture = np.random.default_rng(1).integers(0, 256, (9, 7, 3), dtype=np.uint8)
    for photo in (workspace.picture, None):
        pixels, icc = read(picture_file(photo, picture))
        assert (pixels == picture).all()
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        assert "sRGB" in ImageCms.getProfileDescription(profile)
    mask = Pil.open(io.BytesIO(picture_file(workspace.picture, picture[..., 0])))
    assert (np.asarray(mask) == picture[..., 0]).all()
    with pytest.raises(SamError, match="ends in"):
        picture_file(None, picture, "picture.xyz")


def test_only_files_of_other_colours_are_kept(file, tmp_path):
    (tmp_path / "wide.png").write_bytes(file)
    assert keep_file(file) == keep_file(tmp_path / "wide.png") == keep_file(str(tmp_path / "wide.png")) == file
    assert keep_file(encode(Pil.fromarray(data.coffee()[:9, :9]))) == b""
    assert keep_file(data.coffee()) == b""
