"""LabelMe: one JSON beside each photo, with masks or polygons.

Source: labelme's `LabelFile` and its "mask" shape: `points` are the box's first and last pixel, `mask` is a PNG of it.
Parts of one object share a `group_id`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import numpy as np

from ..errors import PromptError
from ..io.arrays import shown
from ..rle import Rle
from ._core import regions
from ._core.collect import Collected, names_like, read_each
from ._core.format import Format, Options, Shape
from ._core.loss import drawn
from ._core.output import Output
from ._core.pictures import decode_picture, encode_png
from ._core.sources import Files
from .annotations import AnnotatedObject, Annotations

VERSION = "5.5.0"


class _Parts(NamedTuple):
    """Shapes that are one object."""

    label: str
    name: str
    regions: list[Rle]


def looks(files: Files) -> bool:
    """A JSON object with shapes."""
    return any(names_like(files, (".json",), _is_one))


def read(files: Files) -> Annotations:
    """Masks, polygons, rectangles and circles; points and lines have no area and are told of."""
    return read_each(files, (".json",), _is_one, "it has no shapes", _read_one)


def _read_one(found: Collected, name: str, data: Any) -> None:
    photo = data.get("imagePath") or f"{PurePosixPath(name).stem}.jpg"
    size = (data["imageHeight"], data["imageWidth"]) if data.get("imageHeight") else None
    beside = PurePosixPath(name).parent / PurePosixPath(str(photo).replace("\\", "/")).name
    image = found.image(str(beside), size)
    groups: dict[tuple[str, ...], _Parts] = {}
    for index, one in enumerate(data["shapes"]):
        with found.trying(f"{name}, shape {index + 1}"):
            region = _region(one, image.size_hw)
            if not regions.runs_of(region)[1::2].any():
                raise PromptError("it covers no pixel")
            group = one.get("group_id")
            key = (str(index),) if group is None else ("group", str(group), str(one["label"]))
            label = found.label(one["label"])
            groups.setdefault(key, _Parts(label, str(one.get("description") or ""), [])).regions.append(region)
    for parts in groups.values():
        with found.trying(name):
            whole = regions.union(parts.regions, image.size_hw)
            found.object(image, whole, label=parts.label, name=parts.name)


def write(annotations: Annotations, out: Output, options: Options) -> None:
    """Masks, exactly."""
    _write(annotations, out, lambda one: [_mask_shape(one)])


def write_polygons(annotations: Annotations, out: Output, options: Options) -> None:
    """Polygons, one a part; holes are tied to the outline by a seam."""

    def shapes(one: AnnotatedObject) -> list[dict[str, Any]]:
        groups = drawn(one, Shape.PARTS, options.tolerance)
        return [{"shape_type": "polygon", "points": ring.tolist()} for (ring,) in groups]

    _write(annotations, out, shapes)


def _write(annotations: Annotations, out: Output, shapes: Any) -> None:
    for image, objects in annotations.by_image():
        rows = []
        group = 0
        for one in objects:
            made = shapes(one)
            group += len(made) > 1
            for shape in made:
                rows.append(
                    {
                        "label": one.label or "object",
                        "points": shape["points"],
                        "group_id": group if len(made) > 1 else None,
                        "description": one.name,
                        "shape_type": shape["shape_type"],
                        "flags": {},
                        "mask": shape.get("mask"),
                    }
                )
        size = {"imageHeight": image.size_hw[0], "imageWidth": image.size_hw[1]}
        beside = PurePosixPath(image.name).name
        value: dict[str, Any] = {
            "version": VERSION,
            "flags": {},
            "shapes": rows,
            "imagePath": beside,
            "imageData": None,
            **size,
        }
        out.add_json(f"{image.stem}.json", value)


def _mask_shape(one: AnnotatedObject) -> dict[str, Any]:
    mask, left, top = regions.crop_of(one.rle)
    corner = [left + mask.shape[1] - 1, top + mask.shape[0] - 1]
    picture = base64.b64encode(encode_png(mask.astype(np.uint8) * np.uint8(255))).decode("ascii")
    return {"shape_type": "mask", "points": [[left, top], corner], "mask": picture}


def _region(one: Mapping[str, Any], size_hw: tuple[int, int]) -> Rle:
    kind, points = one.get("shape_type") or "polygon", one["points"]
    if kind == "polygon":
        return regions.fill([regions.read_ring(points, "polygon")], size_hw)
    places = np.asarray(points, np.float64)
    if places.shape != (2, 2) or not np.isfinite(places).all() or (np.abs(places) > 1e7).any():
        raise PromptError(f"a {shown(kind)} has no area, or is not two places")
    if kind == "mask":
        try:
            packed = base64.b64decode(one["mask"], validate=True)
        except (binascii.Error, TypeError) as error:
            raise PromptError("its mask is no PNG as text") from error
        mask = decode_picture(packed, "the mask")
        mask = (mask if mask.ndim == 2 else mask.max(axis=2)) > 0
        left, top = (int(side) for side in np.rint(places[0]))
        return regions.place(mask, left, top, size_hw)
    if kind == "rectangle":
        return regions.rectangle([*places.min(axis=0), *places.max(axis=0)], size_hw)
    if kind == "circle":
        angle = np.linspace(0, 2 * np.pi, 361)[:-1]
        radius = float(np.hypot(*(places[1] - places[0])))
        return regions.fill([places[0] + radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)], size_hw)
    raise PromptError(f"a {shown(kind)} has no area")


def _is_one(data: Any) -> bool:
    return isinstance(data, Mapping) and isinstance(data.get("shapes"), list)


_HOLDS = frozenset({"class", "name"})

FORMATS = (
    Format("labelme", "LabelMe", Shape.MASK, _HOLDS, ".json", False, read, write, looks, classed=True),
    Format(
        "labelme-polygons", "LabelMe, polygons", Shape.PARTS, _HOLDS, ".json", False, read, write_polygons, classed=True
    ),
)
