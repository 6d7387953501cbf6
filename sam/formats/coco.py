"""COCO's instances: one JSON for all photos, masks as run lengths or as polygons.

Source: cocodataset.org, "Data format"; `name`, `score`, `prompts` and `provenance` are further keys, which others skip.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import PromptError
from ..rle import Rle
from ._core import regions
from ._core.collect import Collected, facts_of, json_facts, names_like
from ._core.format import Format, Options, Shape
from ._core.loss import drawn
from ._core.output import Output
from ._core.sources import Files
from .annotations import AnnotatedImage, Annotations, class_names, color_of

FILE = "annotations.json"
_HOLDS = frozenset({"class", "name", "score", "prompts", "provenance", "color", "key"})


def looks(files: Files) -> bool:
    """A JSON object with images and annotations."""
    return find(files, lambda value: "segments_info" not in _first(value)) != ""


def find(files: Files, accepts: Any) -> str:
    """The name of the file, the shortest of several; "" where there is none."""
    return next(names_like(files, (".json",), lambda value: _is_one(value) and accepts(value)), "")


def read(files: Files) -> Annotations:
    """Run lengths, polygons (several are one object's parts), and boxes of objects without either."""
    found = Collected(files)
    name = find(files, lambda value: True) or next(iter(files.ending(".json")), "")
    data = files.json(name)
    data = data if isinstance(data, dict) else {}
    classes = read_categories(found, data, name)
    images = read_images(found, data, name)
    seen: set[Any] = set()
    for index, entry in enumerate(_list(data, "annotations")):
        number = entry.get("id", f"no. {index + 1}") if isinstance(entry, dict) else f"no. {index + 1}"
        with found.trying(f"{name}, annotation {str(number)[:40]}"):
            if entry["image_id"] not in images:
                raise PromptError(f"there is no image {str(entry['image_id'])[:40]}")
            if "id" in entry and entry["id"] in seen:
                found.note(f"{name}, annotation {str(number)[:40]}: the id is there twice. Both are kept.")
            seen.add(entry.get("id"))
            label = classes.get(entry.get("category_id"), "")
            if not label and entry.get("category_id") not in (None, 0):
                found.note(f"{name}, annotation {number}: there is no category {entry.get('category_id')}.")
            image = images[entry["image_id"]]
            found.object(image, read_segmentation(entry, image.size_hw), label=label, **facts_of(entry))
    return found.result()


def write(annotations: Annotations, out: Output, options: Options) -> None:
    """Masks as compressed run lengths, exactly."""
    _write(annotations, out, lambda one: dict(one.rle), options)


def write_polygons(annotations: Annotations, out: Output, options: Options) -> None:
    """Masks as polygons, one a part; holes are tied to the outline by a seam."""
    _write(
        annotations,
        out,
        lambda one: [_flat(ring) for (ring,) in drawn(one, Shape.PARTS, options.tolerance)],
        options,
    )


def read_categories(found: Collected, data: Mapping[str, Any], name: str) -> dict[Any, str]:
    """Category id -> class."""
    classes: dict[Any, str] = {}
    for entry in _list(data, "categories"):
        with found.trying(f"{name}, category {str(entry)[:60]}"):
            color = entry.get("color")
            key = entry.get("key", "")
            usable = isinstance(color, list) and len(color) == 3
            label = found.label(entry["name"], tuple(color) if usable else None, key if isinstance(key, str) else "")
            if entry["id"] in classes:
                raise PromptError("the id is there twice. The first is used")
            classes[entry["id"]] = label
    return classes


def read_images(found: Collected, data: Mapping[str, Any], name: str) -> dict[Any, AnnotatedImage]:
    """Image id -> photo."""
    images: dict[Any, AnnotatedImage] = {}
    for entry in _list(data, "images"):
        with found.trying(f"{name}, image {str(entry.get('file_name'))[:80] if isinstance(entry, dict) else '?'}"):
            if entry["id"] in images:
                raise PromptError(f"the id {str(entry['id'])[:40]} is there twice. The first is used")
            images[entry["id"]] = found.image(entry["file_name"], (entry["height"], entry["width"]))
    return images


def read_segmentation(entry: Mapping[str, Any], size_hw: tuple[int, int]) -> Rle:
    """The mask of an annotation.

    Raises:
        PromptError: damaged, or of another size than the photo.
    """
    from pycocotools import mask as coco

    height, width = size_hw
    held = entry.get("segmentation")
    if isinstance(held, Mapping):
        if list(held.get("size", [])) != [height, width]:
            raise PromptError(f"the mask's size is {held.get('size')}, and the photo's [{height}, {width}]")
        counts: Any = held.get("counts")
        return {"size": [height, width], "counts": counts}
    if isinstance(held, list) and held:
        # pycocotools draws polygons itself, as whoever reads COCO does; of NaN it makes nonsense.
        rings = [regions.read_ring(polygon, "polygon") for polygon in held]
        regions.check_length(rings)
        packed = coco.merge(coco.frPyObjects([_flat(ring) for ring in rings], height, width))
        return {"size": [height, width], "counts": packed["counts"].decode("ascii")}
    x, y, wide, tall = (float(side) for side in entry["bbox"])
    return regions.rectangle((x, y, x + wide, y + tall), size_hw)


def categories(annotations: Annotations) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """(the file's categories, class -> id); ids begin at 1."""
    names = class_names(annotations)
    known = {one.name: one for one in annotations.classes}
    rows: list[dict[str, Any]] = []
    for index, name in enumerate(names):
        row: dict[str, Any] = {"id": index + 1, "name": name, "supercategory": ""}
        row["color"] = list(known[name].color if name in known else color_of(name))
        if name in known and known[name].key:
            row["key"] = known[name].key
        rows.append(row)
    return rows, {name: index + 1 for index, name in enumerate(names)}


def image_rows(annotations: Annotations) -> list[dict[str, Any]]:
    """The file's images; ids begin at 1."""
    return [
        {"id": index + 1, "file_name": image.name, "height": image.size_hw[0], "width": image.size_hw[1]}
        for index, image in enumerate(annotations.images)
    ]


def _write(annotations: Annotations, out: Output, segmentation: Any, options: Options) -> None:
    rows, ids = categories(annotations)
    images = {image.name: index + 1 for index, image in enumerate(annotations.images)}
    entries = []
    for index, one in enumerate(annotations.objects):
        x0, y0, x1, y1 = one.box
        entries.append(
            {
                "id": index + 1,
                "image_id": images[one.image],
                "category_id": ids[one.label or "object"],
                "segmentation": segmentation(one),
                "bbox": [x0, y0, x1 - x0, y1 - y0],
                "area": one.area,
                "iscrowd": 0,
                **json_facts(one),
            }
        )
    name = FILE if not out.single or out.place is None else out.place.name
    value = {"info": {}, "licenses": [], "images": image_rows(annotations), "annotations": entries, "categories": rows}
    out.add_json(name, value)


def _flat(ring: Any) -> list[float]:
    return [float(value) if value % 1 else int(value) for value in ring.reshape(-1)]


def _is_one(value: Any) -> bool:
    if not isinstance(value, Mapping):
        return False
    return isinstance(value.get("images"), list) and isinstance(value.get("annotations"), list)


def _list(data: Mapping[str, Any], key: str) -> list[Any]:
    value = data.get(key)
    return value if isinstance(value, list) else []


def _first(data: Mapping[str, Any]) -> Mapping[str, Any]:
    entries = _list(data, "annotations")
    return entries[0] if entries and isinstance(entries[0], dict) else {}


FORMATS = (
    Format("coco", "COCO", Shape.MASK, _HOLDS, ".json", True, read, write, looks, classed=True),
    Format("coco-polygons", "COCO, polygons", Shape.PARTS, _HOLDS, ".json", True, read, write_polygons, classed=True),
)
