"""Cut-outs: a PNG an object with the photo's own pixels, transparent elsewhere, at the photo's size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import png_masks
from ._core import regions
from ._core.collect import json_facts
from ._core.format import Format, Options, Shape
from ._core.output import Output
from ._core.pictures import encode_png, pixels_of
from .annotations import AnnotatedObject, Annotations


def write(annotations: Annotations, out: Output, options: Options) -> None:
    """One below the other they show where each was. masks.json has the masks, too, as a photo may be transparent."""
    rows: list[Mapping[str, Any]] = []
    for image, objects in annotations.by_image():
        pixels = pixels_of(image)
        own = []
        for number, one in enumerate(objects):
            file = png_masks.file_of(image, number, one)
            out.add(file, encode_png(cut(pixels, one)))
            own.append({"file": file, "class": one.label, "rle": dict(one.rle), **json_facts(one)})
        rows.append({**png_masks.about(image), "objects": own})
    out.add_json(png_masks.INDEX, {**png_masks.begin(annotations, "cutouts"), "images": rows})


def cut(pixels: NDArray[np.uint8], one: AnnotatedObject) -> NDArray[np.uint8]:
    """(H, W, 4): the object alone; colours under full transparency are gone."""
    out = np.zeros_like(pixels)
    mask, left, top = regions.crop_of(one.rle)
    place = np.s_[top : top + mask.shape[0], left : left + mask.shape[1]]
    out[place] = np.where(mask[..., None], pixels[place], 0)
    return out


FORMATS = (
    Format(
        "cutouts",
        "Cut-outs, PNG with transparency",
        Shape.MASK,
        png_masks.ALL,
        read=png_masks.read,
        write=write,
        pixels=True,
    ),
)
