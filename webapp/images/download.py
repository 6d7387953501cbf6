"""Files to download, in the photo's own colour profile."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plugins import PluginError
from sam import Image
from sam.compositing.framing import Window, crop_to
from sam.io.color_profiles import Original, has_own_colours, read_original, srgb_profile
from sam.io.serialization import encode_picture

from ..workspace.picture import Picture


def cut_out(image: Image, mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """(H, W, 4) RGBA; colours under full transparency go too, so that the background cannot be brought back.

    Args:
        image: (H, W, 3) RGB, or (H, W, 4) RGBA, of which no more is opaque than was.
        mask: (H, W).
    """
    alpha = image[..., 3] if image.shape[2] == 4 else np.uint8(255)
    return np.dstack([image[..., :3] * mask[..., None], mask.astype(np.uint8) * alpha])


def picture_file(
    picture: Picture | None, pixels: NDArray[np.uint8], name: str = "file.png", window: Window | None = None
) -> bytes:
    """What was made of a photo, in the photo's own colours; in sRGB where it has no others, or another size.

    Args:
        pixels: (H, W) grey, (H, W, 3) RGB or (H, W, 4) RGBA uint8, in sRGB.
        name: its ending says the format.
        window: the part of the photo that it is; default: all of it.

    Raises:
        SamError: a format that cannot hold it.
        PluginError: not of the window's size.
    """
    if pixels.ndim != 3:
        return encode_picture(pixels, Path(name))
    original = read_original(picture.file) if picture is not None and picture.file else None
    if original is not None and window is not None:
        stored, seen = (crop_to(one, window, repeat=True) for one in (original.stored, original.seen))
        original = Original(original.icc, stored, seen)
    if window is not None and pixels.shape[:2] != (window.bottom - window.top, window.right - window.left):
        raise PluginError(f"A picture of {pixels.shape[:2]} is not of the size of {window}.")
    if original is None or original.seen.shape[:2] != pixels.shape[:2]:
        return encode_picture(pixels, Path(name), srgb_profile())
    return encode_picture(original.restore(pixels), Path(name), original.icc)


def keep_file(source: Any) -> bytes:
    """The bytes of a photo file whose colours are not sRGB's; of others b"", for nothing is lost in reading them."""
    if isinstance(source, (str, os.PathLike)):
        return Path(source).read_bytes() if has_own_colours(source) else b""
    return source if isinstance(source, bytes) and has_own_colours(source) else b""
