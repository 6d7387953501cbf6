"""CSV: what can be measured at each object, in pixels, or in millimetres where a scale is known."""

from __future__ import annotations

import csv
import io
import math
from typing import Any

import numpy as np

from ._core import regions
from ._core.format import Format, Options, Shape
from ._core.output import Output
from ._core.pictures import pixels_of
from .annotations import AnnotatedObject, Annotations

FILE = "measures.csv"


def write(annotations: Annotations, out: Output, options: Options) -> None:
    """One row an object, one table for all photos."""
    rows = measure(annotations, options.scale)
    buffer = io.StringIO()
    table = csv.DictWriter(buffer, columns(options.scale), lineterminator="\r\n")
    table.writeheader()
    table.writerows({key: _safe(value) for key, value in row.items()} for row in rows)
    out.add(FILE if not out.single or out.place is None else out.place.name, "\ufeff" + buffer.getvalue())


def columns(scale: float | None) -> list[str]:
    """The table's columns; lengths and areas say their unit."""
    length, area = ("mm", "mm2") if scale else ("px", "px2")
    return [
        *("image", "object", "class", "name", "score", f"area_{area}", "area_share"),
        *("x0", "y0", "x1", "y1", "centroid_x", "centroid_y"),
        *(f"perimeter_{length}", f"length_{length}", f"width_{length}", "angle_deg", "parts", "holes"),
        *("mean_red", "mean_green", "mean_blue"),
    ]


def measure(annotations: Annotations, scale: float | None = None) -> list[dict[str, Any]]:
    """The rows of the table.

    Args:
        scale: millimetres a pixel; None: pixels.

    Returns:
        By `columns(scale)`. Boxes and centroids are pixels; `length` and `width` are the sides of the smallest turned
        rectangle around the object, `angle_deg` is its long side's with the x axis, clockwise, in [0, 180). The
        perimeter counts outlines and holes (Crofton's formula, `skimage.measure.perimeter_crofton`). Colours are ""
        where the photo is not there.
    """
    unit = scale or 1.0
    length, area = ("mm", "mm2") if scale else ("px", "px2")
    rows = []
    for image, objects in annotations.by_image():
        photo = pixels_of(image) if image.source is not None and objects else None
        for number, one in enumerate(objects):
            facts = _measure(one)
            row: dict[str, Any] = {
                "image": image.name,
                "object": number + 1,
                "class": one.label,
                "name": one.name,
                "score": "" if one.score is None else one.score,
                f"area_{area}": _round(one.area * unit**2),
                "area_share": _round(one.area / (image.size_hw[0] * image.size_hw[1]), 8),
                **dict(zip(("x0", "y0", "x1", "y1"), one.box)),
                "centroid_x": _round(facts["x"]),
                "centroid_y": _round(facts["y"]),
                f"perimeter_{length}": _round(facts["perimeter"] * unit),
                f"length_{length}": _round(facts["length"] * unit),
                f"width_{length}": _round(facts["width"] * unit),
                "angle_deg": _round(facts["angle"], 1),
                "parts": facts["parts"],
                "holes": facts["holes"],
            }
            for channel, name in enumerate(("red", "green", "blue")):
                row[f"mean_{name}"] = "" if photo is None else _round(_mean(photo, one, channel), 2)
            rows.append(row)
    return rows


def _measure(one: AnnotatedObject) -> dict[str, float]:
    import cv2
    from skimage.measure import perimeter_crofton

    mask, left, top = regions.crop_of(one.rle)
    y, x = np.nonzero(mask)
    polygons = regions.outlines(one.rle)
    corners = np.concatenate([polygon.exterior for polygon in polygons])
    _, sides, turn = cv2.minAreaRect(np.ascontiguousarray(corners, np.float32))
    long, short = max(sides), min(sides)
    angle = (turn if sides[0] >= sides[1] else turn + 90) % 180
    return {
        "x": float(x.mean()) + left + 0.5,
        "y": float(y.mean()) + top + 0.5,
        "perimeter": float(perimeter_crofton(np.pad(mask, 2), directions=4)),
        "length": float(long),
        "width": float(short),
        "angle": float(angle),
        "parts": len(polygons),
        "holes": sum(len(polygon.holes) for polygon in polygons),
    }


def _mean(photo: Any, one: AnnotatedObject, channel: int) -> float:
    mask, left, top = regions.crop_of(one.rle)
    return float(photo[top : top + mask.shape[0], left : left + mask.shape[1], channel][mask].mean())


def _round(value: float, digits: int = 3) -> float | int:
    rounded = round(float(value), digits)
    return int(rounded) if math.isfinite(rounded) and rounded == int(rounded) else rounded


def _safe(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula is quoted as text."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t") else value


FORMATS = (
    Format(
        "csv",
        "CSV of measures",
        Shape.TABLE,
        frozenset({"class", "name", "score"}),
        ".csv",
        True,
        write=write,
        about="Area, box, centroid, perimeter, length and width, mean colour.",
    ),
)
