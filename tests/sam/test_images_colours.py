"""Colour modes, depths, profiles and transparency."""

from __future__ import annotations

import struct
import zlib

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image as Pil
from PIL import ImageCms

from sam import ImageError, read_image
from sam.images import read_rgba
from tests.sam.pictures import CORNERS, encode, png

# Colour modes

GREY = np.arange(0, 240, 5, dtype=np.uint8).reshape(6, 8)


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        (Pil.fromarray(GREY), GREY),
        (Pil.fromarray(GREY > 100), (GREY > 100) * 255),
        (Pil.fromarray(GREY).convert("P"), GREY),
        (Pil.fromarray(GREY).convert("RGBX"), GREY),
        (Pil.fromarray(GREY.astype(np.int32) * 257), GREY),
        (Pil.fromarray(GREY.astype(np.float32) / 255), GREY),
    ],
    ids=["L", "1", "P", "RGBX", "I", "F"],
)
def test_grey_modes(picture, expected):
    np.testing.assert_array_equal(read_image(picture), np.stack([expected] * 3, axis=2))


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bit_grey_keeps_its_scale(kind):
    deep = np.array([[0, 257, 128 * 257], [32768, 65535, 300]], np.uint16)
    image = read_image(encode(Pil.fromarray(deep), kind))
    assert image[..., 0].tolist() == [[0, 1, 128], [128, 255, 1]]
    assert (image == image[..., :1]).all()


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_16_bit_colour_keeps_its_scale(suffix):
    deep = CORNERS.astype(np.uint16) * 257
    encoded = cv2.imencode(suffix, deep[..., ::-1])[1].tobytes()
    np.testing.assert_array_equal(read_image(encoded), CORNERS)


def test_16_bit_colour_with_alpha():
    deep = np.dstack([CORNERS[..., ::-1], np.full(CORNERS.shape[:2], 51, np.uint8)]).astype(np.uint16) * 257
    rgba = read_rgba(cv2.imencode(".png", deep)[1].tobytes())
    np.testing.assert_array_equal(rgba[..., :3], CORNERS)
    assert (rgba[..., 3] == 51).all()


