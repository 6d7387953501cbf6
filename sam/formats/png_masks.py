"""Pictures of masks: a PNG an object, a 16-bit PNG of numbered objects, or a PNG of classes with a palette.

Beside them lies masks.json, which says what each is; without it the pictures are read by themselves, with their
file's name as the photo's.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import PromptError, SamError
from ..io.mask_pictures import read_mask_picture
from ._core import regions
from ._core.collect import Collected, facts_of, json_facts
from ._core.format import Format, FormatError, Options, Shape
from ._core.loss import painted, painted_classes
from ._core.output import Output
from ._core.pictures import decode_picture, encode_png
from ._core.sources import Files
from .annotations import AnnotatedImage, AnnotatedObject, Annotations, class_names, color_of, encode_mask

INDEX = "masks.json"
ALL = frozenset({"class", "name", "score", "prompts", "provenance", "color", "key"})
"""What masks.json says of an object."""
_MOST_OBJECTS, _MOST_CLASSES = 65535, 254


def looks(files: Files) -> bool:
    """masks.json as it is written here, or pictures alone: then of a folder those that show masks."""
    if _index(files):
        return True
    pictures = files.ending(".png", ".tif", ".tiff", ".bmp", ".gif")
    return bool(pictures) and len(pictures) == len([name for name in files if not name.endswith(".txt")])


def read(files: Files) -> Annotations:
    """By masks.json, or else each picture's objects."""
    found = Collected(files)
    name = _index(files)
    if name:
        _read_indexed(found, files.json(name), name)
    else:
        for picture in files.ending(""):
            with found.trying(picture):
                masks = read_mask_picture(files.read(picture))
                image = found.image(picture, masks.size_hw)
                for mask, label in zip(masks.masks, masks.boxes.labels):
                    found.object(image, encode_mask(mask), label=found.label(label) if label else "")
    return found.result()


def write(annotations: Annotations, out: Output, options: Options) -> None:
    """A black and white PNG an object, at the photo's size."""
    index = begin(annotations, "masks")
    for image, objects in annotations.by_image():
        rows = []
        for number, one in enumerate(objects):
            file = file_of(image, number, one)
            pixels = np.zeros(image.size_hw, np.uint8)
            mask, left, top = regions.crop_of(one.rle)
            pixels[top : top + mask.shape[0], left : left + mask.shape[1]] = mask * np.uint8(255)
            out.add(file, encode_png(pixels))
            rows.append({"file": file, "class": one.label, **json_facts(one)})
        index["images"].append({**about(image), "objects": rows})
    out.add_json(INDEX, index)


def write_instances(annotations: Annotations, out: Output, options: Options) -> None:
    """A 16-bit PNG a photo: 0 is none, 1, 2, 3 are its objects; small ones lie above large ones."""
    index = begin(annotations, "instances")
    for image, objects in annotations.by_image():
        if len(objects) > _MOST_OBJECTS:
            raise FormatError(f"{image.name}: 16 bits number {_MOST_OBJECTS:,} objects, got {len(objects):,}.")
        labels, _ = painted(annotations, image.name)
        out.add(f"{image.stem}.png", encode_png(labels.astype(np.uint16)))
        rows = [{"number": i + 1, "class": one.label, **json_facts(one)} for i, one in enumerate(objects)]
        index["images"].append({**about(image), "file": f"{image.stem}.png", "objects": rows})
    out.add_json(INDEX, index)


def write_classes(annotations: Annotations, out: Output, options: Options) -> None:
    """A PNG a photo whose palette has the classes' colours: 0 is none."""
    names = class_names(annotations)
    if len(names) > _MOST_CLASSES:
        raise FormatError(f"8 bits number {_MOST_CLASSES} classes, got {len(names)}.")
    colors = {one.name: one.color for one in annotations.classes}
    palette = [(0, 0, 0), *(colors.get(name, color_of(name)) for name in names)]
    index = begin(annotations, "classes")
    for image in annotations.images:
        labels = painted_classes(annotations, image.name, names)
        out.add(f"{image.stem}.png", encode_png(labels.astype(np.uint8), palette))
        rows = [{"number": number, "class": names[number - 1]} for number in np.unique(labels).tolist() if number]
        index["images"].append({**about(image), "file": f"{image.stem}.png", "objects": rows})
    out.add_json(INDEX, index)


