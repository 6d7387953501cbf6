"""Pictures of masks: bright on dark, what is not transparent, or a number or colour for each class."""

from __future__ import annotations

from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from ..errors import ImageError, PromptError
from ..types import Boxes, Masks
from . import image_limits as limits
from . import tiff
from .decoding import decode, is_tiff, open_file, open_picture, upright

MAX_CLASSES = 1000
MAX_BYTES = 1 << 30
_VOID = 255
_LOW_CLASS = 32
"""Where the smallest class is no higher, classes are numbers, and 255 is what data sets leave out (VOC, ADE20K)."""
_MANY = 32
_LOSSY = ("JPEG", "MPO", "AVIF", "HEIF")


def read_mask_picture(source: str | bytes) -> Masks:
    """The objects that a picture of masks shows.

    Two values are one mask, and so are shades between black and white, which are its soft outline. Other numbers in
    flat areas, and the entries of a palette, are classes: one object each, labelled "class 3", the smallest first; 0
    (or black) is no object, and neither is 255 beside small numbers. Colours are classes in the same way, labelled
    "#800000".

    Args:
        source: a path, or the file's bytes.

    Raises:
        ImageError: not a picture that can be read.
        PromptError: more classes than can be objects.
    """
    values, names, lossy = _values(source)
    if names is not None:
        return _by_class(values, names)
    if not lossy and _is_class_map(values):
        return _by_class(values, None)
    found = np.unique(values)
    # Of two values the higher is the mask, however dark; a soft outline ends in the middle.
    two = len(found) == 2 and (found[0] == 0 or found[1] > 127)
    level = int(found[0]) if two else 127 if found[-1] > 127 else int(found[-1]) // 2
    return Masks((values > level)[None])


def _values(source: str | bytes) -> tuple[NDArray[np.int64], dict[int, str] | None, bool]:
    """(H, W) numbers; what each is called, where they are known to be classes; whether they are only about right."""
    with open_file(source) as (file, name):
        pages = tiff.list_pages(file) if is_tiff(file) else []
        if pages and pages[0].compression in tiff.LOSSY:
            return _bright(source), None, True
        if pages and pages[0].samples == 1 and pages[0].photometric <= 1 and pages[0].shown:
            limits.check_size(pages[0].height, pages[0].width, name)
            return _whole(tiff.read_page(pages[0], file, name).values[..., 0]), None, False
        file.seek(0)
        with open_picture(file, name) as picture:
            if _is_lossy(picture.format, file) or picture.mode not in ("1", "L", "P", "RGB", "RGBA", "I", "I;16"):
                return _bright(source), None, True
            try:
                picture.load()
            except Exception as error:
                raise ImageError(limits.damaged(name, error)) from error
            turned = upright(picture)
    if turned.mode == "P":
        return _palette(turned, source)
    if turned.mode in ("RGB", "RGBA"):
        pixels = np.asarray(turned)
        opaque = pixels.shape[2] == 3 or bool((pixels[..., 3] == 255).all())
        return _colours(pixels[..., :3]) if opaque else (pixels[..., 3].astype(np.int64), None, True)
    return _whole(np.asarray(turned.convert("L") if turned.mode == "1" else turned)), None, False


def _is_lossy(kind: str | None, file: BinaryIO) -> bool:
    """Whether values came through a compression that changes them; WebP and JPEG 2000 say in their data if so."""
    if kind not in ("WEBP", "JPEG2000"):
        return kind in _LOSSY
    here = file.tell()
    file.seek(0)
    data = file.read()
    file.seek(here)
    if kind == "WEBP":  # the chunk of the first picture: "VP8 " is lossy, "VP8L" is not
        return b"VP8L" not in data[:4096] or b"VP8 " in data[:4096]
    at = data.find(
        b"\xff\x52"
    )  # COD, whose last byte names the wavelet: 0 is the irreversible 9-7 (ISO 15444-1, A.6.1)
    return at < 0 or data[at + 13 : at + 14] == b"\0"


def _whole(values: NDArray[Any]) -> NDArray[np.int64]:
    """Class numbers; of a picture of shares in 0..1 shades."""
    if values.dtype.kind == "f":
        values = np.nan_to_num(np.asarray(values, np.float64))
        values = np.rint(values * 255 if values.max(initial=0) <= 1 and (values % 1).any() else values)
    return np.clip(values, 0, 2**40).astype(np.int64)


