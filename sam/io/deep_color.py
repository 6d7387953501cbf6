"""Colours of more than 8 bits in formats of which Pillow keeps the upper 8: PNG, PPM, JPEG 2000."""

from __future__ import annotations

import re
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

_PNG_DEPTH, _PNG_COLOUR = 24, 25
_PPM = re.compile(rb"P6(?:\s|#[^\n]*\n)+\d+(?:\s|#[^\n]*\n)+\d+(?:\s|#[^\n]*\n)+(\d+)\s")


def read_deep_color(file: BinaryIO, picture: Any) -> tuple[NDArray[Any], float] | None:
    """The colours as they are stored.

    Args:
        file: the whole file; its place is kept.
        picture: the same, opened by Pillow.

    Returns:
        (H, W, 3) RGB of uint16, not turned, and the value that is white; None where Pillow loses nothing, or OpenCV
        cannot read the file.
    """
    place = file.tell()
    file.seek(0)
    white = _white(file.read(512))
    file.seek(place)
    if not white or picture.mode in ("L", "1", "P") or picture.mode.startswith("I"):
        return None
    import cv2

    file.seek(0)
    data = file.read()
    file.seek(place)
    try:
        found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None
    if found is None or found.dtype != np.uint16:
        return None
    if found.ndim == 2 or found.shape[2] < 3:
        return np.repeat(found.reshape(*found.shape[:2], -1)[..., :1], 3, axis=2), white
    return found[..., 2::-1], white


def _white(head: bytes) -> float:
    """The highest value that the header allows; 0 for 8 bits, or another format."""
    if head.startswith(b"\x89PNG") and len(head) > _PNG_COLOUR:
        return 65535.0 if head[_PNG_DEPTH] == 16 and head[_PNG_COLOUR] in (2, 4, 6) else 0.0
    if head.startswith(b"P6"):
        found = _PPM.match(head)
        return float(found[1]) if found and 255 < int(found[1]) <= 65535 else 0.0
    place = head.find(b"ihdr")
    if b"ftypjp2" in head and 0 <= place < len(head) - 15:
        bits = (head[place + 14] & 0x7F) + 1
        return float(2**bits - 1) if 8 < bits <= 16 else 0.0
    return 0.0