def _read_indexed(found: Collected, index: Mapping[str, Any], name: str) -> None:
    for one in index.get("classes") or []:
        with found.trying(f"{name}, class {str(one)[:60]}"):
            found.label(one["name"], tuple(one["color"]) if one.get("color") else None, one.get("key") or "")
    folder = str(PurePosixPath(name).parent)
    prefix = "" if folder == "." else f"{folder}/"
    for entry in index["images"]:
        with found.trying(f"{name}, image {str(entry.get('name'))[:80]}"):
            image = found.image(entry["name"], (entry["height"], entry["width"]), f"{prefix}{entry.get('file', '')}")
            labels = None
            if entry.get("file"):
                labels = decode_picture(found.files.read(f"{prefix}{entry['file']}"), entry["file"])
            for one in entry["objects"]:
                with found.trying(f"{name}, {image.name}, {one.get('file') or one.get('number')}"):
                    label = found.label(one["class"]) if one.get("class") else ""
                    if one.get("rle"):
                        found.object(image, one["rle"], label=label, **facts_of(one))
                        continue
                    if labels is not None:
                        mask = labels == int(one["number"])
                    else:
                        mask = _opaque(decode_picture(found.files.read(f"{prefix}{one['file']}"), one["file"]))
                    if mask.shape != image.size_hw:
                        raise PromptError("the picture is not of the photo's size")
                    found.object(image, regions.place(mask, 0, 0, image.size_hw), label=label, **facts_of(one))


def _opaque(pixels: NDArray[Any]) -> NDArray[np.bool_]:
    """What is not transparent, or of a picture without transparency what is bright."""
    if pixels.ndim == 3:
        pixels = pixels[..., 3] if pixels.shape[2] == 4 else pixels.max(axis=2)
    return pixels > (0 if pixels.dtype == bool else 127)


def _index(files: Files) -> str:
    for name in files.ending(".json"):
        if PurePosixPath(name).name == INDEX:
            try:
                value = files.json(name)
            except SamError:
                return ""
            return name if isinstance(value, dict) and value.get("format") == "sam-studio masks" else ""
    return ""


def file_of(image: AnnotatedImage, number: int, one: AnnotatedObject) -> str:
    """The file of one object, which says what it is."""
    words = "-".join(filter(None, [f"{number + 1:03d}", _word(one.label), _word(one.name)]))
    return f"{image.stem}/{words}.png"


def begin(annotations: Annotations, kind: str) -> dict[str, Any]:
    """masks.json before its photos."""
    classes = [{"name": one.name, "color": list(one.color), "key": one.key} for one in annotations.classes]
    return {"format": "sam-studio masks", "kind": kind, "classes": classes, "images": []}


def about(image: AnnotatedImage) -> dict[str, Any]:
    """A photo in masks.json."""
    return {"name": image.name, "height": image.size_hw[0], "width": image.size_hw[1]}


def _word(text: str) -> str:
    """A part of a file's name."""
    return "".join(letter if letter.isalnum() else "_" for letter in text)[:40].strip("_")


FORMATS = (
    Format("png-masks", "PNG, one an object", Shape.MASK, ALL, read=read, write=write, looks=looks),
    Format("png-instances", "PNG, 16-bit objects", Shape.LABELS, ALL, read=read, write=write_instances),
    Format(
        "png-classes",
        "PNG, classes with a palette",
        Shape.CLASSES,
        frozenset({"class", "color", "key"}),
        read=read,
        write=write_classes,
        classed=True,
    ),
)
