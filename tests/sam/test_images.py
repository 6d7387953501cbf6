from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image as Pil

from sam import ImageError, read_image
from sam.images import check_image, fit_hw, image_hash, pad_square, read_rgba, resize_longest
from tests.sam.pictures import CORNERS, encode

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
