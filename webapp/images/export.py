"""What leaves the page: a cut-out, a mask or the photo as a picture, or all objects as annotations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sam import PromptError
from sam.compositing.framing import Window
from sam.formats import AnnotatedImage, AnnotatedObject, Annotations, Format, Options, pack_annotations
from sam.formats.annotations import safe_name
from sam.masks import feather

from ..workspace.classes import ClassList
from ..workspace.picture import Picture, StudioObject
from . import encode
from .download import cut_out, picture_file

WHATS = ("cutout", "mask", "photo")
KINDS = {"png": "image/png", "webp": "image/webp", "tiff": "image/tiff"}
MAX_EDGE = 20.0
"""Pixels to both sides of the outline."""
PREVIEW_SIDE = 480
EDGE_PATCH = (54, 72)
"""Height and width of the part of an outline that is shown enlarged, pixels."""


def make_pixels(picture: Picture, items: Sequence[StudioObject], what: str, edge: float = 0) -> NDArray[np.uint8]:
    """The picture to save, at full size.

    Args:
        items: whose masks count, together.
        what: "cutout": (H, W, 4), transparent but for them; "mask": (H, W), white on black; "photo": (H, W, 3), or
            (H, W, 4) where it is transparent.
        edge: how far alpha takes to rise to both sides of the outline, pixels; 0: at once.

    Raises:
        PromptError: nothing like that, or no objects.
    """
    if what not in WHATS:
        raise PromptError(f"what: expected one of {', '.join(WHATS)}, got {what[:20]!r}.")
    if what == "photo":
        return picture.pixels
    if not items:
        raise PromptError("There is nothing to export yet: click an object in the photo first.")
    mask = np.zeros(picture.size_hw, bool)
    for item in items:
        mask |= item.mask()
    if not edge:
        return cut_out(picture.pixels, mask) if what == "cutout" else mask.astype(np.uint8) * np.uint8(255)
    alpha = np.rint(feather(mask, edge) * 255).astype(np.uint8)
    if what == "mask":
        return alpha
    if picture.alpha is not None:
        alpha = np.rint(alpha * (picture.alpha / np.float32(255))).astype(np.uint8)
    return np.dstack([np.where(alpha[..., None] > 0, picture.pixels[..., :3], 0), alpha]).astype(np.uint8)


def make_picture(
    picture: Picture, items: Sequence[StudioObject], what: str, kind: str, edge: float = 0, trim: bool = False
) -> bytes:
    """As `make_pixels`, as a file in the photo's own colours.

    Args:
        trim: without the transparent rows and columns around a cut-out.

    Raises:
        PromptError: as `make_pixels`, or another kind than PNG, WebP and TIFF.
    """
    if kind not in KINDS:
        raise PromptError(f"kind: expected one of {', '.join(KINDS)}, got {kind[:20]!r}.")
    pixels = make_pixels(picture, items, what, edge)
    if not trim or what != "cutout":
        return picture_file(picture, pixels, f"file.{kind}")
    rows, columns = (np.flatnonzero(pixels[..., 3].any(axis)) for axis in (1, 0))
    window = Window(int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1)
    part = np.ascontiguousarray(pixels[window.top : window.bottom, window.left : window.right])
    return picture_file(picture, part, f"file.{kind}", window)


def make_preview(picture: Picture, items: Sequence[StudioObject], what: str, edge: float, part: str) -> bytes:
    """PNG of what would be saved: the whole cut to its objects and made smaller, or a piece of outline as it is.

    Args:
        part: "whole" or "edge".

    Raises:
        PromptError: as `make_pixels`.
    """
    pixels = make_pixels(picture, items, what, edge)
    if what != "photo" and part == "edge":
        return encode.png(_around_outline(pixels))
    alpha = pixels[..., 3] if what == "cutout" else None
    if alpha is not None and alpha.any():
        rows, columns = np.flatnonzero(alpha.any(axis=1)), np.flatnonzero(alpha.any(axis=0))
        pixels = pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = PREVIEW_SIDE / max(pixels.shape[:2])
    if scale < 1:
        import cv2

        size = max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    return encode.png(np.ascontiguousarray(pixels), level=1)


def to_annotations(
    picture: Picture, items: Iterable[StudioObject], photo: bool = False, classes: ClassList = ()
) -> Annotations:
    """The photo with its objects.

    Args:
        items: in the list's order.
        classes: the class list, whose order numbers them; where there is none, objects' names say their classes.
        photo: with the photo's pixels as a PNG, as it is on the stage; its name then ends so.
    """
    name = safe_name(Path(picture.name.replace("\\", "/")).name) or "photo"
    source = None
    if photo:
        name = f"{_stem(name)}.png"
        source = encode.png(picture.image, level=4)
    image = AnnotatedImage(name, picture.size_hw, source)
    names = {one.id: one.name for one in classes}
    objects = tuple(
        AnnotatedObject(
            name,
            {"size": list(item.rle["size"]), "counts": item.rle["counts"]},
            names.get(item.label, "") if classes else class_of(item.name),
            item.name,
            float(min(1.0, max(0.0, item.score))),
            dict(item.prompts),
            {"model": Path(picture.model).name, "source": item.source},
        )
        for item in items
    )
    return Annotations((image,), objects, tuple(one.to_label() for one in classes))


def make_annotations(
    picture: Picture, items: Sequence[StudioObject], format: Format, options: Options, classes: ClassList = ()
) -> Any:
    """(bytes, file name) of the objects in a format: its one file, or a zip of several; `classes` as `to_annotations`.

    Raises:
        PromptError: no objects.
        SamError: the format cannot hold them.
    """
    if not items:
        raise PromptError("There are no objects to export yet: keep one first.")
    photo = options.photos or format.pixels or format.archive
    return pack_annotations(to_annotations(picture, items, photo, classes), format, options)


def class_of(name: str) -> str:
    """The kind that an object's name says: "dog 2" is a dog; "Object 2" says none."""
    kind = re.sub(r"\s*\d+$", "", name).strip()
    return "" if kind.lower() == "object" else kind


def _around_outline(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A piece of (H, W, ...) where the alpha or mask rises, in the middle of its height."""
    alpha = pixels if pixels.ndim == 2 else pixels[..., 3]
    rows = np.flatnonzero((alpha > 127).any(axis=1))
    row = int(rows[len(rows) // 2]) if len(rows) else 0
    columns = np.flatnonzero(alpha[row] > 127)
    column = int(columns[-1]) if len(columns) else 0
    height, width = EDGE_PATCH
    top = min(max(0, row - height // 2), max(0, alpha.shape[0] - height))
    left = min(max(0, column - width // 2), max(0, alpha.shape[1] - width))
    return np.ascontiguousarray(pixels[top : top + height, left : left + width])


def _stem(name: str) -> str:
    return re.sub(r"\.[^.]+$", "", name) or "photo"