def test_16_bit_portable_greymap():
    values = (np.arange(16, dtype=np.uint16) * 273).astype(">u2")
    image = read_image(b"P5\n4 4\n4095\n" + values.tobytes())
    assert image[..., 0].reshape(-1).tolist() == list(range(0, 256, 17))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([[-1, 0, 1]], np.float32), [[0, 128, 255]]),
        (np.array([[0, 500, 1000]], np.float32), [[0, 128, 255]]),
        (np.array([[0, 0.5, 1]], np.float32), [[0, 128, 255]]),
        (np.array([[7, 7, 7]], np.float32), [[0, 0, 0]]),
        (np.array([[0, 10**6, 2 * 10**6]], np.int32), [[0, 128, 255]]),
    ],
    ids=["signed", "large", "unit", "flat", "32 bit"],
)
def test_scientific_tiff_is_stretched_where_nothing_says_what_is_white(values, expected, tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", values)
    assert read_image(tmp_path / "a.tif")[..., 0].tolist() == expected


def test_cmyk():
    image = read_image(encode(Pil.fromarray(CORNERS).convert("CMYK"), "TIFF"))
    np.testing.assert_allclose(image.astype(int), CORNERS, atol=1)
    jpeg = read_image(encode(Pil.fromarray(CORNERS).convert("CMYK"), "JPEG", quality=95))
    np.testing.assert_allclose(jpeg.astype(int), CORNERS, atol=12)


# Colour profiles


def swapped_profile() -> bytes:
    """sRGB with the places of red and blue exchanged."""
    data = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return data.replace(b"rXYZ", b"tmp!").replace(b"bXYZ", b"rXYZ").replace(b"tmp!", b"bXYZ").replace(b"sRGB", b"test")


@pytest.mark.parametrize("alpha", [False, True])
def test_colour_profile_is_applied(alpha):
    picture = Pil.fromarray(CORNERS)
    if alpha:
        picture.putalpha(Pil.fromarray(np.full(CORNERS.shape[:2], 200, np.uint8)))
    description = swapped_profile()
    if b"s\0R\0G\0B" in description:
        description = description.replace(b"s\0R\0G\0B", b"t\0e\0s\0t")
    rgba = read_rgba(encode(picture, "PNG", icc_profile=description))
    np.testing.assert_allclose(rgba[..., :3].astype(int), CORNERS[..., ::-1], atol=2)
    assert (rgba[..., 3] == (200 if alpha else 255)).all()


@pytest.mark.parametrize(
    "profile", [ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(), b"junk", b"\0" * 200]
)
def test_srgb_and_broken_profiles_change_nothing(profile):
    np.testing.assert_array_equal(read_image(encode(Pil.fromarray(CORNERS), icc_profile=profile)), CORNERS)


# Transparency

RAMP = np.dstack([CORNERS, np.linspace(0, 255, CORNERS.shape[0] * CORNERS.shape[1]).reshape(CORNERS.shape[:2])]).astype(
    np.uint8
)


@pytest.mark.parametrize("background", [(255, 255, 255), (0, 0, 0), (10, 200, 30)])
@pytest.mark.parametrize(
    "source", [RAMP, Pil.fromarray(RAMP), encode(Pil.fromarray(RAMP))], ids=["array", "PIL", "file"]
)
def test_transparency_is_laid_on_the_background(background, source):
    alpha = RAMP[..., 3:] / 255
    expected = RAMP[..., :3] * alpha + np.array(background) * (1 - alpha)
    np.testing.assert_allclose(read_image(source, background=background), expected, atol=1)


def test_transparency_is_kept_by_read_rgba():
    np.testing.assert_array_equal(read_rgba(encode(Pil.fromarray(RAMP))), RAMP)
    opaque = read_rgba(CORNERS)
    np.testing.assert_array_equal(opaque[..., :3], CORNERS)
    assert (opaque[..., 3] == 255).all()


def palette_picture() -> Pil.Image:
    picture = Pil.fromarray(CORNERS).quantize(4)
    picture.info["transparency"] = picture.getpixel((0, 0))
    return picture


def key_picture(mode: str, key) -> Pil.Image:
    picture = Pil.fromarray(CORNERS).convert(mode)
    picture.info["transparency"] = key
    return picture


@pytest.mark.parametrize(
    "picture",
    [
        palette_picture(),
        key_picture("RGB", (255, 0, 0)),
        key_picture("L", 76),
        Pil.fromarray(np.dstack([CORNERS, (CORNERS[..., 0] != 255) * np.uint8(255)])),
        Pil.fromarray(np.dstack([CORNERS[..., 1], (CORNERS[..., 0] != 255) * np.uint8(255)])),
        Pil.fromarray(np.dstack([CORNERS, (CORNERS[..., 0] != 255) * np.uint8(255)])).convert("RGBa"),
    ],
    ids=["P", "RGB with a key", "L with a key", "RGBA", "LA", "premultiplied"],
)
def test_every_kind_of_transparency(picture):
    expected = np.ones(CORNERS.shape[:2], bool)
    expected[:8, :12] = False
    np.testing.assert_array_equal(read_rgba(picture)[..., 3] == 255, expected)
    assert (read_image(picture)[:8, :12] == 255).all()


def test_palette_with_partial_transparency_from_a_file():
    picture = Pil.fromarray(CORNERS).quantize(4)
    data = encode(picture, transparency=bytes([0, 100, 255, 255]))
    alphas = {0: 0, 1: 100, 2: 255, 3: 255}
    expected = np.vectorize(alphas.get)(np.asarray(picture))
    np.testing.assert_array_equal(read_rgba(data)[..., 3], expected)


def test_16_bit_grey_with_a_transparent_value():
    deep = np.array([[1000, 2000]], ">u2")
    data = png(
        2,
        1,
        16,
        0,
        b"\0" + deep.tobytes(),
        struct.pack(">I", 2)
        + b"tRNS"
        + struct.pack(">H", 1000)
        + struct.pack(">I", zlib.crc32(b"tRNS" + struct.pack(">H", 1000))),
    )
    assert read_rgba(data)[..., 3].tolist() == [[0, 255]]


@pytest.mark.parametrize("background", [(1, 2), (0, 0, 256), (-1, 0, 0)])
def test_background_is_checked(background):
    with pytest.raises(ImageError, match="red, green and blue"):
        read_image(RAMP, background=background)
