"""The objects of a photo as test cases: image, ground truth, and prompts derived from it."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..boxes import masks_to_boxes
from ..errors import ImageError, PromptError
from ..images import read_image
from ..types import Image
from .clicker import centre_click
from .dataset import LabelledPhoto, object_area, object_mask

JITTER_SHARE, JITTER_PIXELS = 0.1, 20.0
"""SAM's noise on boxes in training: standard deviation as a share of the side, and the most pixels."""


@dataclass(frozen=True, eq=False)
class Case:
    """One object to find.

    Attributes:
        image: (H, W, 3) uint8; the same array for all cases of a photo.
        mask: (H, W) bool, the truth.
        click: (2,) x, y of the first click.
        box: (4,) the tight half-open box.
        photo: data set and file name.
        number: the annotation's id, or its place where it has none.
        label: name of its class.
        area: in pixels, as the annotation says.
        group: value of the field that the report groups by; None without.
    """

    image: Image
    mask: NDArray[np.bool_]
    click: NDArray[np.float32]
    box: NDArray[np.float32]
    photo: str = ""
    number: int | str = 0
    label: str = ""
    area: float = 0.0
    group: str | None = None

    def jittered_box(self, seed: int) -> NDArray[np.float32]:
        """(4,) the box with SAM's training noise (paper, appendix A): each coordinate moved by a normal number.

        Standard deviation 10% of the box's side, 20 px at most; kept in the image and at least a pixel wide. The same
        object gets the same noise in each run with this seed, whatever else is measured.
        """
        random = np.random.default_rng([seed, zlib.crc32(f"{self.photo}#{self.number}".encode())])
        sides = np.tile(self.box[2:] - self.box[:2], 2)
        noise = np.clip(random.normal(0, 1, 4) * JITTER_SHARE * sides, -JITTER_PIXELS, JITTER_PIXELS)
        height, width = self.mask.shape
        limits = np.array([width, height, width, height])
        low, high = np.split(np.clip(self.box + noise, 0, limits), 2)
        low = np.minimum(low, limits[:2] - 1)
        return np.concatenate([low, np.maximum(high, low + 1)]).astype(np.float32)


def cases(
    photo: LabelledPhoto,
    per_photo: int,
    min_area: float,
    group_by: str | None = None,
    leave_out: Callable[[str, str], None] = lambda what, why: None,
) -> Iterator[Case]:
    """The photo's objects of at least `min_area` pixels, `per_photo` at most, spread over the file's order.

    A mask must have the size of its image. Where the image is turned by its EXIF orientation and the masks fit the
    pixels as they are stored, they were drawn on those, and those are used; other sizes are left out.

    Args:
        photo: with its annotations.
        per_photo: objects at most.
        min_area: in pixels, by COCO's `area`.
        group_by: field of the annotation or the image.
        leave_out: told what was left out, and why.
    """
    name = f"{photo.folder}/{photo.path.name}"
    large = []
    for place, annotation in enumerate(photo.annotations):
        try:
            area = object_area(annotation, photo.size_hw)
        except PromptError as error:
            leave_out(f"{name}, object {annotation.get('id', place)}", f"mask not readable: {error}")
            continue
        if area >= min_area:
            large.append((place, area, annotation))
    if not large:
        return
    if len(large) > per_photo:
        large = [large[i] for i in np.linspace(0, len(large) - 1, per_photo).astype(int)]
    try:
        image = read_image(photo.path)
    except ImageError as error:
        leave_out(name, f"image not readable: {error}")
        return
    stored: Image | None = None
    for place, area, annotation in large:
        number = annotation.get("id", place)
        try:
            mask = object_mask(annotation, photo.size_hw)
        except PromptError as error:
            leave_out(f"{name}, object {number}", f"mask not readable: {error}")
            continue
        shown = image
        if mask.shape != image.shape[:2]:
            stored = as_stored(photo, image) if stored is None else stored
            shown = stored
        if mask.shape != shown.shape[:2]:
            sizes = f"{mask.shape[1]} x {mask.shape[0]} and {image.shape[1]} x {image.shape[0]}"
            leave_out(f"{name}, object {number}", f"mask and image differ in size: {sizes}")
        elif not mask.any():
            leave_out(f"{name}, object {number}", "mask without a pixel")
        else:
            box = masks_to_boxes(mask[None])[0]
            group = photo.value(annotation, group_by) if group_by else None
            yield Case(shown, mask, centre_click(mask), box, name, number, photo.label(annotation), area, group)


def as_stored(photo: LabelledPhoto, image: Image) -> Image:
    """The pixels as they lie in the file, where the EXIF orientation turned the photo by a quarter; else the image.

    Args:
        photo: the file.
        image: (H, W, 3) uint8, as `read_image` made it of the file.
    """
    from PIL import Image as Pil

    with Pil.open(photo.path) as picture:
        orientation = picture.getexif().get(0x0112)
    if orientation in (6, 8):
        image = np.rot90(image, 1 if orientation == 6 else -1)
    elif orientation == 5:
        image = image.transpose(1, 0, 2)
    elif orientation == 7:
        image = np.rot90(image, 2).transpose(1, 0, 2)
    return np.ascontiguousarray(image)
