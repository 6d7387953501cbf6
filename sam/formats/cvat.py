"""CVAT for images 1.1: one XML for all photos, with masks or polygons.

Source: docs.cvat.ai, "CVAT for images": a mask's `rle` counts along the rows of its box, background first.
"""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape, quoteattr

import numpy as np
from numpy.typing import NDArray

from ..errors import PromptError
from ..io.arrays import shown
from ..rle import Rle
from ._core import regions
from ._core.collect import Collected, names_like
from ._core.format import Format, Options, Shape
from ._core.loss import drawn
from ._core.output import Output
from ._core.sources import Files
from .annotations import AnnotatedObject, Annotations, class_names, color_of

FILE = "annotations.xml"
_ATTRIBUTES = ("name", "score")


def looks(files: Files) -> bool:
    """An XML file whose root is `annotations`."""
    return _find(files) != ""


def read(files: Files) -> Annotations:
    """Masks, polygons, boxes and ellipses; what shares a `group_id` is one object. Lines and points are told of."""
    found = Collected(files)
    name = _find(files) or next(iter(files.ending(".xml")), "")
    root = files.xml(name)
    for entry in root.iter("label"):
        with found.trying(f"{name}, label {shown(entry.findtext('name'))}"):
            found.label(entry.findtext("name") or "", _color(entry.findtext("color")))
    for entry in root.iter("image"):
        with found.trying(f"{name}, image {shown(entry.get('name'))}"):
            size = (_number(entry, "height"), _number(entry, "width"))
            image = found.image(entry.get("name"), size)
            _read_objects(found, entry, image, f"{name}, {image.name}")
    return found.result()


def write(annotations: Annotations, out: Output, options: Options) -> None:
    """Masks, exactly."""
    _write(annotations, out, lambda one: [_mask_row(one)])


def write_polygons(annotations: Annotations, out: Output, options: Options) -> None:
    """Polygons, one a part; holes are tied to the outline by a seam."""

    def rows(one: AnnotatedObject) -> list[tuple[str, str]]:
        groups = drawn(one, Shape.PARTS, options.tolerance)
        return [("polygon", f'points="{";".join(f"{x:g},{y:g}" for x, y in ring)}"') for (ring,) in groups]

    _write(annotations, out, rows)


def _read_objects(found: Collected, entry: Any, image: Any, where: str) -> None:
    groups: dict[str, tuple[list[Rle], dict[str, Any]]] = {}
    for index, shape in enumerate(entry):
        with found.trying(f"{where}, {shape.tag} {index + 1}"):
            region = _region(shape, image.size_hw)
            if not regions.runs_of(region)[1::2].any():
                raise PromptError("it covers no pixel")
            facts: dict[str, Any] = {"label": found.label(shape.get("label") or "object")}
            own = {one.get("name"): (one.text or "").strip() for one in shape.findall("attribute")}
            if own.get("name"):
                facts["name"] = own["name"]
            if own.get("score"):
                facts["score"] = float(own["score"])
            group = shape.get("group_id") or "0"
            key = f"{index}" if group == "0" else f"group {group} {facts['label']}"
            groups.setdefault(key, ([], facts))[0].append(region)
    for parts, facts in groups.values():
        with found.trying(where):
            found.object(image, regions.union(parts, image.size_hw), **facts)


def _write(annotations: Annotations, out: Output, shapes: Any) -> None:
    colors = {one.name: one.color for one in annotations.classes}
    labels = "".join(
        f"<label><name>{escape(name)}</name><color>#{bytes(colors.get(name, color_of(name))).hex()}</color>"
        + "<attributes>"
        + "".join(
            f"<attribute><name>{one}</name><mutable>True</mutable><input_type>text</input_type>"
            "<default_value></default_value><values></values></attribute>"
            for one in _ATTRIBUTES
        )
        + "</attributes></label>\n"
        for name in class_names(annotations)
    )
    rows = [
        '<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n<version>1.1</version>\n'
        f"<meta><task><labels>\n{labels}</labels></task></meta>\n"
    ]
    group = 0
    for index, (image, objects) in enumerate(annotations.by_image()):
        height, width = image.size_hw
        rows.append(f'<image id="{index}" name={quoteattr(image.name)} width="{width}" height="{height}">\n')
        for order, one in enumerate(objects):
            made = shapes(one)
            group += len(made) > 1
            own = {"name": one.name, "score": "" if one.score is None else repr(one.score)}
            inside = "".join(
                f'<attribute name="{key}">{escape(value)}</attribute>' for key, value in own.items() if value
            )
            tied = f' group_id="{group}"' if len(made) > 1 else ""
            for tag, geometry in made:
                head = f'<{tag} label={quoteattr(one.label or "object")} source="manual" occluded="0" {geometry}'
                rows.append(f'{head} z_order="{order}"{tied}>{inside}</{tag}>\n')
        rows.append("</image>\n")
    rows.append("</annotations>\n")
    out.add(FILE if not out.single or out.place is None else out.place.name, "".join(rows))


