"""Images in: any file, bytes, PIL image or array to (H, W, 3) uint8 RGB; and the resizing that models need."""

from __future__ import annotations

import hashlib
import io
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Union

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import ImageError
from .io.color_profiles import to_srgb
from .io.heif import HEIC, learn_heic
from .types import Cutout, Image

if TYPE_CHECKING:
    from PIL import Image as Pil

Source = Union[str, "os.PathLike[str]", bytes, bytearray, memoryview, BinaryIO, ArrayLike, "Pil.Image"]
"""What an image can be read from."""

MAX_PIXELS = 80_000_000
"""Width times height; about a quarter of a gigabyte as RGB. Below Pillow's own limit, so that ours speaks first."""

MAX_SIDE = 32_767
"""Longest side in pixels: neither OpenCV's 16-bit coordinates nor a browser's canvas go further."""

MAX_FILE_BYTES = 1 << 30

# What Pillow may try, so that a file cannot reach a decoder that runs programs (EPS) or that nobody needs here.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "DIB", "TIFF", "PPM", "ICO", "AVIF", "HEIF", "JPEG2000", "QOI")

_READS = "JPEG, PNG, WebP, AVIF, HEIC, GIF, BMP, TIFF, JPEG 2000, ICO or PPM"
_LOOKS_LIKE = (
    (HEIC, "a HEIC photo that cannot be read here: damaged, or pi-heif is not installed. Export it as JPEG or PNG"),
    (rb"....ftyp", "a video. Take a frame of it as JPEG or PNG"),
    (rb"\x1aE\xdf\xa3|RIFF....AVI ", "a video. Take a frame of it as JPEG or PNG"),
    (rb"%PDF|%!PS", "a document. Export the page as PNG"),
    (rb"\s*(<\?xml.*)?<svg", "a vector drawing (SVG). Export it as PNG"),
    (rb"\s*<(!doctype|html)", "a web page, not an image. Save the picture itself and choose that file"),
    (rb"PK\x03\x04", "an archive. Unpack it and choose one of its images"),
    (rb"8BPS", "a Photoshop file. Export it as PNG"),
)


def read_image(source: Source, *, background: tuple[int, int, int] = (255, 255, 255)) -> Image:
    """An image as it is meant to be seen.

    EXIF orientation and colour profile are applied; transparency is laid on `background`; 16-bit values are scaled
    to 8 bits; of an animation this is the first frame. Size limits are checked before anything is decoded.

    Args:
        source: path, bytes, binary file object, PIL image (its current frame), or an array: (H, W), (H, W, 1),
            (H, W, 2) grey + alpha, (H, W, 3) RGB or (H, W, 4) RGBA of uint8, uint16, bool, or floats in [0, 1].
        background: RGB in 0..255.

    Returns:
        (H, W, 3) uint8 RGB, the caller's own.

    Raises:
        ImageError: missing, empty, damaged, cut off, too large, or not an image.
    """
    pixels = _read(source)
    if pixels.shape[2] == 3:
        return pixels
    if not _is_color(background):
        raise ImageError(f"background: expected red, green and blue in 0..255, got {background}.")
    if (pixels[..., 3] == 255).all():
        return np.ascontiguousarray(pixels[..., :3])
    from PIL import Image as Pil

    layer = Pil.fromarray(pixels)
    canvas = Pil.new("RGB", layer.size, (int(background[0]), int(background[1]), int(background[2])))
    canvas.paste(layer, mask=layer)
    return np.array(canvas)


def read_rgba(source: Source) -> Cutout:
    """As `read_image`, with the transparency kept.

    Returns:
        (H, W, 4) uint8 RGBA, not premultiplied, the caller's own; alpha is 255 where the source has none.

    Raises:
        ImageError: as `read_image`.
    """
    pixels = _read(source)
    if pixels.shape[2] == 4:
        return pixels
    return np.concatenate([pixels, np.full((*pixels.shape[:2], 1), 255, np.uint8)], axis=2)


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


def _read(source: Any) -> NDArray[np.uint8]:
    """(H, W, 3) or (H, W, 4) uint8, freshly made."""
    from PIL import Image as Pil

    if isinstance(source, Pil.Image):
        return _from_pil(source, "The image")
    if isinstance(source, (str, os.PathLike)):
        return _from_path(source)
    if isinstance(source, (bytes, bytearray, memoryview)):
        return _from_file(io.BytesIO(source), "The image")
    if callable(getattr(source, "read", None)):
        return _from_stream(source)
    if isinstance(source, (np.ndarray, list, tuple)) or hasattr(source, "__array__"):
        return _from_array(source)
    kind = type(source).__name__
    raise ImageError(f"image: expected a path, bytes, a binary file, a PIL image or an array, got {kind}.")


