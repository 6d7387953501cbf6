"""Small pictures inside formats: PNG out, and any picture in at its stored numbers."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import ImageError
from ...images import read_rgba
from ...io.decoding import open_picture
from ..annotations import AnnotatedImage, Color
from .format import FormatError


def encode_png(array: NDArray[Any], palette: Sequence[Color] | None = None) -> bytes:
    """A PNG.

    Args:
        array: (H, W) uint8 or uint16, or (H, W, 3 or 4) uint8.
        palette: colours of the numbers of (H, W) uint8.
    """
    from PIL import Image

    picture = Image.fromarray(np.ascontiguousarray(array))
    if palette is not None:
        picture = Image.fromarray(np.ascontiguousarray(array), "L")
        picture.putpalette([part for color in palette for part in color])
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=4)
    return buffer.getvalue()


def decode_picture(data: bytes, name: str, mode: str = "") -> NDArray[Any]:
    """A picture's numbers as they are stored: palette entries, 16 bits, or in a mode of Pillow's.

    Raises:
        ImageError: damaged, too large, or no picture.
    """
    file = io.BytesIO(data)
    with open_picture(file, name) as picture:
        try:
            picture.load()
            return np.asarray(picture.convert(mode) if mode and picture.mode != mode else picture)
        except Exception as error:  # Pillow raises what it likes on damaged files
            raise ImageError(f"{name} is damaged and cannot be decoded.") from error


def pixels_of(image: AnnotatedImage) -> NDArray[np.uint8]:
    """A photo's own pixels, (H, W, 4).

    Raises:
        FormatError: its file is not there, or is of another size.
    """
    if image.source is None:
        raise FormatError(f"{image.name}: the photo is not there, and this format holds its pixels. Put it beside.")
    pixels = read_rgba(image.source)
    if pixels.shape[:2] != image.size_hw:
        raise FormatError(f"{image.name}: the photo has another size than its objects' masks.")
    return pixels
