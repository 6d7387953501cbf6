"""TIFF files as cameras, scanners, microscopes and aeroplanes write them: pages, planes, bands."""

from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image as Pil

from sam import ImageError
from sam.images import read_image, read_photo
from sam.io import tiff as reader
from tests.sam.io.tiffs import DEEP, NIR, PHOTO, SMALL, by_hand, by_pillow, lzw, written
from tests.sam.pictures import CORNERS

# Pages

THUMBNAIL = (SMALL, {"subfiletype": 1})
PAGES = {
    "a thumbnail first": (written(THUMBNAIL, (PHOTO, {})), 2),
    "a thumbnail that does not say so": (written((SMALL, {}), (PHOTO, {})), 2),
    "a page below the thumbnail, as in DNG": (written((SMALL, {"subfiletype": 1, "subifds": 1}), (PHOTO, {})), 2),
    "two below": (written((SMALL, {"subfiletype": 1, "subifds": 2}), (SMALL, {"subfiletype": 1}), (PHOTO, {})), 3),
    "big-endian": (written(THUMBNAIL, (PHOTO, {}), byteorder=">"), 2),
    "BigTIFF": (written((SMALL, {"subfiletype": 1, "subifds": 1}), (PHOTO, {}), bigtiff=True), 2),
    "deflate": (written(THUMBNAIL, (PHOTO, {"compression": "zlib", "predictor": 2})), 2),
    "tiles": (written(THUMBNAIL, (PHOTO, {"tile": (64, 64), "compression": "zlib"})), 2),
    "a pyramid below": (written((PHOTO, {"subifds": 1}), (SMALL, {"subfiletype": 1})), 1),
    "equal pages": (written((PHOTO, {}), (255 - PHOTO, {})), 1),
    "a slightly larger second page": (written((PHOTO, {}), (np.pad(255 - PHOTO, ((0, 3), (0, 3), (0, 0))), {})), 1),
    "a mask beside it": (written((PHOTO, {}), (np.zeros((304, 400), bool), {"photometric": 4, "subfiletype": 4})), 1),
    "one page": (written((PHOTO, {})), 1),
}


@pytest.mark.parametrize(("data", "expected"), PAGES.values(), ids=PAGES.keys())
def test_the_largest_page_is_shown_and_the_others_are_offered(data, expected):
    photo = read_photo(data)
    np.testing.assert_array_equal(photo.pixels, PHOTO)
    assert photo.page == expected
    if photo.pages:
        count = len(photo.pages)
        assert photo.pages[expected - 1] == (200, 150)
        largest = ", the largest" if expected > 1 else ""
        assert photo.notes == (f"Page {expected} of {count} is shown{largest} (200 x 150).",)
        for number, (width, height) in enumerate(photo.pages, 1):
            other = read_photo(data, page=number)
            assert (other.page, other.pixels.shape) == (number, (height, width, 3))
            assert other.notes == (f"Page {number} of {count} is shown ({width} x {height}).",)
    else:
        assert photo.notes == ()
    with pytest.raises(ImageError, match=r"page 9 is not there\.$"):
        read_image(data, page=9)


def test_a_page_too_large_to_be_read_is_passed_over(monkeypatch):
    for module in ("image_limits", "decoding"):
        monkeypatch.setattr(f"sam.io.{module}.MAX_PIXELS", 20_000)
    data = written((PHOTO, {}), (PHOTO[::2, ::2], {"subfiletype": 1}), (SMALL, {"subfiletype": 1}))
    assert read_photo(data).page == 2
    with pytest.raises(ImageError, match="megapixels"):
        read_image(data, page=1)


