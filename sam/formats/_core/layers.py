"""Objects as layers of a picture, for layered formats."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..annotations import AnnotatedObject, Annotations, color_of
from . import regions

BACKGROUND = "Photo"
"""The lowest layer's name."""


def title_of(one: AnnotatedObject, number: int) -> str:
    """A layer's name, which is never empty."""
    return one.name or f"#{number + 1}"


def name_of(title: str) -> str:
    """The way back from `title_of`."""
    return "" if re.fullmatch(r"#\d+", title) else title


def grouped(objects: Sequence[AnnotatedObject]) -> list[tuple[str, list[tuple[int, AnnotatedObject]]]]:
    """(class, its objects with their numbers), in the objects' order: a class whose objects lie apart comes again."""
    groups: list[tuple[str, list[tuple[int, AnnotatedObject]]]] = []
    for number, one in enumerate(objects):
        if not groups or groups[-1][0] != one.label:
            groups.append((one.label, []))
        groups[-1][1].append((number, one))
    return groups


def layer_of(
    photo: NDArray[np.uint8] | None, one: AnnotatedObject, annotations: Annotations
) -> tuple[NDArray[np.uint8], int, int]:
    """((h, w, 4) of the object's box, left, top): the photo's colours, or its class's where there is no photo.

    Where the photo is transparent the object is not: its layer is its mask.
    """
    mask, left, top = regions.crop_of(one.rle)
    height, width = mask.shape
    out = np.zeros((height, width, 4), np.uint8)
    colors = {known.name: known.color for known in annotations.classes}
    out[..., :3] = (
        photo[top : top + height, left : left + width, :3]
        if photo is not None
        else colors.get(one.label, color_of(one.label or "object"))
    )
    out[..., 3] = 255
    out[~mask] = 0
    return out, left, top


def merged(
    photo: NDArray[np.uint8] | None,
    objects: Sequence[AnnotatedObject],
    annotations: Annotations,
    size_hw: tuple[int, int],
) -> NDArray[np.uint8]:
    """(H, W, 4): all layers as they are seen."""
    if photo is not None:
        return photo
    out = np.zeros((*size_hw, 4), np.uint8)
    for one in objects:
        layer, left, top = layer_of(None, one, annotations)
        place = out[top : top + layer.shape[0], left : left + layer.shape[1]]
        place[layer[..., 3] > 0] = layer[layer[..., 3] > 0]
    return out
