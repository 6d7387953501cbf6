"""Arrays as 8-bit pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ImageError
from .brightness import Brightness, Choice, to_levels
from .image_limits import check_size


def read_array(value: Any, choice: Choice) -> tuple[NDArray[np.uint8], Brightness | None]:
    """(H, W, 3) or (H, W, 4) uint8 of its own, and the brightness where values have 16 bits.

    Args:
        value: (H, W) or (H, W, 1..4), see `sam.images.read_photo`.
        choice: see `Choice`.

    Raises:
        ImageError: not such an array.
    """
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ImageError(f"image: expected an array of numbers, got {type(value).__name__} ({error}).") from error
    if array.ndim == 2:
        array = array[..., None]
    if array.ndim != 3 or array.shape[2] not in (1, 2, 3, 4):
        hint = ""
        if array.ndim == 3 and array.shape[0] in (1, 3, 4):
            hint = " The colours seem to come first: use image.transpose(1, 2, 0)."
        elif array.ndim == 4 and len(array) == 1:
            hint = " This is a batch of one: use image[0]."
        raise ImageError(f"image: expected (H, W), (H, W, 3) or (H, W, 4), got shape {array.shape}.{hint}")
    check_size(array.shape[0], array.shape[1], "The image")
    pixels, brightness = _to_uint8(array, choice)
    if pixels.shape[2] == 1:
        return np.repeat(pixels, 3, axis=2), brightness
    if pixels.shape[2] == 2:
        return pixels[..., [0, 0, 0, 1]], brightness
    return np.array(pixels, order="C"), brightness


def _to_uint8(array: NDArray[Any], choice: Choice) -> tuple[NDArray[np.uint8], Brightness | None]:
    if array.dtype == np.uint8:
        return array, None
    if array.dtype == bool:
        return array.astype(np.uint8) * np.uint8(255), None
    if array.dtype == np.uint16:
        colours = array.shape[2] - (array.shape[2] % 2 == 0)
        levels, brightness = to_levels(array[..., :colours], stored=(0.0, 65535.0), choice=choice)
        if colours < array.shape[2]:
            alpha = to_levels(array[..., colours:], stored=(0.0, 65535.0), choice="stored")[0]
            levels = np.dstack([levels, alpha])
        return levels, brightness
    if np.issubdtype(array.dtype, np.floating):
        if not np.isfinite(array).all():
            raise ImageError("image: expected finite numbers, got NaN or infinity.")
        low, high = float(array.min()), float(array.max())
        if low < 0 or high > 1:
            raise ImageError(
                f"image: expected floats in 0..1, got {low:g}..{high:g}. Divide by the value that means white."
            )
        return np.rint(array * 255).astype(np.uint8), None
    if np.issubdtype(array.dtype, np.integer):
        low, high = int(array.min()), int(array.max())
        if low < 0 or high > 255:
            raise ImageError(f"image: expected {array.dtype} values in 0..255, got {low}..{high}. Scale them to uint8.")
        return array.astype(np.uint8), None
    raise ImageError(f"image: expected numbers, got an array of {array.dtype}.")
