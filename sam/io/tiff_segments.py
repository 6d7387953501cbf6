"""The pixels of TIFF pages that tifffile reads only with imagecodecs, such as LZW, and of 10 or 14 packed bits.

libtiff inside Pillow knows every lossless compression, but Pillow has few layouts of pixels. So each plane is handed to
it as a grey picture of 8 bits, whose "pixels" are the plane's bytes; putting those together is done here, as section 14
(differencing predictor) of TIFF 6.0 and Adobe's technical note 3 (floating point predictor) say.
"""

from __future__ import annotations

import io
import struct
import sys
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

SEPARATE = 2
_WIDTH, _LENGTH, _BITS, _COMPRESSION, _PHOTOMETRIC, _FILL_ORDER, _SAMPLES = 256, 257, 258, 259, 262, 266, 277
_STRIPS = (278, 273, 279)
_TILES = (322, 323, 324, 325)
_PIECE = 60_000_000
_KINDS = {1: "u", 2: "i", 3: "f", 5: "i", 6: "c"}


def read_bands(page: Any, file: BinaryIO, bands: int) -> NDArray[Any]:
    """The first bands of a page.

    Args:
        page: a `tifffile.TiffPage` of integers or floats, in strips or tiles, losslessly compressed.
        file: where the page is.
        bands: how many, at most the page's own.

    Returns:
        (H, W, bands) in native byte order; samples of an odd number of bits as the next larger unsigned integers.

    Raises:
        ValueError, OSError: damaged, or a layout or compression that is not known.
    """
    own = int(page.samplesperpixel)
    separate = page.planarconfig == SEPARATE and own > 1
    planes = range(bands) if separate else range(1)
    made = [_plane(page, file, plane, 1 if separate else own, own if separate else 1) for plane in planes]
    return np.concatenate(made, axis=2)[..., :bands]


