"""A wide-gamut photo comes back as it was, bit for bit, where nothing was changed; what was changed fits beside it."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image as Pil
from PIL import ImageCms
from skimage import data

from sam import Cutout, Image, read_image
from sam.inpainting.fill import inpaint
from sam.io.color_profiles import has_own_colours, read_original
from sam.io.serialization import write_value
from tests.present import present
from tests.sam.pictures import CORNERS, display_p3, encode


@pytest.fixture(scope="module")
def stored() -> np.ndarray:
    """A photo beside a wall of the strongest red of Display P3, which sRGB does not have, with some grain."""
    wall = np.array([250, 5, 5]) + np.random.default_rng(0).integers(-5, 6, (100, 80, 3))
    return np.hstack([data.coffee()[150:250, 250:350], wall.clip(0, 255)]).astype(np.uint8)


@pytest.fixture
def photo(stored, tmp_path):
    path = tmp_path / "wide.png"
    Pil.fromarray(stored).save(path, icc_profile=display_p3())
    return path


def saved(path) -> tuple[np.ndarray, bytes]:
    with Pil.open(path) as picture:
        return np.asarray(picture), picture.info.get("icc_profile", b"")


def test_a_picture_that_was_not_changed_is_the_stored_one(photo, stored):
    original = present(read_original(photo))
    assert (original.seen == read_image(photo)).all()
    assert np.abs(original.seen.astype(int) - stored).max() > 4
    assert (original.restore(original.seen) == stored).all()


@pytest.mark.parametrize("ending", [".png", ".tif", ".webp"])
def test_an_erased_photo_keeps_its_profile_and_its_pixels(photo, stored, ending, tmp_path):
    original = present(read_original(photo))
    hole = np.zeros(stored.shape[:2], bool)
    hole[40:60, 20:50] = True
    result = inpaint(original.seen, hole, grow=0, soften=0)
    write_value(result, Image, tmp_path / f"out{ending}", original)
    pixels, icc = saved(tmp_path / f"out{ending}")
    assert icc == original.icc
    assert (pixels[~hole] == stored[~hole]).all()
    # Read again, the filling is what was made.
    assert np.abs(read_image(tmp_path / f"out{ending}")[hole].astype(int) - result[hole]).mean() < 1.5


def test_a_filling_is_no_duller_than_the_clipped_colours_around_it(photo, stored):
    original = present(read_original(photo))
    hole = np.zeros(stored.shape[:2], bool)
    hole[30:70, 125:155] = True
    result = inpaint(original.seen, hole, grow=0, soften=0)
    plain = original._turn(result)[hole].astype(int).mean(0)
    restored = original.restore(result)[hole].astype(int).mean(0)
    around = stored[:, 110:170][~hole[:, 110:170]].mean(0)
    assert np.abs(plain - around).max() > 8
    assert np.abs(restored - around).max() < 3


def test_a_cut_out_has_stored_colours_inside_and_none_outside(photo, stored, tmp_path):
    original = present(read_original(photo))
    alpha = np.zeros(stored.shape[:2], np.uint8)
    alpha[20:80, 90:160] = 255
    cutout = np.dstack([original.seen * (alpha > 0)[..., None], alpha])
    write_value(cutout, Cutout, tmp_path / "out.png", original)
    pixels, icc = saved(tmp_path / "out.png")
    assert icc == original.icc
    assert (pixels[..., 3] == alpha).all()
    assert (pixels[alpha > 0][:, :3] == stored[alpha > 0]).all()
    assert not pixels[alpha == 0].any()


@pytest.mark.parametrize(("name", "shape"), [("out.bmp", (100, 180)), ("out.png", (90, 180))])
def test_where_it_does_not_fit_the_picture_stays_srgb(photo, name, shape, tmp_path):
    original = present(read_original(photo))
    picture = original.seen[: shape[0], : shape[1]]
    write_value(picture, Image, tmp_path / name, original)
    pixels, icc = saved(tmp_path / name)
    assert not icc
    assert (pixels == picture).all()
    if shape != (100, 180):
        with pytest.raises(ValueError, match=r"size of the photo, \(100, 180\)"):
            original.restore(picture)


def test_a_turned_photo_is_restored_upright(stored, tmp_path):
    exif = Pil.Exif()
    exif[0x0112] = 6
    Pil.fromarray(stored).save(tmp_path / "turned.png", icc_profile=display_p3(), exif=exif.tobytes())
    original = present(read_original(tmp_path / "turned.png"))
    assert (original.restore(original.seen) == np.rot90(stored, -1)).all()


SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.mark.parametrize(
    "file",
    [
        encode(Pil.fromarray(CORNERS)),
        encode(Pil.fromarray(CORNERS), icc_profile=SRGB),
        encode(Pil.fromarray(CORNERS), icc_profile=b"junk"),
        encode(Pil.fromarray(CORNERS).convert("L"), icc_profile=display_p3()),
        encode(Pil.fromarray(np.dstack([CORNERS, CORNERS[..., :1]])), icc_profile=display_p3()),
        b"no picture",
    ],
    ids=["no profile", "sRGB", "damaged", "grey", "transparent", "no picture"],
)
def test_others_have_no_colours_of_their_own(file, tmp_path):
    path = tmp_path / "photo.png"
    path.write_bytes(file)
    assert read_original(path) is None
    assert not has_own_colours(path)
    assert not has_own_colours(file)


def test_a_file_in_memory_is_read_as_one_on_disk(photo):
    data = photo.read_bytes()
    assert has_own_colours(data)
    assert has_own_colours(photo)
    assert (present(read_original(data)).stored == present(read_original(photo)).stored).all()


def test_the_profile_of_the_tests_is_a_wide_one():
    profile = ImageCms.ImageCmsProfile(io.BytesIO(display_p3()))
    red = ImageCms.profileToProfile(Pil.new("RGB", (1, 1), (234, 51, 35)), profile, ImageCms.createProfile("sRGB"))
    assert np.abs(np.array(present(red).getpixel((0, 0))) - (255, 0, 0)).max() <= 12