def _bright(source: str | bytes) -> NDArray[np.int64]:
    """A mask is either bright on dark, or what is not transparent."""
    pixels = decode(source, None, "stored").pixels
    if pixels.shape[2] == 4 and not (pixels[..., 3] == 255).all():
        return pixels[..., 3].astype(np.int64)
    return pixels[..., :3].max(axis=2).astype(np.int64)


def _palette(picture: Any, source: str | bytes) -> tuple[NDArray[np.int64], dict[int, str] | None, bool]:
    index = np.asarray(picture).astype(np.int64)
    table = np.array(picture.getpalette("RGB"), np.int64).reshape(-1, 3)
    used = [int(value) for value in np.unique(index)]
    shades = [tuple(int(part) for part in table[value]) if value < len(table) else (0, 0, 0) for value in used]
    if all(len(set(shade)) == 1 for shade in shades):
        # A grey picture that was saved with a palette, perhaps in another order.
        lookup = np.zeros(256, np.int64)
        lookup[used] = [shade[0] for shade in shades]
        return lookup[index], None, False
    if not _flat(index, np.ones(index.shape, bool)):
        return _bright(source), None, True
    return index, {v: f"class {v}" for v in used if v != 0 and not (v == _VOID and len(used) > 2)}, False


def _colours(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.int64], dict[int, str] | None, bool]:
    if (pixels == pixels[..., :1]).all():
        return pixels[..., 0].astype(np.int64), None, False
    packed = pixels.astype(np.int64) @ np.array([65536, 256, 1])
    found = np.unique(packed)
    if len(found) > MAX_CLASSES or not _flat(packed, np.ones(packed.shape, bool)):
        return pixels.max(axis=2).astype(np.int64), None, True
    return packed, {int(value): f"#{value:06x}" for value in found if value}, False


def _is_class_map(values: NDArray[np.int64]) -> bool:
    """Whether numbers lie in flat areas, rather than between black and white along outlines."""
    found = np.unique(values)
    between = found[(found > 0) & (found != _VOID)]
    if not len(between) or (len(found) == 2 and (found[0] == 0 or (found[0] > _LOW_CLASS and found[1] == _VOID))):
        return False
    # Black, white and the grey in their middle are a trimap.
    if len(found) == 3 and found[0] == 0 and 120 <= between[0] <= 135 and found[2] == _VOID:
        return False
    return _flat(values, np.isin(values, between)) and not (len(found) > _MANY and _ramps(values))


def _flat(values: NDArray[np.int64], where: NDArray[np.bool_]) -> bool:
    """Whether most pixels of `where` equal one beside them and one above or below: an outline's shades do not."""
    beside, above = np.zeros(values.shape, bool), np.zeros(values.shape, bool)
    across, down = values[:, 1:] == values[:, :-1], values[1:] == values[:-1]
    beside[:, 1:] |= across
    beside[:, :-1] |= across
    above[1:] |= down
    above[:-1] |= down
    return bool((beside & above)[where].mean() > 0.6)


def _ramps(values: NDArray[np.int64]) -> bool:
    """Whether areas differ from their neighbours by a shade or two, as in a wide soft edge."""
    steps = np.concatenate([np.abs(np.diff(values, axis=axis)).reshape(-1) for axis in (0, 1)])
    steps = steps[steps > 0]
    return bool(len(steps) and (steps <= 2).mean() > 0.5)


def _by_class(values: NDArray[np.int64], names: dict[int, str] | None) -> Masks:
    if names is None:
        found = [int(value) for value in np.unique(values) if value > 0]
        if _VOID in found and len(found) > 1 and found[0] <= _LOW_CLASS and found[-1] == _VOID:
            found.remove(_VOID)
        names = {value: f"class {value}" for value in found}
    if len(names) > MAX_CLASSES or len(names) * values.size > MAX_BYTES:
        raise PromptError(f"The picture shows {len(names):,} classes, more than can be objects at once. Split it up.")
    if not names:
        return Masks.empty((values.shape[0], values.shape[1]))
    masks = np.stack([values == value for value in names])
    plain = Masks(masks)
    boxes = Boxes(plain.boxes.xyxy, plain.scores, tuple(names.values()))
    return Masks(masks, plain.scores, plain.logits, boxes)
