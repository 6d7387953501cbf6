"""Values to and from files and JSON: what the command line reads and writes."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, get_origin

import numpy as np
from numpy.typing import NDArray

from ..errors import ImageError, PromptError, SamError
from ..images import Choice, read_photo
from ..types import Boxes, Cutout, Image, Masks, Points
from . import prompts
from .color_profiles import Original
from .json_text import parse_json
from .mask_pictures import read_mask_picture
from .output import STDOUT, Inputs, check_place, replace_bytes, write_file

STDIN = "-"

_ENDINGS = "jpg jpeg jpe jfif png webp avif heic heif gif bmp dib tif tiff ppm pgm pbm pnm ico jp2 j2k qoi"
SUFFIXES = frozenset(f".{ending}" for ending in _ENDINGS.split())
"""What is taken for a picture by its name; a file that is named itself may be called anything."""

# Formats that keep every pixel and its transparency; JPEG cannot, so only a plain picture may become one.
_LOSSLESS = {".png": "PNG", ".webp": "WEBP", ".tif": "TIFF", ".tiff": "TIFF"}
_SAVE: dict[str, dict[str, Any]] = {
    "PNG": {"compress_level": 4},
    "WEBP": {"lossless": True, "exact": True},
    "TIFF": {"compression": "tiff_adobe_deflate"},
    "JPEG": {"quality": 95},
}
_WEBP_SIDE = 16383
_PICTURES = {**_LOSSLESS, ".jpg": "JPEG", ".jpeg": "JPEG", ".bmp": "BMP"}


def read_value(
    kind: Any,
    text: str | bytes,
    *,
    page: int | None = None,
    brightness: Choice = "auto",
    tell: Callable[[str], None] = lambda note: None,
) -> Any:
    """What a word on the command line stands for.

    Args:
        kind: the annotation of a tool's data parameter.
        text: the path of a picture for Image and Cutout, and for Masks, which may also be a JSON file as `to_json`
            makes it, as Boxes are; "-" is standard input for all of these. Boxes may be numbers ("10,20,110,220"),
            Points too ("500,375" or, for background, "300,120:0"); else the value itself. A picture's bytes are taken
            as well.
        page, brightness: of a picture, see `read_photo`.
        tell: is given what there is to know of how a picture was read.

    Raises:
        ImageError, PromptError: the file or the text does not hold such a value.
    """
    if kind is Image or kind is Cutout:
        photo = read_photo(read_stdin() if text == STDIN else text, page=page, brightness=brightness)
        for note in photo.notes:
            tell(note)
        return photo.on() if kind is Image else photo.cutout()
    if isinstance(text, bytes):
        raise PromptError(f"expected text for a {getattr(kind, '__name__', kind)}, got bytes.")
    if kind is Masks:
        return _read_masks(text)
    if kind is Boxes or kind is Points:
        read = prompts.read_boxes if kind is Boxes else prompts.read_points
        return read(text if prompts.is_numbers(text) else _read_json(text))
    base = get_origin(kind) or kind
    if base is str:
        return text
    if base in (int, float):
        return _number(base, text)
    if base is bool:
        if text.lower() not in ("true", "false", "yes", "no", "1", "0"):
            raise PromptError(f"Expected true or false, got {text!r}.")
        return text.lower() in ("true", "yes", "1")
    if base is bytes:
        return _read_bytes(text)
    if base is Path:
        return Path(text)
    if base in (dict, list, tuple):
        return _of_type(base, _read_json(text), text)
    raise PromptError(f"A value of type {getattr(kind, '__name__', kind)} cannot be given on the command line.")


def to_json(value: Any) -> Any:
    """A value as JSON can hold it: masks as COCO RLE, boxes as half-open xyxy, arrays as lists.

    Raises:
        SamError: nothing that JSON can hold.
    """
    if isinstance(value, (Masks, Boxes, Points)):
        return prompts.write_object(value)
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_json(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [to_json(item) for item in value]
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    raise SamError(f"A {type(value).__name__} cannot be written as JSON. Give a file to write it to with -o.")


def _of_type(base: type, value: Any, text: str) -> Any:
    if not isinstance(value, dict if base is dict else list):
        raise PromptError(f"{text}: expected a JSON {'object' if base is dict else 'list'}.")
    return base(value)


def is_picture(kind: Any) -> bool:
    """Whether values of this annotation are written as a picture file."""
    return kind is Image or kind is Cutout


def check_output(kind: Any, path: Path) -> None:
    """Refuse a file name before the work is done rather than after it.

    Raises:
        SamError: a format that cannot hold such a value, a folder that is not there, or a name that is too long.
    """
    if is_picture(kind):
        _format(path, _PICTURES if kind is Image else _LOSSLESS)
    check_place(path)


def write_value(
    value: Any, kind: Any, path: Path, original: Original | None = None, inputs: Inputs | None = None
) -> None:
    """Write a value to a file: a picture for Image and Cutout (and Masks, if the name is one of a picture), else JSON.

    Args:
        value, kind: what, and its annotation.
        path: its ending says the format of a picture; "-" is standard output, where pictures are PNG.
        original: of the photo that a picture was made from: where both have one size, it is saved in that photo's own
            colour profile.
        inputs: files that must stay as they are.

    Raises:
        SamError: as `check_output`; `path` is one of `inputs`; or the file cannot be written.
    """
    check_output(kind, path)
    if is_picture(kind):
        # A BMP as Pillow writes it has no place for a profile.
        if original is not None and original.seen.shape[:2] == value.shape[:2] and path.suffix.lower() != ".bmp":
            data = encode_picture(original.restore(value), path, original.icc)
        else:
            data = encode_picture(value, path)
    elif isinstance(value, Masks) and path.suffix.lower() in _PICTURES:
        data = encode_picture(value.union().astype(np.uint8) * np.uint8(255), path)
    elif isinstance(value, bytes):
        data = value
    elif isinstance(value, str):
        # A name from the file system may hold what is no text.
        data = value.encode("utf-8", "backslashreplace")
    else:
        data = (json.dumps(to_json(value), indent=1) + "\n").encode("utf-8")
    write_file(path, data, inputs)


def encode_picture(array: NDArray[np.uint8], path: Path, icc: bytes = b"") -> bytes:
    """A file in the format that the name of `path` says.

    Args:
        array: (H, W) grey, (H, W, 3) RGB or (H, W, 4) RGBA, uint8.
        path: ends in .png, .webp or .tif; RGB also in .jpg or .bmp.
        icc: the colours' profile; b"" for sRGB.

    Raises:
        SamError: another format, or more pixels a side than it can hold.
    """
    from PIL import Image as Pil

    name = _format(path, _PICTURES if array.ndim == 3 and array.shape[2] == 3 else _LOSSLESS)
    if name == "WEBP" and max(array.shape[:2]) > _WEBP_SIDE:
        raise PromptError(f"A WebP file holds at most {_WEBP_SIDE} pixels a side: choose PNG or TIFF.")
    buffer = io.BytesIO()
    profile = {"icc_profile": icc} if icc else {}
    Pil.fromarray(array).save(buffer, name, **profile, **_SAVE.get(name, {}))
    return buffer.getvalue()


def replace_json(path: Path, value: Any, *, indent: int | None = None) -> None:
    """Write a JSON file whole or not at all, since another process may read it meanwhile; folders are made.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_bytes(path, json.dumps(value, indent=indent).encode("utf-8"))


