"""OpenRaster: a layered file for Krita, GIMP and MyPaint; the photo below, a layer an object, a stack a class.

Source: openraster.org, 0.0.6: `mimetype` first and not compressed, stack.xml from top to bottom, PNG layers, a merged
picture and a thumbnail.
"""

from __future__ import annotations

import io
import zipfile
from typing import Any
from xml.sax.saxutils import quoteattr

import numpy as np
from numpy.typing import NDArray

from ..errors import PromptError
from ._core import layers, regions
from ._core.collect import Collected
from ._core.format import Format, Options, Shape
from ._core.output import Output
from ._core.pictures import decode_picture, encode_png, pixels_of
from ._core.sources import Files
from .annotations import Annotations

_THUMBNAIL = 256


def looks(files: Files) -> bool:
    """A file that ends in .ora."""
    return bool(files.ending(".ora"))


def read(files: Files) -> Annotations:
    """Every layer but the lowest of the photo, where it is not transparent."""
    found = Collected(files)
    for name in files.ending(".ora"):
        with found.trying(name):
            inside = Files.from_zip(io.BytesIO(files.read(name)), name)
            found.problems += inside.problems
            root = inside.xml("stack.xml")
            size = (int(root.get("h")), int(root.get("w")))
            image = found.image(root.get("image") or found.photo_beside(name), size)
            stack = root.find("stack")
            for index, (layer, label) in enumerate(reversed(list(_layers(stack, "")))):
                with found.trying(f"{name}, layer {layer.get('name') or index}"):
                    if layer.get("name") == layers.BACKGROUND:
                        continue
                    pixels = decode_picture(inside.read(layer.get("src")), str(layer.get("src")), "RGBA")
                    region = regions.place(
                        pixels[..., 3] > 127, int(layer.get("x") or 0), int(layer.get("y") or 0), size
                    )
                    found.object(
                        image,
                        region,
                        label=found.label(label) if label else "",
                        name=layers.name_of(layer.get("name") or ""),
                    )
    return found.result()


def write(annotations: Annotations, out: Output, options: Options) -> None:
    """Where the photo is not there, objects are in their class's colour."""
    for image, objects in annotations.by_image():
        photo = pixels_of(image) if image.source is not None else None
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr("mimetype", "image/openraster")
            rows: list[str] = []
            if photo is not None:
                archive.writestr("data/photo.png", encode_png(photo))
                rows.append(f'<layer name="{layers.BACKGROUND}" src="data/photo.png" x="0" y="0"/>')
            for label, members in layers.grouped(objects):
                group = []
                for number, one in members:
                    pixels, left, top = layers.layer_of(photo, one, annotations)
                    file = f"data/layer{number + 1}.png"
                    archive.writestr(file, encode_png(pixels))
                    name = quoteattr(layers.title_of(one, number))
                    group.append(f'<layer name={name} src="{file}" x="{left}" y="{top}"/>')
                inside = "".join(reversed(group))
                rows.append(f"<stack name={quoteattr(label)}>{inside}</stack>" if label else inside)
            height, width = image.size_hw
            head = f'<image version="0.0.6" w="{width}" h="{height}" image={quoteattr(image.name)}>'
            archive.writestr("stack.xml", f"{head}<stack>{''.join(reversed(rows))}</stack></image>")
            merged = layers.merged(photo, objects, annotations, image.size_hw)
            archive.writestr("mergedimage.png", encode_png(merged))
            archive.writestr("Thumbnails/thumbnail.png", encode_png(_small(merged)))
        out.add(f"{image.stem}.ora", buffer.getvalue())


def _layers(stack: Any, label: str) -> Any:
    if stack is None:
        raise PromptError("its stack.xml has no stack")
    for child in stack:
        if child.tag == "stack":
            yield from _layers(child, child.get("name") or label)
        elif child.tag == "layer":
            yield child, label


def _small(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    from PIL import Image

    picture = Image.fromarray(pixels)
    picture.thumbnail((_THUMBNAIL, _THUMBNAIL))
    return np.asarray(picture)


FORMATS = (
    Format(
        "openraster",
        "OpenRaster, layers",
        Shape.MASK,
        frozenset({"class", "name"}),
        ".ora",
        read=read,
        write=write,
        looks=looks,
    ),
)