def _plane(page: Any, file: BinaryIO, plane: int, samples: int, planes: int) -> NDArray[Any]:
    """(H, W, samples)."""
    height, width, bits = int(page.imagelength), int(page.imagewidth), int(page.bitspersample)
    tiled = bool(page.is_tiled)
    across = int(page.tilewidth) if tiled else width
    down = int(page.tilelength) if tiled else min(int(page.rowsperstrip or height) or height, height)
    columns, rows = -(-width // across), -(-height // down)
    row_bytes = -(-across * samples * bits // 8)
    count = columns * rows
    offsets, sizes = page.dataoffsets, page.databytecounts
    if len(offsets) < count * planes or len(sizes) < count * planes:
        raise ValueError("parts of the page are missing")
    segments = []
    for index in range(plane * count, (plane + 1) * count):
        file.seek(offsets[index])
        segments.append(file.read(sizes[index]))
    packed = _unpack(segments, page, row_bytes, down, height, tiled)
    # (rows of tiles, columns of tiles, rows in one, bytes of one row)
    values = _values(packed, page, across, samples, bits)
    if tiled:
        values = values.reshape(rows, columns, down, across, samples).transpose(0, 2, 1, 3, 4)
        values = values.reshape(rows * down, columns * across, samples)
    return values[:height, :width]


def _unpack(
    segments: list[bytes], page: Any, row_bytes: int, down: int, full_rows: int, tiled: bool
) -> NDArray[np.uint8]:
    """(rows, bytes of a row), tiles below one another."""
    from PIL import Image as Pil

    rows = len(segments) * down if tiled else full_rows
    # As strips: a tile's rows of bytes need not be a multiple of 16, which a tile's width must be. A few at a time,
    # since Pillow takes pictures of more than a few hundred megapixels, here bytes, for an attack.
    group = max(1, _PIECE // (row_bytes * down))
    pieces = []
    for first in range(0, len(segments), group):
        some = segments[first : first + group]
        height = min(len(some) * down, rows - first * down)
        picture = Pil.open(io.BytesIO(_header(some, page, row_bytes, height, down) + b"".join(some)), formats=("TIFF",))
        if picture.size != (row_bytes, height):
            raise ValueError("the page's parts do not fit its size")
        pieces.append(np.asarray(picture, np.uint8).reshape(height, row_bytes))
    return np.concatenate(pieces) if len(pieces) > 1 else pieces[0]


def _header(segments: list[bytes], page: Any, row_bytes: int, rows: int, down: int) -> bytes:
    """A TIFF file up to its pixels: one grey picture of 8 bits in strips."""
    count = len(segments)
    entries = 9 if page.fillorder == 1 else 10
    start = 8 + 2 + 12 * entries + 4
    data = start + 8 * count
    offsets = np.cumsum([0, *(len(segment) for segment in segments[:-1])]) + data
    fields = [
        (_WIDTH, row_bytes),
        (_LENGTH, rows),
        (_BITS, 8),
        (_COMPRESSION, int(page.compression)),
        (_PHOTOMETRIC, 1),
        *([] if page.fillorder == 1 else [(_FILL_ORDER, int(page.fillorder))]),
        (_STRIPS[1], start if count > 1 else int(offsets[0])),
        (_SAMPLES, 1),
        (_STRIPS[0], down),
        (_STRIPS[2], start + 4 * count if count > 1 else len(segments[0])),
    ]
    table = b"".join(
        struct.pack("<HHII", tag, 4, count if tag in (_STRIPS[1], _STRIPS[2]) else 1, value) for tag, value in fields
    )
    places = struct.pack(f"<{count}I", *(int(offset) for offset in offsets))
    lengths = struct.pack(f"<{count}I", *(len(segment) for segment in segments))
    return b"II*\0" + struct.pack("<IH", 8, entries) + table + struct.pack("<I", 0) + places + lengths


def _values(packed: NDArray[np.uint8], page: Any, across: int, samples: int, bits: int) -> NDArray[Any]:
    """(rows, across, samples) in native byte order, the predictor undone."""
    kind = _KINDS.get(int(page.sampleformat), "u")
    predictor = int(page.predictor)
    order = page.parent.byteorder
    if bits not in (8, 16, 32, 64) or (kind == "f" and bits == 8):
        if kind != "u" or predictor != 1 or bits > 32:
            raise ValueError(f"samples of {bits} bits are not known")
        return _from_bits(packed, across * samples, bits).reshape(len(packed), across, samples)
    if predictor == 3:
        return _undo_float_predictor(packed, across, samples, bits)
    values = packed.view(f"{order}{kind}{bits // 8}").astype(f"={kind}{bits // 8}", copy=False)
    values = values.reshape(len(packed), across, samples)
    if predictor == 2:
        # Differences wrap around, which only unsigned sums do without a warning.
        whole = np.cumsum(values.view(f"=u{bits // 8}"), axis=1, dtype=f"=u{bits // 8}")
        return whole.view(values.dtype)
    if predictor != 1:
        raise ValueError(f"the predictor {predictor} is not known")
    return values


def _undo_float_predictor(packed: NDArray[np.uint8], across: int, samples: int, bits: int) -> NDArray[Any]:
    size = bits // 8
    whole = np.cumsum(packed.reshape(len(packed), -1, samples), axis=1, dtype=np.uint8)
    # The most significant bytes of all values come first, whatever the file's byte order.
    planes = whole.reshape(len(packed), size, across * samples).transpose(0, 2, 1)
    if sys.byteorder == "little":
        planes = planes[..., ::-1]
    return np.ascontiguousarray(planes).view(f"=f{size}").reshape(len(packed), across, samples)


def _from_bits(packed: NDArray[np.uint8], count: int, bits: int) -> NDArray[Any]:
    """(rows, count): unsigned integers of `bits` bits, packed from the most significant one on."""
    dtype = np.uint8 if bits <= 8 else np.uint16 if bits <= 16 else np.uint32
    values = np.empty((len(packed), count), dtype)
    step = max(1, 2_000_000 // max(1, count * bits))
    weights = (1 << np.arange(bits - 1, -1, -1, dtype=np.uint64)).astype(np.uint64)
    for start in range(0, len(packed), step):
        rows = np.unpackbits(packed[start : start + step], axis=1)[:, : count * bits]
        values[start : start + step] = rows.reshape(len(rows), count, bits) @ weights
    return values
