"""Pictures drawn for the tests of images."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
from PIL import Image as Pil

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