def jpeg_of(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Pil.fromarray(array).save(buffer, "JPEG", quality=95, subsampling=0)
    return buffer.getvalue()


def raw_file(*, preview: bool, orientation: int = 1) -> bytes:
    """As NEF and DNG: a thumbnail, below it the sensor's values and, perhaps, the camera's JPEG."""
    sensor = np.zeros((300, 400), np.uint16)
    more = {"extratags": [(274, "H", 1, orientation, True)]}
    below = [(sensor, {"photometric": 32803})]
    if preview:
        below.append((np.zeros((150, 200), np.uint8), {"photometric": 1}))
    data = bytearray(written((SMALL, {"subfiletype": 1, "subifds": len(below), **more}), *below))
    if preview:
        # tifffile writes no JPEG of the old kind: its page becomes one.
        with tifffile.TiffFile(io.BytesIO(data)) as file:
            pages: Any = file.pages
            page = pages[0].pages[-1]
            jpeg = jpeg_of(PHOTO)
            for tag, value in ((259, 6), (273, len(data)), (279, len(jpeg))):
                struct.pack_into("<H" if tag == 259 else "<I", data, page.tags[tag].valueoffset, value)
        data += jpeg
    return bytes(data)


def test_a_cameras_raw_file_shows_the_cameras_picture():
    photo = read_photo(raw_file(preview=True))
    np.testing.assert_allclose(photo.pixels.astype(int), PHOTO, atol=25)
    assert "raw data are not developed" in photo.notes[1]


def test_the_preview_is_turned_as_the_file_says():
    photo = read_photo(raw_file(preview=True, orientation=6))
    np.testing.assert_allclose(photo.pixels.astype(int), np.rot90(PHOTO, -1), atol=25)


def test_a_page_below_is_turned_as_the_first_says():
    more = {"extratags": [(274, "H", 1, 6, True)]}
    data = written((SMALL, {"subfiletype": 1, "subifds": 1, **more}), (PHOTO, {}))
    np.testing.assert_array_equal(read_image(data), np.rot90(PHOTO, -1))


def test_nothing_but_raw_data_is_named_as_such():
    with pytest.raises(ImageError, match=r"holds only what the camera's sensor measured. Develop it first"):
        read_image(written((np.zeros((30, 40), np.uint16), {"photometric": 32803})))


def test_pages_that_go_round_in_circles_end():
    data = bytearray(written((PHOTO, {}), (SMALL, {})))
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        first, second = (page.offset for page in file.pages)
    (count,) = struct.unpack_from("<H", data, second)
    struct.pack_into("<I", data, second + 2 + 12 * count, first)
    assert len(read_photo(bytes(data)).pages) == 2


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_frames_of_animations_are_pages_too(kind):
    buffer = io.BytesIO()
    options = {"lossless": True} if kind == "WEBP" else {}
    Pil.fromarray(CORNERS).save(
        buffer, kind, save_all=True, append_images=[Pil.fromarray(CORNERS[::-1].copy())], **options
    )
    np.testing.assert_array_equal(read_image(buffer.getvalue(), page=2), CORNERS[::-1])
    with pytest.raises(ImageError, match=r"has 2 pages: page 3 is not there\.$"):
        read_image(buffer.getvalue(), page=3)


@pytest.mark.parametrize("page", [0, -1, 1.5, "2", True])
def test_a_page_that_is_no_number_is_refused(page):
    with pytest.raises(ImageError, match=r"^page: expected a whole number from 1 on"):
        read_image(written((PHOTO, {})), page=page)


# Bands


def bands(*arrays: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(np.dstack(arrays))


GDAL = '<GDALMetadata><Item name="DESCRIPTION" sample="3" role="description">Near IR</Item></GDALMetadata>'
NAMED = {"extratags": [(42112, "s", 0, GDAL, False)]}
MARKED = {
    "unassociated": (written((bands(PHOTO, NIR), {"extrasamples": ["unassalpha"]})), "probably near infrared"),
    "associated": (written((bands(PHOTO, NIR), {"extrasamples": ["assocalpha"]})), "probably near infrared"),
    "named": (written((bands(PHOTO, NIR), {"extrasamples": ["unassalpha"], **NAMED})), "Near IR"),
    "deflate": (
        written((bands(PHOTO, NIR), {"extrasamples": ["unassalpha"], "compression": "zlib"})),
        "probably near infrared",
    ),
    "by Pillow": (by_pillow(Pil.fromarray(bands(PHOTO, NIR))), "probably near infrared"),
    "16 bits": (
        written((bands(DEEP, NIR.astype(np.uint16) * 257), {"extrasamples": ["unassalpha"]})),
        "probably near infrared",
    ),
    "separate": (
        written((bands(PHOTO, NIR).transpose(2, 0, 1), {"extrasamples": ["unassalpha"], "planarconfig": "separate"})),
        "probably near infrared",
    ),
}


@pytest.mark.parametrize(("data", "name"), MARKED.values(), ids=MARKED.keys())
def test_near_infrared_marked_as_transparency_leaves_the_colours_alone(data, name):
    photo = read_photo(data)
    np.testing.assert_array_equal(photo.pixels, PHOTO)
    assert photo.notes == (f"Band 4 ({name}) is marked as transparency, but is none: it is left out.",)


def edge() -> np.ndarray:
    """Transparency as a cut-out has it: all or nothing, with a soft border between."""
    across = np.linspace(-6, 6, PHOTO.shape[1])
    return np.broadcast_to((255 / (1 + np.exp(-across * 4))).round(), PHOTO.shape[:2]).astype(np.uint8)


@pytest.mark.parametrize("kind", ["unassalpha", "assocalpha"])
@pytest.mark.parametrize("alpha", [edge(), np.full(PHOTO.shape[:2], 128, np.uint8)], ids=["cut-out", "even"])
def test_transparency_stays_transparency(alpha, kind):
    photo = read_photo(written((bands(PHOTO, alpha), {"extrasamples": [kind]})))
    np.testing.assert_array_equal(photo.pixels[..., 3], alpha)
    assert photo.notes == ()


def test_a_fourth_band_of_no_named_kind_is_said():
    photo = read_photo(written((bands(PHOTO, NIR), {"extrasamples": ["unspecified"], "compression": "zlib"})))
    np.testing.assert_array_equal(photo.pixels, PHOTO)
    assert len(photo.notes) == 1
    assert "1 more" in photo.notes[0]


FIVE = bands(PHOTO, NIR, NIR)
MANY = {
    "5 bands": (written((FIVE, {"extrasamples": ["unspecified"] * 2})), "2 more are left out"),
    "5 bands, separate": (
        written((FIVE.transpose(2, 0, 1), {"planarconfig": "separate", "extrasamples": ["unspecified"] * 2})),
        "2 more are left out",
    ),
    "5 bands, grey": (
        written((FIVE, {"photometric": "minisblack", "planarconfig": "contig"})),
        "shown as red, green and blue; 2 more",
    ),
    "7 bands, 16 bits": (
        written((bands(DEEP, *[NIR.astype(np.uint16)] * 4), {"extrasamples": ["unspecified"] * 4})),
        "4 more are left out",
    ),
    "5 bands, LZW": (by_hand([lzw(FIVE.tobytes())], PHOTO.shape[:2], 5, 8), "2 more are left out"),
    "5 bands, the last transparency": (
        written((bands(FIVE, edge())[..., [0, 1, 2, 3, 5]], {"extrasamples": ["unspecified", "unassalpha"]})),
        "1 more is left out",
    ),
}


@pytest.mark.parametrize(("data", "note"), MANY.values(), ids=MANY.keys())
def test_of_many_bands_the_first_three_are_colours(data, note):
    photo = read_photo(data)
    np.testing.assert_array_equal(photo.pixels[..., :3], PHOTO)
    assert note in photo.notes[0]


def test_two_bands_are_grey():
    photo = read_photo(written((bands(NIR, NIR[::-1]), {"photometric": "minisblack", "planarconfig": "contig"})))
    np.testing.assert_array_equal(photo.pixels[..., 1], NIR)
    assert photo.notes == ("The first band is shown; 1 more is left out.",)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("scale", [1, 100])
def test_colours_in_floats(dtype, scale):
    colours = PHOTO.copy()
    colours[0, :20], colours[1, :20] = 0, 255
    photo = read_photo(written(((colours / 255 * scale).astype(dtype), {})))
    assert np.abs(photo.pixels.astype(int) - colours).max() <= 1


def test_complex_numbers_by_their_magnitude():
    values = (NIR.astype(np.complex64) * np.exp(1j)).astype(np.complex64)
    photo = read_photo(written((values, {"photometric": "minisblack"})))
    assert "complex numbers" in photo.notes[0]
    assert np.unique(photo.pixels).size > 150


def test_inks_in_separate_planes():
    inks = np.asarray(Pil.fromarray(PHOTO).convert("CMYK"))
    data = written((inks.transpose(2, 0, 1), {"photometric": "separated", "planarconfig": "separate"}))
    together = read_image(written((inks, {"photometric": "separated"})))
    np.testing.assert_array_equal(read_image(data), together)
    assert np.abs(together.astype(int) - PHOTO).mean() < 3


def test_too_many_bytes_are_refused_before_they_are_read(monkeypatch):
    monkeypatch.setattr(reader, "MAX_BYTES", 100_000)
    with pytest.raises(ImageError, match=r"with 5 bands are .* Save three of its bands"):
        read_image(MANY["5 bands"][0])
