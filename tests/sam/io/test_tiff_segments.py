"""However the pixels of a TIFF file lie, they are the same."""

from __future__ import annotations

import numpy as np
import pytest

from sam import ImageError
from sam.images import read_image, read_photo, read_rgba
from tests.sam.io.tiffs import DEEP, PHOTO, by_hand, lzw, written


def planes(values: np.ndarray) -> list[np.ndarray]:
    return [np.ascontiguousarray(values[..., band]) for band in range(values.shape[2])]


def strips(values: np.ndarray, rows: int) -> list[bytes]:
    return [values[start : start + rows].tobytes() for start in range(0, len(values), rows)]


def tiles(values: np.ndarray, side: int) -> list[bytes]:
    height, width = values.shape[:2]
    padding = ((0, -height % side), (0, -width % side), *[(0, 0)] * (values.ndim - 2))
    padded = np.pad(values, padding)
    return [
        padded[row : row + side, column : column + side].tobytes()
        for row in range(0, padded.shape[0], side)
        for column in range(0, padded.shape[1], side)
    ]


def differences(values: np.ndarray) -> np.ndarray:
    return np.diff(values, axis=1, prepend=np.zeros_like(values[:, :1]))


def float_differences(values: np.ndarray) -> bytes:
    """Adobe's floating point predictor, of (H, W, C) float32."""
    height, width, samples = values.shape
    spread = values.astype(">f4").view(np.uint8).reshape(height, width * samples, 4).transpose(0, 2, 1)
    whole = np.ascontiguousarray(spread).reshape(height, -1, samples)
    return np.diff(whole, axis=1, prepend=np.zeros_like(whole[:, :1])).tobytes()


SIZE = PHOTO.shape[:2]
PLANES = [one for plane in planes(DEEP) for one in strips(plane, 40)]
FLOAT = (PHOTO / 255).astype(np.float32)
LAYOUTS = {
    "separate": written((DEEP.transpose(2, 0, 1), {"planarconfig": "separate"})),
    "separate, 8 bits": written((PHOTO.transpose(2, 0, 1), {"planarconfig": "separate"})),
    "separate, deflate": written((DEEP.transpose(2, 0, 1), {"planarconfig": "separate", "compression": "zlib"})),
    "separate, big-endian": written((DEEP.transpose(2, 0, 1), {"planarconfig": "separate"}), byteorder=">"),
    "separate, LZW": by_hand([lzw(one) for one in PLANES], SIZE, 3, 16, planar=2, rows=40),
    "separate, LZW, 8 bits": by_hand([lzw(p.tobytes()) for p in planes(PHOTO)], SIZE, 3, 8, planar=2),
    "separate, LZW, big-endian": by_hand(
        [lzw(p.astype(">u2").tobytes()) for p in planes(DEEP)], SIZE, 3, 16, planar=2, order=">"
    ),
    "separate, LZW, differences": by_hand(
        [lzw(differences(p).tobytes()) for p in planes(DEEP)], SIZE, 3, 16, planar=2, predictor=2
    ),
    "together, LZW": by_hand([lzw(DEEP.tobytes())], SIZE, 3, 16),
    "together, LZW, differences": by_hand([lzw(differences(DEEP).tobytes())], SIZE, 3, 16, predictor=2),
    "LZW in tiles": by_hand([lzw(one) for one in tiles(DEEP, 64)], SIZE, 3, 16, tile=(64, 64)),
    "separate, LZW in tiles": by_hand(
        [lzw(one) for plane in planes(DEEP) for one in tiles(plane, 64)], SIZE, 3, 16, tile=(64, 64), planar=2
    ),
    "LZW of floats": by_hand([lzw(FLOAT.tobytes())], SIZE, 3, 32, kind=3),
    "LZW of floats, differences": by_hand([lzw(float_differences(FLOAT))], SIZE, 3, 32, kind=3, predictor=3),
    "16 bits, tiles": written((DEEP, {"tile": (64, 64)})),
}


@pytest.mark.parametrize("data", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_the_layout_of_the_pixels_does_not_change_them(data):
    photo = read_photo(data)
    assert np.abs(photo.pixels.astype(int) - PHOTO).max() <= 1
    assert photo.notes == ()


@pytest.mark.parametrize("bits", [10, 12, 14])
def test_packed_bits(bits):
    grey = np.linspace(0, 2**bits - 1, 61 * 40).reshape(40, 61).astype(np.uint16)
    text = ["".join(f"{value:0{bits}b}" for value in row) for row in grey]
    rows = [int(row + "0" * (-len(row) % 8), 2).to_bytes(-(-len(row) // 8), "big") for row in text]
    for segments, compression in (([b"".join(rows)], 1), ([lzw(b"".join(rows))], 5)):
        data = by_hand(segments, grey.shape, 1, bits, compression=compression)
        expected = np.rint(grey * (255 / (2**bits - 1)))
        assert np.abs(read_image(data)[..., 0] - expected).max() <= 1


def test_large_pages_are_taken_apart(monkeypatch):
    monkeypatch.setattr("sam.io.tiff_segments._PIECE", 20_000)
    np.testing.assert_array_equal(read_image(LAYOUTS["LZW in tiles"]), PHOTO)
    np.testing.assert_array_equal(read_image(LAYOUTS["separate, LZW"]), PHOTO)


@pytest.mark.parametrize("name", LAYOUTS)
def test_cut_and_scrambled_files_raise_nothing_but_image_errors(name):
    rng = np.random.default_rng(0)
    outcomes = []
    for step in range(16):
        data = LAYOUTS[name]
        damaged = bytearray(data[: rng.integers(8, len(data))] if step % 2 else data)
        for place in rng.integers(0, min(len(damaged), 600), 3):
            damaged[place] = rng.integers(0, 256)
        try:
            read_rgba(bytes(damaged))
        except ImageError as error:
            outcomes.append(str(error))
    assert outcomes
    assert all(one.endswith(".") for one in outcomes)