def _format(path: Path, known: Mapping[str, str]) -> str:
    if path == STDOUT:
        return "PNG"
    try:
        return known[path.suffix.lower()]
    except KeyError as error:
        raise SamError(f"{path.name}: expected a name that ends in {', '.join(known)}.") from error


def _number(kind: type, text: str) -> Any:
    try:
        return kind(text)
    except ValueError as error:
        raise PromptError(f"Expected {'a whole number' if kind is int else 'a number'}, got {text!r}.") from error


def _read_masks(text: str) -> Masks:
    if Path(text).suffix.lower() in SUFFIXES:
        return read_mask_picture(text)
    if text.lstrip()[:1] in ("{", "["):
        return prompts.read_masks(_read_json(text), text)
    content = _read_bytes(text)
    # Text holds no zero, and every picture does, but for the portable ones.
    if b"\0" in content[:512] or re.match(rb"P[1-6]\s", content):
        return read_mask_picture(content)
    return prompts.read_masks(_of_file(content, text), text if text != STDIN else "masks")


def read_stdin() -> bytes:
    """All of standard input.

    Raises:
        ImageError: it cannot be read.
    """
    return _read_bytes(STDIN)


def _read_bytes(text: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if text == STDIN else Path(text).read_bytes()
    except (OSError, ValueError) as error:
        raise ImageError(f"{text[-300:]} cannot be read ({getattr(error, 'strerror', None) or error}).") from error


def _read_json(text: str) -> Any:
    """Of a file, or written out in place of its name."""
    if text.lstrip()[:1] in ("{", "["):
        return parse_json(text, "This")
    return _of_file(_read_bytes(text), text)


def _of_file(content: bytes, text: str) -> Any:
    try:
        return parse_json(content, text)
    except PromptError as error:
        raise PromptError(str(error).replace("is not JSON", "is not a JSON file", 1)) from error
