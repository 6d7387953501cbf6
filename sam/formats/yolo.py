"""YOLO: one text file a photo with a line an object, and data.yaml with the classes.

Source: docs.ultralytics.com, "Instance segmentation" and "Object detection" data sets. Coordinates are shares of width
and height; a segment is one outline, so that parts and holes are tied to it by seams.
"""

from __future__ import annotations

import json
import math
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from ..errors import PromptError
from ..io.arrays import shown
from ..rle import Rle
from ._core import regions
from ._core.collect import Collected
from ._core.format import Format, Options, Shape
from ._core.loss import drawn
from ._core.output import Output
from ._core.sources import Files
from ._core.yaml_text import load_yaml
from .annotations import Annotations, class_names

_CONFIG = ("data.yaml", "data.yml", "dataset.yaml", "dataset.yml")
_NOT_LABELS = ("classes.txt", "train.txt", "val.txt", "test.txt", "readme.txt", "labels.txt")
_LOOKED_AT = 50
_DECIMALS = 9


def looks(files: Files) -> bool:
    """A text file whose first line is a class and numbers."""
    for name in _labels(files)[:_LOOKED_AT]:
        try:
            words = files.text(name).strip().partition("\n")[0].split()
            if len(words) >= 5 and words[0].isdigit() and all(math.isfinite(float(word)) for word in words):
                return True
        except (PromptError, ValueError):
            continue
    return False


def read(files: Files) -> Annotations:
    """Segments and boxes, each line by itself; a photo's size is that of its file."""
    found = Collected(files)
    names = _read_names(found, files)
    for number in sorted(names):
        with found.trying(f"class {number}"):
            names[number] = found.label(names[number])
    labels = {PurePosixPath(name).stem: name for name in _labels(files)}
    if not labels:
        found.note(f"{files.title}: no label file (.txt) is there")
    photos = [name for name in [*files.ending(""), *sorted(files.beside)] if not name.startswith("labels/")]
    for name in photos:
        with found.trying(name):
            short = name.removeprefix("images/")
            image = found.image(short)
            held = labels.pop(PurePosixPath(name).stem, "")
            for index, line in enumerate(files.text(held).splitlines() if held else []):
                with found.trying(f"{held}, line {index + 1}"):
                    if line.strip():
                        label, rle = _read_line(line, names, image.size_hw)
                        found.object(image, rle, label=label)
    for name in labels.values():
        found.note(f"{name}: its photo is not there, and so its size is not known. Put the photos beside.")
    return found.result()


def write(annotations: Annotations, out: Output, options: Options) -> None:
    """labels/NAME.txt with outlines, and data.yaml; the photos' place is images/."""

    def row(one: Any) -> Any:
        ((ring,),) = drawn(one, Shape.SINGLE, options.tolerance)
        return ring / np.array([one.rle["size"][1], one.rle["size"][0]], np.float64)

    _write(annotations, out, row)


def write_boxes(annotations: Annotations, out: Output, options: Options) -> None:
    """labels/NAME.txt with centre, width and height, and data.yaml."""

    def row(one: Any) -> Any:
        (x0, y0, x1, y1), (height, width) = one.box, one.rle["size"]
        return np.array([(x0 + x1) / 2 / width, (y0 + y1) / 2 / height, (x1 - x0) / width, (y1 - y0) / height])

    _write(annotations, out, row)


def _write(annotations: Annotations, out: Output, row: Any) -> None:
    names = class_names(annotations)
    number = {name: index for index, name in enumerate(names)}
    for image, objects in annotations.by_image():
        lines = []
        for one in objects:
            values = " ".join(f"{value:.{_DECIMALS}g}" for value in row(one).reshape(-1))
            lines.append(f"{number[one.label or 'object']} {values}\n")
        out.add(f"labels/{image.stem}.txt", "".join(lines))
    rows = "".join(f"  {index}: {_quoted(name)}\n" for index, name in enumerate(names))
    out.add("data.yaml", f"path: .\ntrain: images\nval: images\nnames:\n{rows}" if rows else "path: .\nnames: {}\n")


def _labels(files: Files) -> list[str]:
    return [name for name in files.ending(".txt") if PurePosixPath(name).name.lower() not in _NOT_LABELS]


def _read_line(line: str, names: dict[int, str], size_hw: tuple[int, int]) -> tuple[str, Rle]:
    """(class, mask) of a line.

    Raises:
        PromptError: not numbers, or a box or an outline that is none.
    """
    words = line.split()
    try:
        kind, values = int(words[0]), np.array([float(word) for word in words[1:]])
    except ValueError as error:
        raise PromptError(f"expected a class and numbers, got {shown(line)}") from error
    height, width = size_hw
    label = names.get(kind, f"class {kind}")
    if len(values) and (not np.isfinite(values).all() or (np.abs(values) > 100).any()):
        raise PromptError("it has a number that is no share of the photo (NaN, infinite or far outside)")
    if len(values) in (4, 5):
        x, y, wide, tall = values[:4] * (width, height, width, height)
        # What was whole pixels is whole again, whatever the file's decimals left of it.
        box = [round(side, 3) for side in (x - wide / 2, y - tall / 2, x + wide / 2, y + tall / 2)]
        return label, regions.rectangle(box, size_hw)
    if len(values) % 2:
        raise PromptError(f"expected x and y in turn, got {len(values)} numbers")
    ring = regions.read_ring(np.round(values.reshape(-1, 2) * (width, height), 3))
    return label, regions.fill([ring], size_hw)


def _read_names(found: Collected, files: Files) -> dict[int, str]:
    """Class number -> name, of data.yaml or classes.txt."""
    for name in files:
        base = PurePosixPath(name).name.lower()
        with found.trying(name):
            if base in _CONFIG:
                held = load_yaml(files.text(name))
                names = held.get("names") if isinstance(held, dict) else None
                pairs = enumerate(names) if isinstance(names, list) else (names or {}).items()
                return {int(number): str(one) for number, one in pairs}
            if base == "classes.txt":
                lines = [line.strip() for line in files.text(name).splitlines()]
                return {number: line for number, line in enumerate(lines) if line}
    return {}


def _quoted(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)


_CLASS = frozenset({"class"})

FORMATS = (
    Format("yolo", "YOLO, segments", Shape.SINGLE, _CLASS, read=read, write=write, looks=looks, classed=True),
    Format("yolo-boxes", "YOLO, boxes", Shape.BOX, _CLASS, read=read, write=write_boxes, classed=True),
)
