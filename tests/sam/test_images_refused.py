"""What is no image, or not one that can be used: a sentence that says what to do."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image as Pil

from sam import ImageError, read_image
from sam.images import MAX_PIXELS, MAX_SIDE
from tests.sam.pictures import CORNERS, encode, png


@pytest.fixture
def file(tmp_path) -> Path:
    path = tmp_path / "corners.png"
    Pil.fromarray(CORNERS).save(path)
    return path


# Arrays


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
