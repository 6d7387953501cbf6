from __future__ import annotations

import io
import struct
import tracemalloc
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
import tifffile
from PIL import Image as Pil
from PIL import ImageCms

from sam import ImageError, read_image
from sam.images import (
    MAX_PIXELS,
    MAX_SIDE,
    check_image,
    fit_hw,
    image_hash,
    pad_square,
    read_rgba,
    resize_longest,
)

# Top left red, top right green, bottom left blue, bottom right grey: no turn or flip leaves it as it is.
CORNERS = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [128, 128, 128]]], np.uint8).repeat(8, 0).repeat(12, 1)


def encode(picture: Pil.Image, kind: str = "PNG", **options) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def png(width: int, height: int, bits: int = 8, colour: int = 2, data: bytes = b"", extra: bytes = b"") -> bytes:
    """A PNG as its header says, whatever follows."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + extra
        + chunk(b"IDAT", zlib.compress(data))
        + chunk(b"IEND", b"")
    )


# Where it comes from


@pytest.fixture
def file(tmp_path) -> Path:
    path = tmp_path / "corners.png"
    Pil.fromarray(CORNERS).save(path)
    return path


SOURCES = {
    "path": lambda path: path,
    "text": str,
    "bytes": lambda path: path.read_bytes(),
    "bytearray": lambda path: bytearray(path.read_bytes()),
    "memoryview": lambda path: memoryview(path.read_bytes()),
    "BytesIO": lambda path: io.BytesIO(path.read_bytes()),
    "PIL image": lambda path: Pil.fromarray(CORNERS),
    "array": lambda path: CORNERS,
    "nested list": lambda path: CORNERS.tolist(),
}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES.keys())
def test_sources(source, file):
    image = read_image(source(file))
    assert image.dtype == np.uint8
    assert image.flags.c_contiguous
    assert image.flags.writeable
    np.testing.assert_array_equal(image, CORNERS)


def test_open_files_stay_open_and_are_read_from_their_start(file):
    with open(file, "rb") as opened:
        opened.seek(0, io.SEEK_END)
        np.testing.assert_array_equal(read_image(opened), CORNERS)
        assert not opened.closed


def test_streams_that_cannot_seek():
    class Pipe:
        def __init__(self) -> None:
            self._data = io.BytesIO(encode(Pil.fromarray(CORNERS)))

        def read(self, size: int = -1) -> bytes:
            return self._data.read(size)

    np.testing.assert_array_equal(read_image(Pipe()), CORNERS)


def test_the_result_is_the_callers_own():
    before = CORNERS.copy()
    read_image(CORNERS)[:] = 7
    read_rgba(CORNERS)[:] = 7
    np.testing.assert_array_equal(CORNERS, before)


def test_a_pil_image_of_the_caller_is_left_alone():
    picture = Pil.fromarray(CORNERS)
    picture.getexif()[0x0112] = 6
    assert read_image(picture).shape == (24, 16, 3)
    assert picture.size == (24, 16)
    assert picture.getexif()[0x0112] == 6


# Formats


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "WEBP", "GIF", "PPM", "ICO", "JPEG2000", "JPEG", "AVIF"])
def test_formats(kind):
    options = {"WEBP": {"lossless": True}, "ICO": {"sizes": [(24, 16)]}, "JPEG": {"quality": 95, "subsampling": 0}}
    options["AVIF"] = {"quality": 95, "subsampling": "4:4:4"}
    image = read_image(encode(Pil.fromarray(CORNERS), kind, **options.get(kind, {})))
    np.testing.assert_allclose(image.astype(int), CORNERS, atol=12 if kind in ("JPEG", "AVIF") else 0)


def test_a_photo():
    photo = skimage.data.astronaut()
    np.testing.assert_array_equal(read_image(encode(Pil.fromarray(photo))), photo)


def test_phone_pictures_with_a_second_picture_inside():
    first, second = Pil.fromarray(CORNERS), Pil.fromarray(255 - CORNERS)
    data = encode(first, "MPO", save_all=True, append_images=[second], quality=95, subsampling=0)
    np.testing.assert_allclose(read_image(data).astype(int), CORNERS, atol=12)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_exif_orientation(orientation, kind):
    # How the camera stored it, by the definition of each number: where the first row and column of the picture are.
    stored = {
        1: CORNERS,
        2: CORNERS[:, ::-1],
        3: CORNERS[::-1, ::-1],
        4: CORNERS[::-1],
        5: CORNERS.transpose(1, 0, 2),
        6: np.rot90(CORNERS, 1),
        7: CORNERS[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(CORNERS, -1),
    }
    exif = Pil.Exif()
    exif[0x0112] = orientation
    options = {"JPEG": {"quality": 95, "subsampling": 0}, "WEBP": {"lossless": True}}.get(kind, {})
    data = encode(Pil.fromarray(np.ascontiguousarray(stored[orientation])), kind, exif=exif, **options)
    np.testing.assert_allclose(read_image(data).astype(int), CORNERS, atol=12 if kind == "JPEG" else 0)


def test_damaged_exif_does_not_matter():
    data = encode(Pil.fromarray(CORNERS), "PNG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\xff" * 40)
    np.testing.assert_array_equal(read_image(data), CORNERS)


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


def test_float_tiff_with_holes_is_refused(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.array([[0, np.nan]], np.float32))
    with pytest.raises(ImageError, match="NaN"):
        read_image(tmp_path / "a.tif")


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


# Animations


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_first_frame_of_an_animation(kind):
    first, second = Pil.fromarray(CORNERS), Pil.fromarray(255 - CORNERS)
    options = {"lossless": True} if kind == "WEBP" else {}
    data = encode(first, kind, save_all=True, append_images=[second], **options)
    np.testing.assert_array_equal(read_image(data), CORNERS)


# Arrays


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.array([[0, 128, 255]], np.uint8), [0, 128, 255]),
        (np.array([[[0], [128], [255]]], np.uint8), [0, 128, 255]),
        (np.array([[False, True]]), [0, 255]),
        (np.array([[0, 0.5, 1]], np.float32), [0, 128, 255]),
        (np.array([[0, 0.5, 1]], np.float64), [0, 128, 255]),
        (np.array([[0, 0.25, 1]], np.float16), [0, 64, 255]),
        (np.array([[0, 128, 255]], np.int64), [0, 128, 255]),
        (np.array([[0, 257, 32768, 65535]], np.uint16), [0, 1, 128, 255]),
        (np.array([[[0, 255], [128, 255]]], np.uint8), [0, 128]),
    ],
    ids=["uint8", "one channel", "bool", "float32", "float64", "float16", "int64", "uint16", "grey and alpha"],
)
def test_arrays_of_grey(array, expected):
    image = read_image(array)
    assert image.shape == (1, len(expected), 3)
    assert image[0, :, 0].tolist() == expected
    assert (image == image[..., :1]).all()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.zeros((3, 20, 20)), r"got shape \(3, 20, 20\).*image.transpose\(1, 2, 0\)"),
        (np.zeros((1, 20, 20, 3)), r"got shape \(1, 20, 20, 3\).*image\[0\]"),
        (np.zeros(20), r"got shape \(20,\)"),
        (np.zeros((4, 4, 5)), r"got shape \(4, 4, 5\)"),
        (np.zeros((0, 4, 3)), r"no pixels \(4 x 0\)"),
        (np.full((2, 2), 200.0), r"floats in 0..1, got 200..200"),
        (np.full((2, 2), -0.5), r"floats in 0..1, got -0.5"),
        (np.full((2, 2), np.nan), "NaN or infinity"),
        (np.full((2, 2), np.inf), "NaN or infinity"),
        (np.full((2, 2), 256), "int64 values in 0..255, got 256..256"),
        (np.full((2, 2), -1, np.int8), "int8 values in 0..255, got -1..-1"),
        (np.full((2, 2), "a"), "expected numbers"),
        (np.full((2, 2), 1j), "expected numbers"),
        ([[1, 2], [3]], "expected an array of numbers"),
        (np.broadcast_to(np.uint8(0), (20000, 20000, 3)), "20000 x 20000 = 400 megapixels; at most 80"),
        (np.broadcast_to(np.uint8(0), (1, MAX_SIDE + 1)), f"at most {MAX_SIDE} a side"),
    ],
)
def test_arrays_that_are_no_images(value, message):
    with pytest.raises(ImageError, match=message):
        read_image(value)


# What cannot be read


def test_one_pixel_is_an_image():
    assert read_image(encode(Pil.new("RGB", (1, 1), (1, 2, 3)))).tolist() == [[[1, 2, 3]]]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty .0 bytes.*Save or download it again"),
        (b"hello", "not an image, or is damaged. Expected JPEG, PNG"),
        (bytes(5000), "not an image"),
        (b"%PDF-1.7 ...", "a document. Export the page as PNG"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "a document"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>", "a vector drawing"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "a HEIC photo"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0", "a video"),
        (b"RIFF\x10\0\0\0AVI LIST", "a video"),
        (b"PK\x03\x04....", "an archive"),
        (b"8BPS\0\x01", "a Photoshop file"),
        (encode(Pil.fromarray(CORNERS))[:60], "cut off"),
        (encode(Pil.fromarray(skimage.data.astronaut()), "JPEG")[:9000], "cut off"),
        (encode(Pil.fromarray(CORNERS), "GIF")[:40], "cut off|damaged"),
        (encode(Pil.fromarray(CORNERS), "TIFF")[:300], "cut off|damaged"),
        (encode(Pil.fromarray(CORNERS), "WEBP")[:60], "cut off|damaged|not an image"),
        (png(10, 10, data=b"\x09" * 310), "damaged"),
        (png(0, 5), "no pixels|damaged|not an image"),
    ],
    ids=range(19),
)
def test_files_that_cannot_be_read(data, message):
    for source in (data, io.BytesIO(data)):
        with pytest.raises(ImageError, match=message) as caught:
            read_image(source)
        assert str(caught.value).endswith(".")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "TIFF", "WEBP", "BMP", "ICO", "AVIF", "JPEG2000", "PPM"])
def test_cut_and_scrambled_files_raise_nothing_but_image_errors(kind):
    data = encode(Pil.fromarray(CORNERS), kind)
    rng = np.random.default_rng(0)
    outcomes = set()
    for step in range(60):
        if step % 2:
            damaged = data[: rng.integers(0, len(data))]
        else:
            scrambled = bytearray(data)
            for place in rng.integers(0, len(data), 4):
                scrambled[place] = rng.integers(0, 256)
            damaged = bytes(scrambled)
        try:
            outcomes.add(read_image(damaged).ndim)
        except ImageError:
            outcomes.add("refused")
    assert "refused" in outcomes


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("no/such/photo.jpg", r"no file photo.jpg. Check the path: no/such/photo.jpg"),
        (Path(__file__).parent, "sam is a folder"),
        ("http://example.com/a.jpg", "got an address .* Download it first"),
        ("data:image/png;base64,AAAA", "got an address"),
        ("a\0b", "cannot be opened"),
        ("x" * 5000, "cannot be opened"),
        (None, "expected a path, bytes, .* got NoneType"),
        (42, "got int"),
        (io.StringIO("text"), "expected a binary file, got one of str"),
    ],
    ids=range(9),
)
def test_sources_that_cannot_be_read(source, message):
    with pytest.raises(ImageError, match=message):
        read_image(source)


def test_closed_files_are_named(file):
    with open(file, "rb") as opened:
        pass
    with pytest.raises(ImageError, match=r"corners\.png cannot be read"):
        read_image(opened)


@pytest.mark.parametrize(
    ("width", "height", "message"),
    [
        (20000, 20000, "400 megapixels; at most 80"),
        (9200, 9800, "90 megapixels; at most 80"),
        (8000, MAX_PIXELS // 8000 + 1, "80 megapixels; at most 80"),
        (MAX_SIDE + 1, 2, f"at most {MAX_SIDE} a side"),
    ],
)
def test_too_large_images_are_refused_before_they_are_decoded(width, height, message):
    data = png(width, height)
    tracemalloc.start()
    with pytest.raises(ImageError, match=message):
        read_image(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000_000


def test_bombs_inside_are_refused():
    zeros = zlib.compress(bytes(50_000_000))
    body = b"key\0\0" + zeros
    text = struct.pack(">I", len(body)) + b"zTXt" + body + struct.pack(">I", zlib.crc32(b"zTXt" + body))
    with pytest.raises(ImageError, match="damaged"):
        read_image(png(1, 1, data=b"\0" * 4, extra=text))


def test_programs_in_files_are_not_run(tmp_path):
    witness = tmp_path / "witness"
    eps = f"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\n({witness}) (w) file closefile\n"
    with pytest.raises(ImageError, match="a document"):
        read_image(eps.encode())
    assert not witness.exists()


# For models


@pytest.mark.parametrize(
    ("size_hw", "size", "expected"),
    [
        ((1080, 1920), 1024, (576, 1024)),
        ((1920, 1080), 512, (512, 288)),
        ((1, 1), 512, (512, 512)),
        ((1, 9000), 512, (1, 512)),
        ((333, 500), 1024, (682, 1024)),
    ],
)
def test_fit_hw(size_hw, size, expected):
    assert fit_hw(size_hw, size) == expected


def test_resize_longest():
    image = skimage.data.astronaut()[:300]
    small = resize_longest(image, 256)
    assert small.shape == (150, 256, 3)
    expected = Pil.fromarray(image).resize((256, 150), Pil.Resampling.BILINEAR)
    np.testing.assert_array_equal(small, np.asarray(expected))
    assert resize_longest(image, 512) is image
    assert resize_longest(image[:1, :1], 64).shape == (64, 64, 3)


def test_pad_square():
    image = np.ones((2, 3, 3), np.float32)
    square = pad_square(image, 4, (0, 5, 9))
    assert square.shape == (4, 4, 3)
    assert square.dtype == np.float32
    assert (square[:2, :3] == 1).all()
    assert (square[2:] == (0, 5, 9)).all()
    assert (square[:, 3:] == (0, 5, 9)).all()
    with pytest.raises(ImageError, match="up to 2 a side"):
        pad_square(image, 2)


@pytest.mark.parametrize(
    "value", [None, [[1]], np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), np.uint8)]
)
def test_check_image(value):
    check_image(CORNERS)
    with pytest.raises(ImageError, match="Use read_image"):
        check_image(value)
    with pytest.raises(ImageError, match="Use read_image"):
        resize_longest(value, 8)


def test_image_hash_tells_images_apart():
    other = CORNERS.copy()
    other[0, 0, 0] ^= 1
    hashes = {image_hash(image) for image in (CORNERS, other, CORNERS.transpose(1, 0, 2), CORNERS[::-1])}
    assert len(hashes) == 4
    assert image_hash(np.zeros((2, 3), np.uint8)) != image_hash(np.zeros((3, 2), np.uint8))
    assert image_hash(CORNERS[:, ::2]) == image_hash(np.ascontiguousarray(CORNERS[:, ::2]))
    assert image_hash(CORNERS) == image_hash(read_image(encode(Pil.fromarray(CORNERS))))
