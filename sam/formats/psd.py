"""Photoshop: the photo below, a layer an object with its mask, a group a class.

Source: Adobe's file format specification, by psd-tools. At most 30,000 pixels a side.
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import PromptError
from ._core import layers, regions
from ._core.collect import Collected
from ._core.format import Format, FormatError, Options, Shape
from ._core.output import Output
from ._core.pictures import pixels_of
from ._core.sources import Files
from .annotations import Annotations, read_size_hw

_MOST_SIDE = 30_000
_MOST_BYTES = 1 << 30


def looks(files: Files) -> bool:
    """A file that ends in .psd."""
    return bool(files.ending(".psd"))


def read(files: Files) -> Annotations:
    """Every layer but the photo's, where it is not transparent; its group is its class."""
    from psd_tools import PSDImage

    found = Collected(files)
    for name in files.ending(".psd"):
        with found.trying(name):
            data = files.read(name, _MOST_BYTES)
            try:
                file = PSDImage.open(io.BytesIO(data))
            except Exception as error:  # psd-tools raises what it likes on damaged files
                raise PromptError("it is damaged, or no PSD") from error
            size = read_size_hw((file.height, file.width), name)
            image = found.image(found.photo_beside(name), size)
            for layer in file.descendants():
                with found.trying(f"{name}, layer {layer.name[:60]!r}"):
                    if layer.is_group() or layer.name == layers.BACKGROUND:
                        continue
                    if layer.width * layer.height > 4 * size[0] * size[1] or not layer.has_pixels():
                        raise PromptError("it has no pixels, or far more than the photo")
                    label = str(getattr(layer.parent, "name", "")) if layer.parent is not file else ""
                    region = regions.place(_shown(layer), layer.left, layer.top, size)
                    found.object(
                        image,
                        region,
                        label=found.label(label) if label else "",
                        name=layers.name_of(layer.name),
                    )
    return found.result()


def write(annotations: Annotations, out: Output, options: Options) -> None:
    """Where the photo is not there, objects are in their class's colour."""
    from PIL import Image
    from psd_tools import PSDImage

    for image, objects in annotations.by_image():
        height, width = image.size_hw
        if max(height, width) > _MOST_SIDE:
            raise FormatError(f"{image.name}: a PSD has at most {_MOST_SIDE:,} pixels a side. Choose OpenRaster.")
        photo = pixels_of(image) if image.source is not None else None
        merged = layers.merged(photo, objects, annotations, image.size_hw)
        file = PSDImage.frompil(Image.fromarray(merged).convert("RGB"))
        if photo is not None:
            base = Image.fromarray(photo)
            file.create_pixel_layer(base if photo[..., 3].min() < 255 else base.convert("RGB"), name=layers.BACKGROUND)
        for label, members in layers.grouped(objects):
            made = []
            for number, one in members:
                pixels, left, top = layers.layer_of(photo, one, annotations)
                title = layers.title_of(one, number)
                made.append(file.create_pixel_layer(Image.fromarray(pixels), name=title, top=top, left=left))
            if label:
                file.create_group(layer_list=made, name=label)
        buffer = io.BytesIO()
        file.save(buffer)
        out.add(f"{image.stem}.psd", buffer.getvalue())


def _shown(layer: Any) -> NDArray[np.bool_]:
    """(h, w) of a layer: what is neither transparent nor hidden by its mask."""
    alpha = layer.numpy("shape")
    shown = np.ones((layer.height, layer.width), bool) if alpha is None else alpha[..., 0] > 0.5
    mask = layer.mask if layer.has_mask() else None
    if mask is None or mask.disabled:
        return shown
    inside = np.full(shown.shape, mask.background_color > 127)
    picture = mask.topil()
    if picture is not None:
        values = np.asarray(picture) > 127
        left, top = mask.left - layer.left, mask.top - layer.top
        x0, y0 = max(left, 0), max(top, 0)
        x1, y1 = min(left + values.shape[1], layer.width), min(top + values.shape[0], layer.height)
        if x1 > x0 and y1 > y0:
            inside[y0:y1, x0:x1] = values[y0 - top : y1 - top, x0 - left : x1 - left]
    return shown & inside


FORMATS = (
    Format(
        "psd",
        "Photoshop, layers",
        Shape.MASK,
        frozenset({"class", "name"}),
        ".psd",
        read=read,
        write=write,
        looks=looks,
        needs={"psd_tools": "pip install psd-tools"},
    ),
)
