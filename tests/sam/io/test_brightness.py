"""Images of more than 8 bits are visible, whatever part of their range they use; what was decided is said."""

from __future__ import annotations

import io
import struct
import zlib

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image as Pil

from sam import ImageError
from sam.images import read_image, read_photo, read_rgba
from sam.io.brightness import find_empty, to_levels
from tests.present import present

HEIGHT, WIDTH = 60, 80
RAMP = np.linspace(0, 1, HEIGHT * WIDTH).reshape(HEIGHT, WIDTH)


def tiff(values: np.ndarray, **options) -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, values, **options)
    return buffer.getvalue()


def png(values: np.ndarray) -> bytes:
    if values.ndim == 3:
        values = np.ascontiguousarray(values[..., [2, 1, 0, 3][: values.shape[2]]])
    return cv2.imencode(".png", values)[1].tobytes()


def ppm(values: np.ndarray, white: int = 65535) -> bytes:
    return b"P6\n# made\n%d %d\n%d\n" % (values.shape[1], values.shape[0], white) + values.astype(">u2").tobytes()


def levels(image: np.ndarray) -> int:
    return len(np.unique(image[..., 0]))


def hot(values: np.ndarray, value: float, place=(3, 5)) -> np.ndarray:
    values = values.copy()
    values[place] = value
    return values


def bordered(values: np.ndarray, value: float) -> np.ndarray:
    values = values.copy()
    values[:8] = values[:, -10:] = value
    return values