def _from_path(source: str | os.PathLike[str]) -> NDArray[np.uint8]:
    text = os.fspath(source)
    name = Path(text).name[-100:] or str(text)[-100:]
    if re.match(r"(https?|ftp|data):", str(text)):
        raise ImageError(f"image: expected a file, got an address ({str(text)[:60]}). Download it first.")
    try:
        if os.path.isdir(text):
            raise ImageError(f"{name} is a folder. Choose an image file in it.")
        with open(text, "rb") as file:
            if os.fstat(file.fileno()).st_size > MAX_FILE_BYTES:
                raise ImageError(_too_many_bytes(name))
            return _from_file(file, name)
    except ImageError:
        raise
    except FileNotFoundError as error:
        raise ImageError(f"There is no file {name}. Check the path: {str(text)[:300]}") from error
    except (OSError, ValueError) as error:
        raise ImageError(f"{name} cannot be opened ({getattr(error, 'strerror', None) or error}).") from error


def _from_stream(stream: Any) -> NDArray[np.uint8]:
    name = Path(str(getattr(stream, "name", "") or "The image")).name
    try:
        # Whoever just wrote into a buffer has left it at its end.
        if getattr(stream, "seekable", lambda: False)():
            stream.seek(0)
        data = stream.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        raise ImageError(f"{name} cannot be read: {error}.") from error
    if not isinstance(data, bytes):
        raise ImageError(f"{name}: expected a binary file, got one of {type(data).__name__}. Open it with 'rb'.")
    if len(data) > MAX_FILE_BYTES:
        raise ImageError(_too_many_bytes(name))
    return _from_file(io.BytesIO(data), name)


def _from_file(file: BinaryIO, name: str) -> NDArray[np.uint8]:
    from PIL import Image as Pil
    from PIL import UnidentifiedImageError

    head = file.read(512)
    file.seek(0)
    if not head:
        raise ImageError(f"{name} is empty (0 bytes). Save or download it again.")
    try:
        Pil.init()
        learn_heic(head)
        picture = Pil.open(file, formats=[format for format in FORMATS if format in Pil.OPEN])
    except (Pil.DecompressionBombError, Pil.DecompressionBombWarning) as error:
        found = re.search(r"\d+", str(error))
        raise ImageError(_too_many_pixels(name, int(found.group()) if found else 0)) from error
    except UnidentifiedImageError as error:
        for pattern, kind in _LOOKS_LIKE:
            if re.match(pattern, head, re.DOTALL | re.IGNORECASE):
                raise ImageError(f"{name} is {kind}.") from error
        raise ImageError(f"{name} is not an image, or is damaged. Expected {_READS}.") from error
    except Exception as error:
        raise ImageError(_damaged(name, error)) from error
    with picture:
        return _from_pil(picture, name)


def _from_pil(picture: Pil.Image, name: str) -> NDArray[np.uint8]:
    _check_size(picture.height, picture.width, name)
    try:
        picture.load()
    except Exception as error:
        raise ImageError(_damaged(name, error)) from error
    # A container such as ICO announces one size and may hold another.
    _check_size(picture.height, picture.width, name)
    try:
        return np.array(_coloured(upright(picture)))
    except ImageError:
        raise
    except Exception as error:
        raise ImageError(
            f"{name} has a colour mode that cannot be read ({picture.mode}: {error}). Save it as PNG or JPEG."
        ) from error


def upright(picture: Pil.Image) -> Pil.Image:
    """The picture turned as its EXIF orientation says."""
    from PIL import Image as Pil

    to = Pil.Transpose
    turns = {2: to.FLIP_LEFT_RIGHT, 3: to.ROTATE_180, 4: to.FLIP_TOP_BOTTOM, 5: to.TRANSPOSE}
    turns |= {6: to.ROTATE_270, 7: to.TRANSVERSE, 8: to.ROTATE_90}
    try:
        orientation = picture.getexif().get(0x0112)
    except Exception:
        # Damaged metadata is no reason to refuse a picture that decodes.
        orientation = None
    return picture.transpose(turns[orientation]) if orientation in turns else picture


