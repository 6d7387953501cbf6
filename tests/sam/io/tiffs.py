"""TIFF files written for tests: by tifffile, by Pillow, and by hand where neither writes them."""

from __future__ import annotations

import io
import struct

import numpy as np
import skimage.data
import tifffile
from PIL import Image as Pil

PHOTO = np.ascontiguousarray(skimage.data.astronaut()[:150, :200])
SMALL = np.ascontiguousarray(PHOTO[::5, ::5])
DEEP = PHOTO.astype(np.uint16) * 257
NIR = np.linspace(30, 220, PHOTO[..., 0].size).reshape(PHOTO.shape[:2]).astype(np.uint8)


def written(*pages, **options) -> bytes:
    """Pages of (array, options)."""
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer, **options) as file:
        for values, more in pages:
            file.write(values, **{"photometric": "rgb", "metadata": None, **more})
    return buffer.getvalue()


def by_pillow(picture: Pil.Image, **options) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "TIFF", **options)
    return buffer.getvalue()


def lzw(data: bytes) -> bytes:
    """TIFF's LZW, the simplest there is: codes of 9 bits, a clear before they would grow."""
    codes = []
    for start in range(0, len(data), 250):
        codes += [256, *data[start : start + 250]]
    text = "".join(f"{code:09b}" for code in [*codes, 257])
    text += "0" * (-len(text) % 8)
    return int(text, 2).to_bytes(len(text) // 8, "big")


def by_hand(
    segments: list[bytes],
    size_hw: tuple[int, int],
    samples: int,
    bits: int,
    *,
    order: str = "<",
    compression: int = 5,
    planar: int = 1,
    predictor: int = 1,
    rows: int = 0,
    tile: tuple[int, int] | None = None,
    kind: int = 1,
    photometric: int | None = None,
) -> bytes:
    """A TIFF file around strips or tiles that are compressed already."""
    height, width = size_hw
    photometric = (2 if samples >= 3 else 1) if photometric is None else photometric
    arrays = [(258, "H", [bits] * samples), (339, "H", [kind] * samples)]
    offsets, counts = (324, 325) if tile else (273, 279)
    arrays += [(offsets, "I", [0] * len(segments)), (counts, "I", [len(one) for one in segments])]
    fields = [(256, "I", [width]), (257, "I", [height]), (259, "H", [compression]), (262, "H", [photometric])]
    fields += [(277, "H", [samples]), (284, "H", [planar]), (317, "H", [predictor])]
    fields += [(322, "I", [tile[1]]), (323, "I", [tile[0]])] if tile else [(278, "I", [rows or height])]
    if samples > 3:
        fields.append((338, "H", [0] * (samples - 3)))
    fields = sorted([*fields, *arrays])
    sizes = {"H": 2, "I": 4}
    start = 8 + 2 + 12 * len(fields) + 4
    pixels = start + sum(sizes[kind] * len(values) for _, kind, values in fields if sizes[kind] * len(values) > 4)
    places = list(pixels + np.cumsum([0, *(len(one) for one in segments[:-1])]))
    table, outside = b"", b""
    for tag, letter, values in fields:
        values = places if tag == offsets else values
        packed = struct.pack(f"{order}{len(values)}{letter}", *values)
        if len(packed) > 4:
            packed, outside = struct.pack(f"{order}I", start + len(outside)), outside + packed
        table += struct.pack(f"{order}HHI", tag, {"H": 3, "I": 4}[letter], len(values)) + packed.ljust(4, b"\0")
    head = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HIH", 42, 8, len(fields))
    return head + table + struct.pack(f"{order}I", 0) + outside + b"".join(segments)