def row_runs(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Run lengths along the rows, background first."""
    flat = mask.reshape(-1)
    changes = np.flatnonzero(np.diff(flat.view(np.int8))) + 1
    runs = np.diff(np.concatenate([[0], changes, [flat.size]]))
    return np.concatenate([[0], runs]) if flat[0] else runs


def _mask_row(one: AnnotatedObject) -> tuple[str, str]:
    mask, left, top = regions.crop_of(one.rle)
    runs = ", ".join(map(str, row_runs(mask)))
    return "mask", f'rle="{runs}" left="{left}" top="{top}" width="{mask.shape[1]}" height="{mask.shape[0]}"'


def _region(shape: Any, size_hw: tuple[int, int]) -> Rle:
    """Run lengths of a shape.

    Raises:
        PromptError: damaged, or a shape without an area.
    """
    if shape.tag == "polygon":
        points = regions.check_outline(shape.get("points") or "")
        pairs = [[float(value) for value in pair.split(",")] for pair in points.split(";") if pair]
        return regions.fill([regions.read_ring(pairs, "polygon")], size_hw)
    if shape.tag == "box":
        return regions.rectangle([_number(shape, side) for side in ("xtl", "ytl", "xbr", "ybr")], size_hw)
    if shape.tag == "ellipse":
        angle = np.linspace(0, 2 * np.pi, 721)[:-1]
        center = np.array([_number(shape, "cx"), _number(shape, "cy")])
        radii = np.array([_number(shape, "rx"), _number(shape, "ry")])
        return regions.fill([center + radii * np.stack([np.cos(angle), np.sin(angle)], axis=1)], size_hw)
    if shape.tag == "mask":
        width, height = int(_number(shape, "width")), int(_number(shape, "height"))
        text = regions.check_outline(shape.get("rle") or "")
        runs = np.array([int(run) for run in text.split(",") if run.strip()], np.int64)
        most = 4 * size_hw[0] * size_hw[1]
        if width < 1 or height < 1 or width * height > most or (runs < 0).any() or runs.max(initial=0) > most:
            raise PromptError("its mask's size or run lengths are none that a photo has")
        if runs.sum() != width * height:
            raise PromptError(f"its run lengths add up to {runs.sum()}, and its box has {width * height} pixels")
        mask = np.repeat(np.arange(len(runs)) % 2 == 1, runs).reshape(height, width)
        return regions.place(mask, int(_number(shape, "left")), int(_number(shape, "top")), size_hw)
    raise PromptError(f"a {shown(shape.tag)} has no area")


def _find(files: Files) -> str:
    return next(names_like(files, (".xml",), lambda root: bool(root.tag == "annotations")), "")


def _color(text: str | None) -> tuple[int, int, int] | None:
    try:
        red, green, blue = bytes.fromhex((text or "").removeprefix("#"))
    except ValueError:
        return None
    return red, green, blue


def _number(element: Any, name: str) -> float:
    try:
        value = float(element.get(name))
    except (TypeError, ValueError) as error:
        raise PromptError(f"its {name} is no number") from error
    if not abs(value) < 1e7:
        raise PromptError(f"its {name} is no place in a photo")
    return value


_HOLDS = frozenset({"class", "name", "score", "color"})

FORMATS = (
    Format("cvat", "CVAT for images 1.1", Shape.MASK, _HOLDS, ".xml", True, read, write, looks, classed=True),
    Format("cvat-polygons", "CVAT, polygons", Shape.PARTS, _HOLDS, ".xml", True, read, write_polygons, classed=True),
)
