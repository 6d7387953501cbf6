"""A picture laid over the photo: at a place, in a size, by its transparency."""

from __future__ import annotations

from typing import Any

import numpy as np

from sam import Image, PromptError
from sam.images import read_photo
from sam.io.arrays import read_number

from ..workspace.picture import Picture
from ..workspace.revisions import revise
from ..workspace.workspace import Workspace

LARGEST = 8.0
"""Times the photo's longer side that a layer may have."""


def lay_over(image: Image, data: bytes, box: tuple[float, float, float, float]) -> Image:
    """The photo with a picture over it; what of that is outside is cut off.

    Args:
        image: (H, W, 3) uint8 RGB.
        data: a file of the picture, transparent or not.
        box: where it goes, xyxy in pixels of the photo, in fractions too.

    Returns:
        (H, W, 3) uint8, the same array where nothing of the picture is on it.

    Raises:
        ImageError: not a picture.
        PromptError: no box, or one that is far larger than the photo.
    """
    from PIL import Image as Pil

    x0, y0, x1, y1 = box
    if not (x1 - x0 >= 1 and y1 - y0 >= 1) or max(x1 - x0, y1 - y0) > LARGEST * max(image.shape[:2]):
        raise PromptError(f"The layer would be {x1 - x0:.0f} x {y1 - y0:.0f} pixels. Make it larger or smaller.")
    left, top = max(0, int(np.floor(x0))), max(0, int(np.floor(y0)))
    right, bottom = min(image.shape[1], int(np.ceil(x1))), min(image.shape[0], int(np.ceil(y1)))
    if left >= right or top >= bottom:
        return image
    pixels = read_photo(data).cutout()
    height, width = pixels.shape[:2]
    # Colours count as much as they are opaque, or what is under full transparency would bleed in.
    light = np.dstack([pixels[..., :3] * (pixels[..., 3:] / np.float32(255)), pixels[..., 3]]).astype(np.float32)
    shrink = min((x1 - x0) / width, (y1 - y0) / height)
    if shrink < 0.5:  # a sample each few pixels would leave most of them out
        light = _smaller(light, max(1, round(width * shrink * 1.5)), max(1, round(height * shrink * 1.5)))
        height, width = light.shape[:2]
    scale_x, scale_y = width / (x1 - x0), height / (y1 - y0)
    inverse = scale_x, 0, (left - x0) * scale_x, 0, scale_y, (top - y0) * scale_y
    size = right - left, bottom - top
    bands = [
        Pil.fromarray(light[..., band]).transform(size, Pil.Transform.AFFINE, inverse, Pil.Resampling.BILINEAR)
        for band in range(4)
    ]
    over = np.dstack([np.asarray(band) for band in bands])
    made = image.copy()
    part = made[top:bottom, left:right].astype(np.float32)
    mixed = over[..., :3] + part * (1 - over[..., 3:] / 255)
    made[top:bottom, left:right] = np.clip(np.rint(mixed), 0, 255).astype(np.uint8)
    return made


def _smaller(light: Any, width: int, height: int) -> Any:
    import cv2

    return cv2.resize(light, (width, height), interpolation=cv2.INTER_AREA)


def place_layer(workspace: Workspace, picture_id: str, data: bytes, box: list[str]) -> Picture:
    """Lay a picture over the photo on the stage, in one step of undo; its objects are kept.

    Args:
        workspace: whose.
        picture_id: that the page shows.
        data: a file.
        box: four numbers as text, see `lay_over`.

    Raises:
        ImageError, PromptError: see `lay_over`; nothing of it is on the photo.
        SupersededError: another photo is on the stage.
    """
    picture = workspace.current(picture_id)
    try:
        numbers = [read_number(float(one), "box", -1e6, 1e6) for one in box]
        x0, y0, x1, y1 = numbers
    except ValueError as error:
        raise PromptError("box: expected four numbers: left, top, right, bottom.") from error
    made = lay_over(picture.image, data, (x0, y0, x1, y1))
    if made is picture.image:
        raise PromptError("The layer is beside the photo: drag it onto the photo first.")
    return revise(workspace, picture, made)