def coloured(values: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(np.stack([values, values[::-1], values[:, ::-1]], axis=2))


TEN, TWELVE, FOURTEEN = ((RAMP * (2**bits - 1)).astype(np.uint16) for bits in (10, 12, 14))
DEPTH = (RAMP * 4000 + 500).astype(np.uint16)
REFLECTANCE = (RAMP * 0.2 + 0.03).astype(np.float32)
HEIGHTS = (RAMP * 900 + 300).astype(np.float32)

DARK = {
    "10 bits, TIFF": tiff(TEN),
    "12 bits, TIFF": tiff(TWELVE),
    "14 bits, TIFF": tiff(FOURTEEN),
    "12 bits, TIFF, big-endian": tiff(TWELVE, byteorder=">"),
    "12 bits, TIFF, deflate": tiff(TWELVE, compression="zlib", predictor=2),
    "12 bits, PNG": png(TWELVE),
    "10 bits, colour TIFF": tiff(coloured(TEN), photometric="rgb"),
    "10 bits, colour PNG": png(coloured(TEN)),
    "12 bits, PNG with alpha": png(np.dstack([coloured(TWELVE), np.full(RAMP.shape, 65535, np.uint16)])),
    "12 bits, PPM": ppm(coloured(TWELVE)),
    "12 bits, JPEG 2000": cv2.imencode(".jp2", TWELVE)[1].tobytes(),
    "12 bits, colour JPEG 2000": cv2.imencode(".jp2", coloured(TWELVE))[1].tobytes(),
    "12 bits, array": TWELVE,
    "12 bits, colour array": coloured(TWELVE),
    "12 bits, PIL": Pil.fromarray(TWELVE),
    "12 bits around 30,000": tiff(TWELVE + np.uint16(30_000)),
    "depth with missing pixels": tiff(bordered(DEPTH, 0)),
    "depth, 65535 missing": tiff(bordered(DEPTH, 65535)),
    "one hot pixel": tiff(hot(TWELVE, 65535)),
    "one hot pixel, PNG": png(hot(TWELVE, 65535)),
    "one dead pixel": tiff(hot(TWELVE + np.uint16(30_000), 0)),
    "signed": tiff((RAMP * 2000 - 1000).astype(np.int16)),
    "32 bits": tiff((RAMP * 2000).astype(np.uint32)),
    "float": tiff(HEIGHTS),
    "float64": tiff(HEIGHTS.astype(np.float64)),
    "half": tiff(REFLECTANCE.astype(np.float16)),
    "reflectance": tiff(REFLECTANCE),
    "float, -9999": tiff(bordered(HEIGHTS, -9999)),
    "float, -3.4e38": tiff(bordered(HEIGHTS, np.finfo(np.float32).min)),
    "float, hot pixel": tiff(hot(HEIGHTS, 1e6)),
    "float, -9999 and a hot pixel": tiff(hot(bordered(HEIGHTS, -9999), 1e6, (30, 30))),
    "float, NaN border": tiff(bordered(HEIGHTS, np.nan)),
    "float, one infinity": tiff(hot(HEIGHTS, np.inf)),
    "heights, -32768": tiff(bordered(HEIGHTS, -32768).astype(np.int16)),
    "declared nodata": tiff(bordered(HEIGHTS, 250), extratags=[(42113, "s", 0, "250", False)]),
}


@pytest.mark.parametrize("source", DARK.values(), ids=DARK.keys())
def test_whatever_uses_a_part_of_its_range_is_visible_and_it_is_said(source):
    photo = read_photo(source)
    assert levels(photo.pixels) > 150
    assert np.ptp(photo.pixels[10:-2, 2:-12, 0].astype(int)) > 180
    assert any(note.startswith("Brightness: ") for note in photo.notes)
    assert present(photo.brightness).chosen


WHOLE = {
    "TIFF": tiff((RAMP * 65535).astype(np.uint16)),
    "PNG": png((RAMP * 65535).astype(np.uint16)),
    "colour PNG": png(coloured((RAMP * 65535).astype(np.uint16))),
    "half of it": png(coloured((RAMP * 32767).astype(np.uint16))),
    "PPM of 12 bits that says so": ppm(coloured(TWELVE), 4095),
    "float in 0..1": tiff(RAMP.astype(np.float32)),
    "array": (RAMP * 65535).astype(np.uint16),
    "flat": tiff(np.full(RAMP.shape, 999, np.uint16)),
    "8 bits, dark": png((RAMP * 20).astype(np.uint8)),
}


@pytest.mark.parametrize("source", WHOLE.values(), ids=WHOLE.keys())
def test_what_uses_its_range_stays_as_stored(source):
    photo = read_photo(source)
    assert photo.notes == ()
    np.testing.assert_array_equal(photo.pixels, read_photo(source, brightness="stored").pixels)


@pytest.mark.parametrize(
    ("source", "word", "where"),
    [
        (tiff(bordered(HEIGHTS, -9999)), "-9999", "border"),
        (tiff(bordered(HEIGHTS, np.nan)), "NaN", "border"),
        (tiff(hot(HEIGHTS, np.inf)), "infinity", "pixel"),
        (tiff(hot(HEIGHTS, -9999)), "-9999", "pixel"),
        (tiff(bordered(DEPTH, 65535)), "65535", "border"),
        (tiff(bordered(HEIGHTS, 250), extratags=[(42113, "s", 0, "250", False)]), "250", "border"),
        (tiff(bordered(TWELVE, 7), extratags=[(42113, "s", 0, "7", False)]), "7", "border"),
        (
            tiff(bordered(TWELVE, 9), photometric="miniswhite", extratags=[(42113, "s", 0, "9", False)]),
            "9",
            "border",
        ),
    ],
)
def test_pixels_without_a_value_are_black_and_counted(source, word, where):
    photo = read_photo(source)
    assert word in present(photo.brightness).nodata
    note = next(note for note in photo.notes if "no value" in note)
    assert word in note
    if where == "pixel":
        assert note.startswith("1 pixel has no value")
        assert (photo.pixels[3, 5] == 0).all()
    else:
        assert f"{present(photo.brightness).empty:,} pixels have" in note
        assert (photo.pixels[:8] == 0).all()


def test_nothing_but_pixels_without_a_value_is_black():
    photo = read_photo(tiff(np.full((9, 9), np.nan, np.float32)))
    assert not photo.pixels.any()
    assert photo.notes == ("81 pixels have no value (NaN) and are shown black.",)


@pytest.mark.parametrize(
    "options",
    [
        {"extratags": [(340, "H", 1, 100, True), (341, "H", 1, 600, True)]},
        {"extratags": [(280, "H", 1, 100, True), (281, "H", 1, 600, True)]},
        {"description": "ImageJ=1.54f\nmin=100.0\nmax=600.0\n", "metadata": None},
    ],
    ids=["SMinSampleValue", "MinSampleValue", "ImageJ"],
)
def test_the_files_own_range_comes_first(options):
    photo = read_photo(tiff(TWELVE, **options))
    found = present(photo.brightness)
    assert (found.low, found.high, found.by_file) == (100, 600, True)
    assert "100 is shown black, 600 white, as the file says" in photo.notes[0]


def test_a_tag_that_says_only_the_type_does_not_count():
    photo = read_photo(tiff(TWELVE, extratags=[(280, "H", 1, 0, True), (281, "H", 1, 65535, True)]))
    assert present(photo.brightness).high == 4095


def test_the_lowest_value_may_be_white():
    photo = read_photo(tiff(TWELVE, photometric="miniswhite"))
    assert photo.pixels[0, 0, 0] == 255
    assert photo.pixels[-1, -1, 0] == 0


@pytest.mark.parametrize(
    ("choice", "first", "last"),
    [("stored", 0, 16), ("extremes", 0, 255), ((0, 8190), 0, 128), ([1000, 2000], 0, 255)],
)
def test_brightness_can_be_chosen(choice, first, last):
    for source in (tiff(TWELVE), png(TWELVE), TWELVE, png(coloured(TWELVE))):
        image = read_image(source, brightness=choice)
        assert abs(int(image[0, 0, 0]) - first) <= 1
        assert abs(int(image[-1, -1, 0]) - last) <= 1
        assert present(read_photo(source, brightness=choice).brightness).chosen is False


@pytest.mark.parametrize("choice", ["bright", (5, 5), (9, 1), (0, np.nan), 7, None, ("a", "b"), (1, 2, 3)])
def test_a_brightness_that_is_none_is_refused(choice):
    with pytest.raises(ImageError, match=r"^brightness: expected"):
        read_image(TWELVE, brightness=choice)


def test_one_range_for_all_colours_keeps_them():
    values = np.stack([TWELVE, TWELVE // 2, TWELVE // 4], axis=2)
    photo = read_photo(tiff(values, photometric="rgb"))
    assert photo.pixels[-1, -1].tolist() == [255, 128, 64] or photo.pixels[-1, -1].tolist() == [255, 127, 64]


def test_transparency_takes_no_part_in_the_range():
    alpha = np.full(RAMP.shape, 65535, np.uint16)
    alpha[:, :20] = 0
    for source in (
        png(np.dstack([coloured(TWELVE), alpha])),
        np.dstack([coloured(TWELVE), alpha]),
        np.dstack([TWELVE, alpha]),
        tiff(np.dstack([coloured(TWELVE), alpha]), photometric="rgb", extrasamples=["unassalpha"]),
    ):
        rgba = read_rgba(source)
        assert set(np.unique(rgba[..., 3])) == {0, 255}
        assert (rgba[:, :20, 3] == 0).all()
        assert rgba[-1, -1, 0] == 255


def test_a_photo_that_was_turned_and_brightened_is_turned_once():
    exif = Pil.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    Pil.fromarray(TWELVE).save(buffer, "PNG", exif=exif)
    expected = np.rot90(read_image(TWELVE), -1)
    np.testing.assert_array_equal(read_image(buffer.getvalue()), expected)
    data = png(coloured(TWELVE))
    with Pil.open(io.BytesIO(data)) as picture:
        assert picture.mode == "RGB"
    chunk = exif.tobytes().removeprefix(b"Exif\0\0")
    body = b"eXIf" + chunk
    turned = data[:33] + struct.pack(">I", len(chunk)) + body + struct.pack(">I", zlib.crc32(body)) + data[33:]
    np.testing.assert_array_equal(read_image(turned), np.rot90(read_image(data), -1))


@pytest.mark.parametrize(
    ("values", "nodata", "expected"),
    [
        (np.arange(1000, dtype=np.int16), None, 0),
        (np.array([0] * 600 + [100] * 400, np.uint16), None, 0),
        (np.array([0] * 600 + [65535] * 400, np.uint16), None, 0),
        (np.array([0.0] * 600 + [0.9, 0.95] * 200, np.float32), None, 0),
        (np.array([-9999] * 5 + [1, 2, 3] * 100, np.int16), None, 5),
        (np.array([-999.0] * 5 + [1.5, 2, 3] * 100, np.float64), None, 5),
        (np.array([1, 2, 3], np.float32), 2.0, 1),
        (np.array([0.1, 0.2], np.float32), 0.1, 1),
        (np.array([1, 2, 3], np.float32), float("nan"), 0),
        (np.array([-9999] * 5 + [9999] * 5 + [1] * 90, np.int16), None, 5),
    ],
)
def test_find_empty(values, nodata, expected):
    assert int(find_empty(values, nodata)[0].sum()) == expected


def test_to_levels_is_exact_and_leaves_its_input_alone():
    values = np.array([[0, 257, 65535]], np.uint16)
    before = values.copy()
    found, brightness = to_levels(values, stored=(0, 65535), choice="stored")
    assert found.tolist() == [[0, 1, 255]]
    assert brightness.to_json() == {"low": 0, "high": 65535, "lowest": 0, "highest": 65535}
    np.testing.assert_array_equal(values, before)
