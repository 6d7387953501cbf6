"""SVG: a drawing a photo, a group a class, a path an object; holes by the even-odd rule.

Source: SVG 1.1, paths. Read are paths and polygons of straight lines (M, L, H, V, Z in both cases); curves are told of.
"""

from __future__ import annotations

import re
from typing import Any
from xml.sax.saxutils import quoteattr

import numpy as np

from ..errors import PromptError
from ..io.arrays import shown
from ._core import regions
from ._core.collect import Collected
from ._core.format import Format, Options, Shape
from ._core.loss import drawn
from ._core.output import Output
from ._core.sources import Files
from .annotations import AnnotatedObject, Annotations, LabelClass

_NS = "{http://www.w3.org/2000/svg}"
_TOKEN = re.compile(r"[MmLlHhVvZz]|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|\S")


def looks(files: Files) -> bool:
    """A file that ends in .svg."""
    return bool(files.ending(".svg"))


def read(files: Files) -> Annotations:
    """Every path and polygon, of the class that its group names."""
    found = Collected(files)
    for name in files.ending(".svg"):
        with found.trying(name):
            root = files.xml(name)
            size = _size(root)
            image = found.image(root.get("data-image") or found.photo_beside(name), size)
            groups = [(root, "")] + [(group, group.get("data-class") or "") for group in root.iter(f"{_NS}g")]
            for group, label in groups:
                if label:
                    found.label(label, _color(group.get("fill")), group.get("data-key") or "")
                for path in [*group.findall(f"{_NS}path"), *group.findall(f"{_NS}polygon")]:
                    with found.trying(f"{name}, {path.get('id') or 'path'}"):
                        text = path.get("d") or f"M{path.get('points') or ''}Z"
                        region = regions.fill(read_path(text), size)
                        facts: dict[str, Any] = {"name": path.get("data-name") or ""}
                        if path.get("data-score"):
                            facts["score"] = float(path.get("data-score"))
                        found.object(image, region, label=label, **facts)
    return found.result()


def write(annotations: Annotations, out: Output, options: Options) -> None:
    """Coordinates are the photo's pixels; the photo itself is not in it."""
    for image, objects in annotations.by_image():
        height, width = image.size_hw
        rows = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" data-image={quoteattr(image.name)}>\n'
        ]
        # Objects stay in their order where that is by class; a class whose objects lie apart has several groups.
        known = {one.name: one for one in annotations.classes}
        index = 0
        while index < len(objects):
            label = objects[index].label
            rows.append(_open_group(known.get(label)))
            while index < len(objects) and objects[index].label == label:
                rows.append(_path(objects[index], index, options.tolerance))
                index += 1
            rows.append("</g>\n")
        out.add(f"{image.stem}.svg", "".join([*rows, "</svg>\n"]))


def read_path(text: str) -> list[regions.Ring]:
    """Rings of a path's data.

    Raises:
        PromptError: curves, or what is no path.
    """
    rings: list[list[tuple[float, float]]] = []
    command, x, y = "", 0.0, 0.0
    values: list[float] = []
    for found in _TOKEN.finditer(regions.check_outline(text).replace(",", " ")):
        token = found[0]
        if token in "Zz":
            command, values = "", []
            x, y = rings[-1][0] if rings else (x, y)
        elif token in "MmLlHhVv":
            command, values = token, []
        else:
            try:
                values.append(float(token))
            except ValueError as error:
                raise PromptError(f"only straight lines can be read, got {shown(token)}") from error
            if not command:
                raise PromptError("the path has numbers without a command")
            if len(values) < (1 if command in "HhVv" else 2):
                continue
            relative = command.islower()
            if command in "HhVv":
                x, y = (values[0] + x * relative, y) if command in "Hh" else (x, values[0] + y * relative)
            else:
                x, y = values[0] + x * relative, values[1] + y * relative
            if command in "Mm":
                rings.append([])
                command = "l" if relative else "L"
            if not rings:
                raise PromptError("the path does not begin with M")
            rings[-1].append((x, y))
            values = []
    return [regions.read_ring(ring, "path") for ring in rings if ring]


def _path(one: AnnotatedObject, index: int, tolerance: float) -> str:
    rings = [ring for group in drawn(one, Shape.HOLES, tolerance) for ring in group]
    data = "".join("M" + "L".join(f"{x:g} {y:g}" for x, y in ring.tolist()) + "Z" for ring in rings)
    score = "" if one.score is None else f' data-score="{one.score!r}"'
    name = f" data-name={quoteattr(one.name)}" if one.name else ""
    return f'<path id="object-{index + 1}"{name}{score} fill-rule="evenodd" d="{data}"/>\n'


def _open_group(one: LabelClass | None) -> str:
    if one is None:
        return '<g fill="#3b82f6">\n'
    key = f" data-key={quoteattr(one.key)}" if one.key else ""
    return f'<g data-class={quoteattr(one.name)}{key} fill="#{bytes(one.color).hex()}">\n'


def _size(root: Any) -> tuple[int, int]:
    box = (root.get("viewBox") or "").replace(",", " ").split()
    words = [root.get("height"), root.get("width")]
    try:
        if len(box) == 4 and [float(side) for side in box[:2]] == [0, 0]:
            words = [box[3], box[2]]
        height, width = (float(re.sub(r"px$", "", word or "")) for word in words)
        return int(np.ceil(height)), int(np.ceil(width))
    except (ValueError, OverflowError) as error:
        raise PromptError("it has neither a viewBox nor a width and height in pixels") from error


def _color(text: str | None) -> tuple[int, int, int] | None:
    found = re.fullmatch(r"#([0-9a-fA-F]{6})", text or "")
    return None if found is None else tuple(bytes.fromhex(found[1]))  # type: ignore[return-value]


FORMATS = (
    Format(
        "svg",
        "SVG",
        Shape.HOLES,
        frozenset({"class", "name", "score", "color", "key"}),
        ".svg",
        read=read,
        write=write,
        looks=looks,
    ),
)
