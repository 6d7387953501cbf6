"""GeoJSON: a FeatureCollection a photo, a MultiPolygon an object, in the photo's pixels.

Source: RFC 7946. Its polygons' exteriors turn counter-clockwise in x, y, and holes clockwise; rings are closed. Pixels
are not longitude and latitude, so programs that draw maps need an affine transform for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import PromptError
from ..io.arrays import shown
from ..rle import Rle
from ._core import regions
from ._core.collect import Collected, facts_of, json_facts, names_like, read_each
from ._core.format import Format, Options, Shape
from ._core.loss import drawn
from ._core.output import Output
from ._core.sources import Files
from .annotations import AnnotatedObject, Annotations


def looks(files: Files) -> bool:
    """A FeatureCollection."""
    return bool(files.ending(".geojson")) or any(names_like(files, (".json",), _is_one))


def read(files: Files) -> Annotations:
    """Polygons and MultiPolygons; points and lines have no area and are told of."""
    return read_each(files, (".geojson", ".json"), _is_one, "it is no FeatureCollection", _read_one)


def _read_one(found: Collected, name: str, data: Any) -> None:
    own = data.get("properties") or data
    size = (own["height"], own["width"]) if own.get("height") else None
    image = found.image(own.get("image") or found.photo_beside(name), size)
    for index, entry in enumerate(own.get("classes") or []):
        with found.trying(f"{name}, class {index + 1}"):
            found.label(entry["name"], tuple(entry["color"]), entry.get("key") or "")
    for index, feature in enumerate(data["features"]):
        number = feature.get("id", index + 1) if isinstance(feature, Mapping) else index + 1
        with found.trying(f"{name}, feature {shown(number)}"):
            facts = feature.get("properties") or {}
            label = facts.get("class") or (facts.get("classification") or {}).get("name") or ""
            region = _region(feature["geometry"], image.size_hw)
            found.object(image, region, label=found.label(label) if label else "", **facts_of(facts))


def write(annotations: Annotations, out: Output, options: Options) -> None:
    """`properties` of the collection name the photo and its size."""
    classes = [{"name": one.name, "color": list(one.color), "key": one.key} for one in annotations.classes]
    for image, objects in annotations.by_image():
        features = []
        for index, one in enumerate(objects):
            facts = {"class": one.label, "area": one.area, **json_facts(one)}
            features.append(
                {"type": "Feature", "id": index + 1, "geometry": _geometry(one, options.tolerance), "properties": facts}
            )
        about = {"image": image.name, "height": image.size_hw[0], "width": image.size_hw[1], "unit": "pixel"}
        own = {**about, "classes": classes}
        out.add_json(f"{image.stem}.geojson", {"type": "FeatureCollection", "properties": own, "features": features})


def _geometry(one: AnnotatedObject, tolerance: float) -> dict[str, Any]:
    polygons = []
    for group in drawn(one, Shape.HOLES, tolerance):
        rings = []
        for index, ring in enumerate(group):
            wanted = 1 if index == 0 else -1
            turned = ring if np.sign(_area(ring)) == wanted else ring[::-1]
            rings.append([*turned.tolist(), turned[0].tolist()])
        polygons.append(rings)
    return {"type": "MultiPolygon", "coordinates": polygons}


def _region(geometry: Mapping[str, Any], size_hw: tuple[int, int]) -> Rle:
    kind = geometry["type"]
    if kind not in ("Polygon", "MultiPolygon"):
        raise PromptError(f"a {shown(kind)} has no area")
    polygons = geometry["coordinates"] if kind == "MultiPolygon" else [geometry["coordinates"]]
    parts = [regions.fill([regions.read_ring(ring, "ring") for ring in rings], size_hw) for rings in polygons]
    return regions.union(parts, size_hw)


def _area(ring: regions.Ring) -> float:
    x, y = ring.T
    return float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2


def _is_one(data: Any) -> bool:
    collection = isinstance(data, Mapping) and data.get("type") == "FeatureCollection"
    return collection and isinstance(data.get("features"), list)


FORMATS = (
    Format(
        "geojson",
        "GeoJSON",
        Shape.HOLES,
        frozenset({"class", "name", "score", "prompts", "provenance", "color", "key"}),
        ".geojson",
        read=read,
        write=write,
        looks=looks,
        about="Pixels, not map coordinates.",
    ),
)
