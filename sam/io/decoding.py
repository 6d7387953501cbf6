"""Any file, bytes, PIL image or array as 8-bit RGB or RGBA, and what a user should know of how it came about."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from ..errors import ImageError, SamError
from . import tiff
from .animations import note_of_frames
from .array_images import read_array
from .brightness import Brightness, Choice, check_choice, to_levels
from .deep_color import read_deep_color
from .heif import HEIC, learn_heic
from .image_limits import MAX_FILE_BYTES, MAX_PIXELS, MAX_SIDE, check_size, damaged, too_many_bytes, too_many_pixels
from .srgb import to_srgb

if TYPE_CHECKING:
    from PIL import Image as Pil

# What Pillow may try, so that a file cannot reach a decoder that runs programs (EPS) or that nobody needs here.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "DIB", "TIFF", "PPM", "ICO", "AVIF", "HEIF", "JPEG2000", "QOI")

_READS = "JPEG, PNG, WebP, AVIF, HEIC, GIF, BMP, TIFF, JPEG 2000, ICO or PPM"
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_LOOKS_LIKE = (
    (HEIC, "a HEIC photo that cannot be read here: damaged, or pi-heif is not installed. Export it as JPEG or PNG"),
    (rb"....ftyp", "a video. Take a frame of it as JPEG or PNG"),
    (rb"\x1aE\xdf\xa3|RIFF....AVI ", "a video. Take a frame of it as JPEG or PNG"),
    (rb"%PDF|%!PS", "a document. Export the page as PNG"),
    (rb"\s*(<\?xml.*)?<svg", "a vector drawing (SVG). Export it as PNG"),
    (rb"\s*<(!doctype|html)", "a web page, not an image. Save the picture itself and choose that file"),
    (rb"PK\x03\x04", "an archive. Unpack it and choose one of its images"),
    (rb"8BPS", "a Photoshop file. Export it as PNG"),
    (rb".{128}DICM", "a DICOM file. Export it as PNG or TIFF, 16 bits if it can"),
    (rb"SIMPLE  =", "a FITS file. Export it as TIFF"),
)


@dataclass(frozen=True, eq=False)
class Decoded:
    """Pixels of a file.

    Attributes:
        pixels: (H, W, 3) or (H, W, 4) uint8, freshly made.
        notes: what a user should know, a sentence each.
        brightness: for values of more than 8 bits; None for others.
        pages: (width, height) of each page, where there are several.
        page: which it is, counted from 1.
    """

    pixels: NDArray[np.uint8]
    notes: tuple[str, ...] = ()
    brightness: Brightness | None = None
    pages: tuple[tuple[int, int], ...] = ()
    page: int = 1


def decode(source: Any, page: int | None = None, choice: Choice = "auto") -> Decoded:
    """See `sam.images.read_photo`."""
    from PIL import Image as Pil

    if page is not None and (not isinstance(page, int) or isinstance(page, bool) or page < 1):
        raise ImageError(f"page: expected a whole number from 1 on, got {str(page)[:40]!r}.")
    check_choice(choice)
    if isinstance(source, Pil.Image):
        return _from_pil(source, "The image", choice)
    if isinstance(source, (str, os.PathLike)):
        return _from_path(source, page, choice)
    if isinstance(source, (bytes, bytearray, memoryview)):
        return _from_file(io.BytesIO(source), "The image", page, choice)
    if callable(getattr(source, "read", None)):
        return _from_stream(source, page, choice)
    if isinstance(source, (np.ndarray, list, tuple)) or hasattr(source, "__array__"):
        pixels, brightness = read_array(source, choice)
        return Decoded(pixels, brightness.notes if brightness else (), brightness)
    kind = type(source).__name__
    raise ImageError(f"image: expected a path, bytes, a binary file, a PIL image or an array, got {kind}.")


def _from_path(source: str | os.PathLike[str], page: int | None, choice: Choice) -> Decoded:
    with open_file(source) as (file, name):
        return _from_file(file, name, page, choice)


@contextmanager
def open_file(source: str | os.PathLike[str] | bytes) -> Iterator[tuple[BinaryIO, str]]:
    """A picture's file, and what it is called in sentences.

    Raises:
        ImageError: missing, a folder, an address, or too large.
    """
    if isinstance(source, bytes):
        yield io.BytesIO(source), "The image"
        return
    text = os.fspath(source)
    name = Path(text).name[-100:] or str(text)[-100:]
    if re.match(r"(https?|ftp|data):", str(text)):
        raise ImageError(f"image: expected a file, got an address ({str(text)[:60]}). Download it first.")
    try:
        if os.path.isdir(text):
            raise ImageError(f"{name} is a folder. Choose an image file in it.")
        with open(text, "rb") as file:
            if os.fstat(file.fileno()).st_size > MAX_FILE_BYTES:
                raise ImageError(too_many_bytes(name))
            yield file, name
    except SamError:
        raise
    except FileNotFoundError as error:
        raise ImageError(f"There is no file {name}. Check the path: {str(text)[:300]}") from error
    except (OSError, ValueError) as error:
        raise ImageError(f"{name} cannot be opened ({getattr(error, 'strerror', None) or error}).") from error


def _from_stream(stream: Any, page: int | None, choice: Choice) -> Decoded:
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
        raise ImageError(too_many_bytes(name))
    return _from_file(io.BytesIO(data), name, page, choice)


def is_tiff(file: BinaryIO) -> bool:
    """By its first bytes; the file is at its start afterwards."""
    file.seek(0)
    head = file.read(4)
    file.seek(0)
    return head in _TIFF


def open_picture(file: BinaryIO, name: str) -> Pil.Image:
    """The file by Pillow, its header read and its size checked.

    Raises:
        ImageError: empty, damaged, too large, or not an image.
    """
    head = file.read(512)
    file.seek(0)
    if not head:
        raise ImageError(f"{name} is empty (0 bytes). Save or download it again.")
    picture = _open(file, head, name)
    check_size(picture.height, picture.width, name)
    return picture


def _from_file(file: BinaryIO, name: str, page: int | None, choice: Choice) -> Decoded:
    if is_tiff(file):
        pages = tiff.list_pages(file)
        file.seek(0)
        if pages:
            return _from_tiff(file, name, pages, page, choice)
    with open_picture(file, name) as picture:
        if page is not None:
            _go_to(picture, page, name)
        moving = note_of_frames(picture, page or 1)
        deep = read_deep_color(file, picture) if page in (None, 1) else None
        made = _from_pil(picture, name, choice, deep=deep)
        return replace(made, notes=(*moving, *made.notes))


def _open(file: BinaryIO, head: bytes, name: str, formats: Sequence[str] = FORMATS) -> Pil.Image:
    """Its header, read by Pillow."""
    from PIL import Image as Pil
    from PIL import UnidentifiedImageError

    try:
        Pil.init()
        learn_heic(head)
        return Pil.open(file, formats=[format for format in formats if format in Pil.OPEN])
    except (Pil.DecompressionBombError, Pil.DecompressionBombWarning) as error:
        found = re.search(r"\d+", str(error))
        raise ImageError(too_many_pixels(name, int(found.group()) if found else 0)) from error
    except UnidentifiedImageError as error:
        for pattern, kind in _LOOKS_LIKE:
            if re.match(pattern, head, re.DOTALL | re.IGNORECASE):
                raise ImageError(f"{name} is {kind}.") from error
        raise ImageError(f"{name} is not an image, or is damaged. Expected {_READS}.") from error
    except Exception as error:
        raise ImageError(damaged(name, error)) from error


def _go_to(picture: Pil.Image, page: int, name: str) -> None:
    try:
        picture.seek(page - 1)
    except EOFError as error:
        count = getattr(picture, "n_frames", 1)
        raise ImageError(f"{name} has {count} page{'s' if count > 1 else ''}: page {page} is not there.") from error
    except Exception as error:
        raise ImageError(damaged(name, error)) from error


def _from_tiff(file: BinaryIO, name: str, pages: list[tiff.TiffPage], number: int | None, choice: Choice) -> Decoded:
    if tiff.only_sensor_data(pages):
        raise ImageError(f"{name} holds only what the camera's sensor measured. Develop it first: export it as TIFF.")
    shown = [one for one in pages if one.shown] or pages[:1]
    if number is not None and number > len(shown):
        count = len(shown)
        raise ImageError(f"{name} has {count} page{'s' if count > 1 else ''}: page {number} is not there.")
    index = number - 1 if number is not None else _largest(shown)
    one = shown[index]
    check_size(one.height, one.width, name)
    try:
        made = _from_page(file, name, one, one.page.offset == pages[0].page.offset, choice)
    except ImageError:
        raise
    except Exception as error:  # of a damaged file any tag can be anything
        raise ImageError(damaged(name, error)) from error
    notes = []
    if len(shown) > 1:
        largest = ", the largest" if number is None and index else ""
        notes.append(f"Page {index + 1} of {len(shown)} is shown{largest} ({one.width} x {one.height}).")
    if tiff.has_sensor_data(pages):
        notes.append("The camera's raw data are not developed: a picture that the camera made of them is shown.")
    sizes = tuple((page.width, page.height) for page in shown) if len(shown) > 1 else ()
    return replace(made, notes=(*notes, *made.notes), pages=sizes, page=index + 1)


def _largest(pages: Sequence[tiff.TiffPage]) -> int:
    """The page to show first: the first one, unless it is but a thumbnail or another is clearly larger."""
    sizes = [page.width * page.height for page in pages]
    fits = [
        i for i, size in enumerate(sizes) if size <= MAX_PIXELS and max(pages[i].width, pages[i].height) <= MAX_SIDE
    ]
    if not fits:
        return 0
    best = max(fits, key=lambda i: (sizes[i], -i))
    # Pages of a scanned document differ by a few pixels, and begin with the first.
    return 0 if 0 in fits and not pages[0].reduced and sizes[best] <= 1.1 * sizes[0] else best


def _from_page(file: BinaryIO, name: str, page: tiff.TiffPage, first: bool, choice: Choice) -> Decoded:
    jpeg = tiff.embedded_jpeg(page, file)
    if jpeg:
        with _open(io.BytesIO(jpeg), jpeg[:512], name, ("JPEG",)) as picture:
            return _from_pil(picture, name, choice, page.orientation)
    by_pillow = tiff.pillow_reads(page)
    # Pillow divides colours by what is marked as transparency, or lays them on white: look at it first.
    bands = None if by_pillow and not tiff.has_lossless_alpha(page) else tiff.read_page(page, file, name)
    if bands is None or (bands.alpha is not None and by_pillow):
        file.seek(0)
        opened = file if first else tiff.at_page(file, page)
        with _open(opened, b"", name, ("TIFF",)) as picture:
            # Pillow turns a page that says so by itself.
            made = _from_pil(picture, name, choice, None if 274 in page.page.tags else page.orientation)
        if made.pixels.shape[2] == 4 and not tiff.is_alpha(made.pixels[..., 3]):
            note = f"{tiff.alpha_band(page)} is marked as transparency, but is none: it is left out."
            return replace(made, pixels=np.ascontiguousarray(made.pixels[..., :3]), notes=(note,))
        return made
    return _from_bands(bands, page, name, choice)


def _from_bands(bands: tiff.Bands, page: tiff.TiffPage, name: str, choice: Choice) -> Decoded:
    from PIL import Image as Pil

    icc = page.page.tags.valueof(34675)
    info = {"icc_profile": icc} if isinstance(icc, bytes) else {}
    values, brightness = bands.values, None
    if values.dtype == np.uint8:
        levels = 255 - values if bands.from_white else values
    else:
        levels, brightness = to_levels(
            values,
            stored=bands.stored,
            tagged=bands.tagged,
            nodata=bands.nodata,
            choice="stored" if bands.cmyk else choice,
            from_white=bands.from_white,
        )
    if bands.alpha is not None and not bands.cmyk:
        levels = np.dstack([levels, bands.alpha])
    layer = levels[..., 0] if levels.shape[2] == 1 else levels
    mode = "CMYK" if bands.cmyk else None
    picture = Pil.fromarray(np.ascontiguousarray(layer))
    if mode:
        picture = Pil.frombytes(mode, picture.size, np.ascontiguousarray(layer).tobytes())
    picture.info.update(info)
    made = _from_pil(picture, name, choice, page.orientation)
    brightness = None if bands.cmyk else brightness
    return replace(made, brightness=brightness, notes=(*bands.notes, *(brightness.notes if brightness else ())))


def _from_pil(
    picture: Pil.Image,
    name: str,
    choice: Choice,
    orientation: int | None = None,
    deep: tuple[NDArray[Any], float] | None = None,
) -> Decoded:
    """`deep` are the values that Pillow would cut to 8 bits, and what is white."""
    check_size(picture.height, picture.width, name)
    try:
        picture.load()
    except Exception as error:
        raise ImageError(damaged(name, error)) from error
    # A container such as ICO announces one size and may hold another.
    check_size(picture.height, picture.width, name)
    try:
        turned = upright(picture, orientation)
        brightness = None
        if deep is not None and deep[0].shape[:2] == (picture.height, picture.width):
            brightness, turned = _brighten_color(turned, picture, deep, choice, orientation)
        elif turned.mode in ("I", "F") or turned.mode.startswith("I;"):
            brightness, turned = _brighten(turned, choice)
        return Decoded(np.array(_coloured(turned)), brightness.notes if brightness else (), brightness)
    except ImageError:
        raise
    except Exception as error:
        raise ImageError(
            f"{name} has a colour mode that cannot be read ({picture.mode}: {error}). Save it as PNG or JPEG."
        ) from error


def upright(picture: Pil.Image, orientation: int | None = None) -> Pil.Image:
    """The picture turned as its EXIF orientation says, or as the given one."""
    from PIL import Image as Pil

    to = Pil.Transpose
    turns = {2: to.FLIP_LEFT_RIGHT, 3: to.ROTATE_180, 4: to.FLIP_TOP_BOTTOM, 5: to.TRANSPOSE}
    turns |= {6: to.ROTATE_270, 7: to.TRANSVERSE, 8: to.ROTATE_90}
    orientation = _orientation(picture) if orientation is None else orientation
    return picture.transpose(turns[orientation]) if orientation in turns else picture


def _orientation(picture: Pil.Image) -> int:
    try:
        return int(picture.getexif().get(0x0112) or 1)
    except Exception:
        # Damaged metadata is no reason to refuse a picture that decodes.
        return 1


def _coloured(picture: Pil.Image) -> Pil.Image:
    """As 8-bit RGB, or RGBA where there is transparency."""
    mode, info = picture.mode, picture.info
    clear = "A" in mode or "a" in mode or "transparency" in info
    if mode == "CMYK" and "icc_profile" in info:
        return to_srgb(picture, info["icc_profile"])
    wanted = "RGBA" if clear else "RGB"
    picture = picture if picture.mode == wanted else picture.convert(wanted)
    if "icc_profile" in info and mode in ("RGB", "RGBA", "P", "PA"):
        return to_srgb(picture, info["icc_profile"])
    return picture


def _brighten(picture: Pil.Image, choice: Choice) -> tuple[Brightness, Pil.Image]:
    """Grey of more than 8 bits as 8-bit grey, with alpha where one value means transparent."""
    from PIL import Image as Pil

    values = np.asarray(picture)
    key = picture.info.get("transparency")
    low, high = (0.0, 0.0) if picture.mode == "F" else (float(values.min()), float(values.max()))
    stored = (0.0, 65535.0) if picture.mode != "F" and low >= 0 and high <= 65535 else None
    levels, brightness = to_levels(values, stored=stored, choice=choice)
    grey = Pil.fromarray(levels)
    if isinstance(key, int):
        grey.putalpha(Pil.fromarray(np.where(values == key, 0, 255).astype(np.uint8)))
    return brightness, grey


def _brighten_color(
    turned: Pil.Image,
    picture: Pil.Image,
    deep: tuple[NDArray[Any], float],
    choice: Choice,
    orientation: int | None,
) -> tuple[Brightness, Pil.Image]:
    """The colours of `deep`, where they need more than Pillow's cut to 8 bits; else Pillow's."""
    from PIL import Image as Pil

    levels, brightness = to_levels(deep[0][..., :3], stored=(0.0, deep[1]), choice=choice)
    if (brightness.low, brightness.high) == (0.0, deep[1]):
        return brightness, turned
    if turned.mode in ("LA", "RGBA", "PA"):
        alpha = np.asarray(picture.getchannel("A"))
        levels = np.dstack([levels, alpha])
    made = Pil.fromarray(levels)
    if "icc_profile" in picture.info:
        made.info["icc_profile"] = picture.info["icc_profile"]
    return brightness, upright(made, orientation if orientation is not None else _orientation(picture))
