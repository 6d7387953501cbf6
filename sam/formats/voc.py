"""Pascal VOC: an XML a photo, and pictures with the class and the object at each pixel.

Source: the VOC 2012 development kit: boxes count pixels from 1 and include the last; object i of SegmentationObject is
the i-th of the XML; 255 is left out.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any
from xml.sax.saxutils import escape

import numpy as np

from ..errors import PromptError
from ..rle import Rle
from ._core import regions
from ._core.collect import Collected, names_like, read_each
from ._core.format import Format, FormatError, Options, Shape
from ._core.loss import painted, painted_classes
from ._core.output import Output
from ._core.pictures import decode_picture, encode_png
from ._core.sources import Files
from .annotations import AnnotatedImage, Annotations, class_names

_MOST = 254


def looks(files: Files) -> bool:
    """An XML file whose root is `annotation`."""
    return any(names_like(files, (".xml",), _is_one))


def read(files: Files) -> Annotations:
    """Masks of SegmentationObject where it is there, else boxes."""
    return read_each(files, (".xml",), _is_one, "it is no VOC annotation", _read_one)


def _read_one(found: Collected, name: str, root: Any) -> None:
    size = root.find("size")
    shape = None if size is None else (_number(size, "height"), _number(size, "width"))
    shape = None if shape is None or 0 in shape else shape
    image = found.image(root.findtext("filename") or f"{PurePosixPath(name).stem}.jpg", shape)
    labels = _instances(found, image, name)
    for index, entry in enumerate(root.findall("object")):
        with found.trying(f"{name}, object {index + 1}"):
            label = found.label(entry.findtext("name") or "object")
            found.object(image, _region(entry, labels, index, image.size_hw), label=label)


def write(annotations: Annotations, out: Output, options: Options) -> None:
    """Annotations/, SegmentationClass/ and SegmentationObject/; at most 254 objects a photo and 254 classes."""
    names = class_names(annotations)
    if len(names) > _MOST:
        raise FormatError(f"VOC numbers classes in 8 bits: at most {_MOST}, got {len(names)}. Choose COCO.")
    for image, objects in annotations.by_image():
        if len(objects) > _MOST:
            raise FormatError(
                f"{image.name}: VOC holds at most {_MOST} objects a photo, got {len(objects)}. Choose COCO."
            )
        labels, _ = painted(annotations, image.name)
        classes = painted_classes(annotations, image.name, names)
        out.add(f"Annotations/{image.stem}.xml", _xml(image, objects))
        out.add(f"SegmentationObject/{image.stem}.png", encode_png(labels.astype(np.uint8), PALETTE))
        out.add(f"SegmentationClass/{image.stem}.png", encode_png(classes.astype(np.uint8), PALETTE))
    out.add("labels.txt", "".join(f"{name}\n" for name in ["background", *names]))


def _voc_color(index: int) -> tuple[int, int, int]:
    """VOC's own colours: the bits of the number in turn to red, green and blue, the highest first."""
    parts = [0, 0, 0]
    for bit in range(8):
        for channel in range(3):
            parts[channel] |= (index >> (3 * bit + channel) & 1) << (7 - bit)
    return parts[0], parts[1], parts[2]


PALETTE = [_voc_color(index) for index in range(256)]


def _xml(image: AnnotatedImage, objects: list[Any]) -> str:
    height, width = image.size_hw
    name = escape(image.name)
    rows = [
        f"<annotation><folder>JPEGImages</folder><filename>{name}</filename>",
        f"<size><width>{width}</width><height>{height}</height><depth>3</depth></size><segmented>1</segmented>",
    ]
    for one in objects:
        x0, y0, x1, y1 = one.box
        cut = int(min(x0, y0) == 0 or x1 == width or y1 == height)
        box = f"<xmin>{x0 + 1}</xmin><ymin>{y0 + 1}</ymin><xmax>{x1}</xmax><ymax>{y1}</ymax>"
        rows.append(
            f"<object><name>{escape(one.label or 'object')}</name><pose>Unspecified</pose><truncated>{cut}</truncated>"
            f"<difficult>0</difficult><bndbox>{box}</bndbox></object>"
        )
    return "\n".join([*rows, "</annotation>\n"])


def _instances(found: Collected, image: AnnotatedImage, name: str) -> Any:
    """(H, W) numbers of SegmentationObject, or None where it is not there."""
    wanted = f"SegmentationObject/{PurePosixPath(name).stem}.png"
    held = [one for one in found.files.ending(".png") if one == wanted or one.endswith(f"/{wanted}")]
    held = held or [one for one in found.files.ending(".png") if one.endswith(f"SegmentationObject/{image.stem}.png")]
    if not held:
        return None
    labels = decode_picture(found.files.read(held[0]), held[0])
    if labels.ndim != 2 or labels.shape != image.size_hw:
        found.note(f"{held[0]}: it is not of the photo's size, or not of numbers. The boxes are used.")
        return None
    return labels


def _region(entry: Any, labels: Any, index: int, size_hw: tuple[int, int]) -> Rle:
    if labels is not None:
        mask = labels == index + 1
        if not mask.any():
            raise PromptError("no pixel of SegmentationObject has its number")
        return regions.place(mask, 0, 0, size_hw)
    box = entry.find("bndbox")
    if box is None:
        raise PromptError("it has no bndbox")
    x0, y0, x1, y1 = (_number(box, side) for side in ("xmin", "ymin", "xmax", "ymax"))
    return regions.rectangle((x0 - 1, y0 - 1, x1, y1), size_hw)


def _is_one(root: Any) -> bool:
    return bool(root.tag == "annotation")


def _number(element: Any, name: str) -> float:
    try:
        value = float(element.findtext(name))
    except (TypeError, ValueError) as error:
        raise PromptError(f"its {name} is no number") from error
    if not abs(value) < 1e7:
        raise PromptError(f"its {name} is no place in a photo")
    return value


FORMATS = (
    Format(
        "voc",
        "Pascal VOC",
        Shape.LABELS,
        frozenset({"class"}),
        read=read,
        write=write,
        looks=looks,
        classed=True,
        about="At most 254 objects a photo.",
    ),
)