def _coloured(picture: Pil.Image) -> Pil.Image:
    """As 8-bit RGB, or RGBA where there is transparency."""
    mode, info = picture.mode, picture.info
    if mode in ("I", "F") or mode.startswith("I;"):
        picture = _from_deep(picture)
    clear = "A" in picture.mode or "a" in picture.mode or "transparency" in picture.info
    if picture.mode == "CMYK" and "icc_profile" in info:
        return to_srgb(picture, info["icc_profile"])
    wanted = "RGBA" if clear else "RGB"
    picture = picture if picture.mode == wanted else picture.convert(wanted)
    if "icc_profile" in info and mode in ("RGB", "RGBA", "P", "PA"):
        return to_srgb(picture, info["icc_profile"])
    return picture


def _from_deep(picture: Pil.Image) -> Pil.Image:
    """Grey of more than 8 bits as 8-bit grey, with alpha where one value means transparent."""
    from PIL import Image as Pil

    values = np.asarray(picture)
    if not np.isfinite(values).all():
        raise ImageError("The image holds NaN or infinity. Replace them and save it again.")
    low, high = float(values.min()), float(values.max())
    if picture.mode.startswith("I") and low >= 0 and high <= 65535:
        low, high = 0.0, 65535.0
    elif picture.mode == "F" and low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    # Beyond those two nothing says what is white: take the brightest, as viewers of scientific images do.
    span = (high - low) or 1.0
    grey = Pil.fromarray(np.rint((values.astype(np.float64) - low) * (255 / span)).astype(np.uint8))
    key = picture.info.get("transparency")
    if isinstance(key, int):
        grey.putalpha(Pil.fromarray(np.where(values == key, 0, 255).astype(np.uint8)))
    return grey


def _from_array(value: Any) -> NDArray[np.uint8]:
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
    _check_size(array.shape[0], array.shape[1], "The image")
    pixels = _to_uint8(array)
    if pixels.shape[2] == 1:
        return np.repeat(pixels, 3, axis=2)
    if pixels.shape[2] == 2:
        return pixels[..., [0, 0, 0, 1]]
    return np.array(pixels, order="C")


def _to_uint8(array: NDArray[Any]) -> NDArray[np.uint8]:
    if array.dtype == np.uint8:
        return array
    if array.dtype == bool:
        return array.astype(np.uint8) * np.uint8(255)
    if array.dtype == np.uint16:
        return ((array.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)
    if np.issubdtype(array.dtype, np.floating):
        if not np.isfinite(array).all():
            raise ImageError("image: expected finite numbers, got NaN or infinity.")
        low, high = float(array.min()), float(array.max())
        if low < 0 or high > 1:
            raise ImageError(
                f"image: expected floats in 0..1, got {low:g}..{high:g}. Divide by the value that means white."
            )
        return np.rint(array * 255).astype(np.uint8)
    if np.issubdtype(array.dtype, np.integer):
        low, high = int(array.min()), int(array.max())
        if low < 0 or high > 255:
            raise ImageError(f"image: expected {array.dtype} values in 0..255, got {low}..{high}. Scale them to uint8.")
        return array.astype(np.uint8)
    raise ImageError(f"image: expected numbers, got an array of {array.dtype}.")


def _check_size(height: int, width: int, name: str) -> None:
    if height < 1 or width < 1:
        raise ImageError(f"{name} has no pixels ({width} x {height}).")
    if height * width > MAX_PIXELS:
        raise ImageError(_too_many_pixels(name, height * width, f"{width} x {height}"))
    if max(height, width) > MAX_SIDE:
        raise ImageError(
            f"{name} is too long: {width} x {height} pixels; at most {MAX_SIDE} a side can be used. Cut it into pieces."
        )


def _too_many_pixels(name: str, pixels: int, size: str = "") -> str:
    size = f"{size} = {pixels / 1e6:.0f}" if size else f"{pixels / 1e6:.0f}"
    return f"{name} is too large: {size} megapixels; at most {MAX_PIXELS / 1e6:.0f} can be used. Scale it down first."


def _too_many_bytes(name: str) -> str:
    return f"{name} is too large: a file may have at most {MAX_FILE_BYTES >> 20} MB. Save it as JPEG or PNG."


def _damaged(name: str, error: Exception) -> str:
    if "truncated" in str(error).lower() or isinstance(error, EOFError):
        return f"{name} is cut off: its end is missing. Copy or download it again."
    if isinstance(error, MemoryError):
        return f"{name} does not fit into memory. Scale it down first."
    return f"{name} is damaged and cannot be decoded ({error}). Save or download it again."
