"""Images in: any file, bytes, PIL image or array to (H, W, 3) uint8 RGB; and the resizing that models need."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Union

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import ImageError
from .io.brightness import Brightness
from .io.brightness import Choice as Choice
from .io.decoding import FORMATS as FORMATS
from .io.decoding import decode
from .io.decoding import upright as upright
from .io.image_limits import MAX_FILE_BYTES as MAX_FILE_BYTES
from .io.image_limits import MAX_PIXELS as MAX_PIXELS
from .io.image_limits import MAX_SIDE as MAX_SIDE
from .types import Cutout, Image

if TYPE_CHECKING:
    from PIL import Image as Pil

Source = Union[str, "os.PathLike[str]", bytes, bytearray, memoryview, BinaryIO, ArrayLike, "Pil.Image"]
"""What an image can be read from."""


@dataclass(frozen=True, eq=False)
class Photo:
    """An image, and what a user should know of how it was read.

    Attributes:
        pixels: (H, W, 3) RGB or (H, W, 4) RGBA, uint8, the caller's own.
        notes: a sentence each: pixels without a value, which page or bands are shown, a range that was chosen.
        brightness: which values are black and white, for files of more than 8 bits; None for others.
        pages: (width, height) of each, where the file has several.
        page: which this is, counted from 1.
    """

    pixels: NDArray[np.uint8]
    notes: tuple[str, ...] = ()
    brightness: Brightness | None = None
    pages: tuple[tuple[int, int], ...] = ()
    page: int = 1

    def on(self, background: tuple[int, int, int] = (255, 255, 255)) -> Image:
        """(H, W, 3) uint8 RGB: transparency laid on `background`.

        Raises:
            ImageError: no such colour.
        """
        if self.pixels.shape[2] == 3:
            return self.pixels
        if not _is_color(background):
            raise ImageError(f"background: expected red, green and blue in 0..255, got {background}.")
        if (self.pixels[..., 3] == 255).all():
            return np.ascontiguousarray(self.pixels[..., :3])
        from PIL import Image as Pil

        layer = Pil.fromarray(self.pixels)
        canvas = Pil.new("RGB", layer.size, (int(background[0]), int(background[1]), int(background[2])))
        canvas.paste(layer, mask=layer)
        return np.array(canvas)

    def cutout(self) -> Cutout:
        """(H, W, 4) uint8 RGBA, not premultiplied; alpha is 255 where the source has none."""
        if self.pixels.shape[2] == 4:
            return self.pixels
        return np.concatenate([self.pixels, np.full((*self.pixels.shape[:2], 1), 255, np.uint8)], axis=2)


def read_photo(source: Source, *, page: int | None = None, brightness: Choice = "auto") -> Photo:
    """An image as it is meant to be seen, with what was decided on the way.

    EXIF orientation and colour profile are applied. Of several pages this is the largest, of equals the first. Values
    of more than 8 bits are shown over the range that the file says, or else that its values need; pixels without a
    value (NaN, GDAL_NODATA, -9999 beside all others) are black. Of more than three bands the first three are colours.
    Size limits are checked before anything is decoded.

    Args:
        source: path, bytes, binary file object, PIL image (its current frame), or an array: (H, W), (H, W, 1),
            (H, W, 2) grey + alpha, (H, W, 3) RGB or (H, W, 4) RGBA of uint8, uint16, bool, or floats in [0, 1].
        page: counted from 1, of files with several.
        brightness: "auto"; "stored", all that the type can hold; "extremes", from the lowest to the highest value;
            or the two values that are black and white.

    Raises:
        ImageError: missing, empty, damaged, cut off, too large, or not an image; no such page or brightness.
    """
    found = decode(source, page, brightness)
    return Photo(found.pixels, found.notes, found.brightness, found.pages, found.page)


def read_image(
    source: Source,
    *,
    background: tuple[int, int, int] = (255, 255, 255),
    page: int | None = None,
    brightness: Choice = "auto",
) -> Image:
    """An image as it is meant to be seen: as `read_photo`, with transparency laid on `background`.

    Args:
        source, page, brightness: see `read_photo`.
        background: RGB in 0..255.

    Returns:
        (H, W, 3) uint8 RGB, the caller's own.

    Raises:
        ImageError: as `read_photo`.
    """
    return read_photo(source, page=page, brightness=brightness).on(background)


def read_rgba(source: Source, *, page: int | None = None, brightness: Choice = "auto") -> Cutout:
    """As `read_photo`, with the transparency kept.

    Returns:
        (H, W, 4) uint8 RGBA, not premultiplied, the caller's own; alpha is 255 where the source has none.

    Raises:
        ImageError: as `read_photo`.
    """
    return read_photo(source, page=page, brightness=brightness).cutout()


def image_hash(image: NDArray[Any]) -> str:
    """64 hexadecimal digits that stand for the pixels: equal images, and no others, have equal hashes."""
    digest = hashlib.sha256(f"{image.dtype.str}{image.shape}".encode())
    digest.update(np.ascontiguousarray(image).data)
    return digest.hexdigest()


def fit_hw(size_hw: tuple[int, int], size: int) -> tuple[int, int]:
    """(height, width) after scaling the longest side to `size`, rounded as SAM does; never below 1."""
    scale = size / max(size_hw)
    return max(1, int(size_hw[0] * scale + 0.5)), max(1, int(size_hw[1] * scale + 0.5))


def resize_longest(image: Image, size: int) -> Image:
    """The image with its longest side scaled to `size` pixels, up or down.

    Args:
        image: (H, W, 3) uint8.
        size: pixels.

    Returns:
        (h, w, 3) uint8 with (h, w) = `fit_hw`; the image itself when it already fits.

    Raises:
        ImageError: not such an array.
    """
    check_image(image)
    height, width = fit_hw(image.shape[:2], size)
    if (height, width) == image.shape[:2]:
        return image
    from PIL import Image as Pil

    # Pillow and not OpenCV: SAM was trained on, and is compared with, Pillow's antialiased bilinear filter.
    return np.array(Pil.fromarray(image).resize((width, height), Pil.Resampling.BILINEAR))


def pad_square(image: NDArray[Any], size: int, value: ArrayLike = 0) -> NDArray[Any]:
    """The image in the top left of a square.

    Args:
        image: (H, W, C) with both sides at most `size`; any dtype, which is kept.
        size: side of the square in pixels.
        value: what the rest is filled with; one number, or one for each of the C channels.

    Raises:
        ImageError: the image does not fit.
    """
    if image.ndim != 3 or max(image.shape[:2]) > size:
        raise ImageError(f"image: expected (H, W, C) up to {size} a side, got shape {image.shape}. Resize it first.")
    square = np.full((size, size, image.shape[2]), value, image.dtype)
    square[: image.shape[0], : image.shape[1]] = image
    return square


def check_image(image: Any) -> None:
    """Refuse what is no RGB image, before a model turns it into nonsense.

    Raises:
        ImageError: not a (H, W, 3) uint8 array with pixels in it.
    """
    if not isinstance(image, np.ndarray):
        raise ImageError(f"image: expected a (H, W, 3) uint8 array, got {type(image).__name__}. Use read_image.")
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or image.size == 0:
        raise ImageError(
            f"image: expected (H, W, 3) uint8 RGB, got {image.dtype} of shape {image.shape}. Use read_image."
        )


def _is_color(value: Any) -> bool:
    parts = value if isinstance(value, (tuple, list, np.ndarray)) else ()
    return len(parts) == 3 and all(isinstance(part, (int, float, np.number)) and 0 <= part <= 255 for part in parts)
