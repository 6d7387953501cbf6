"""Label Studio: tasks as JSON, with brush masks or polygons.

Source: labelstud.io, "BrushLabels" and "PolygonLabels", and its converter's `brush`: coordinates are percent; a brush's
`rle` packs the bytes of an RGBA picture bit by bit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

from ..errors import PromptError
from ..io.arrays import shown
from ..rle import Rle
from ._core import regions
from ._core.brush_rle import decode_brush, encode_brush
from ._core.collect import Collected, facts_of, names_like
from ._core.format import Format, Options, Shape
from ._core.loss import drawn
from ._core.output import Output
from ._core.sources import Files
from .annotations import AnnotatedObject, Annotations, safe_name

FILE = "tasks.json"


def looks(files: Files) -> bool:
    """A JSON list of tasks."""
    return _find(files) != ""


def read(files: Files) -> Annotations:
    """The first annotation of each task that was not cancelled, else its first prediction."""
    found = Collected(files)
    name = _find(files) or next(iter(files.ending(".json")), "")
    tasks = files.json(name)
    for index, task in enumerate(tasks if isinstance(tasks, list) else []):
        with found.trying(f"{name}, task {index + 1}"):
            _read_task(found, task, f"{name}, task {index + 1}")
    return found.result()


def write(annotations: Annotations, out: Output, options: Options) -> None:
    """Brush masks, exactly."""

    def value(one: AnnotatedObject) -> tuple[str, dict[str, Any]]:
        return "brush", {"format": "rle", "rle": encode_brush(_row_major(one)).tolist()}

    _write(annotations, out, value)


def write_polygons(annotations: Annotations, out: Output, options: Options) -> None:
    """A polygon an object; parts and holes are tied to it by seams."""

    def value(one: AnnotatedObject) -> tuple[str, dict[str, Any]]:
        ((ring,),) = drawn(one, Shape.SINGLE, options.tolerance)
        share = ring / np.array([one.rle["size"][1], one.rle["size"][0]]) * 100
        return "polygon", {"points": np.round(share, 9).tolist(), "closed": True}

    _write(annotations, out, value)


def _read_task(found: Collected, task: Any, where: str) -> None:
    data = task["data"]
    photo = data.get("image") or next((one for one in data.values() if isinstance(one, str)), "")
    # Local files come as /data/local-files/?d=folder/name.jpg, uploads as /data/upload/1/name.jpg.
    _, local, path = unquote(str(photo)).rpartition("?d=")
    name = safe_name(path) if local else PurePosixPath(path.partition("?")[0]).name
    kept = [one for one in task.get("annotations") or [] if isinstance(one, Mapping) and not one.get("was_cancelled")]
    held = next((one.get("result") or [] for one in [*kept, *(task.get("predictions") or [])]), [])
    results = [one if isinstance(one, Mapping) else {} for one in held]
    sized = next((one for one in results if "original_height" in one), None)
    size = (sized["original_height"], sized["original_width"]) if sized else None
    meta = data.get("size_hw")
    image = found.image(name, size or (tuple(meta) if isinstance(meta, list) else None))
    for index, one in enumerate(results):
        with found.trying(f"{where}, result {index + 1}"):
            kind, value = str(one.get("type")), one["value"]
            if kind in ("labels", "choices", "textarea", "relation"):
                continue
            region = _region(kind, value, image.size_hw)
            labels: list[Any] = next((value[key] for key in value if key.endswith("labels") and value[key]), [])
            facts = facts_of(one)
            said = (one.get("meta") or {}).get("text") or []
            facts["name"] = str(said[0]) if said and isinstance(said, list) else ""
            found.object(image, region, label=found.label(labels[0]) if labels else "", **facts)


def _write(annotations: Annotations, out: Output, value: Any) -> None:
    tasks = []
    for index, (image, objects) in enumerate(annotations.by_image()):
        results = []
        for number, one in enumerate(objects):
            kind, geometry = value(one)
            row: dict[str, Any] = {
                "id": f"{index + 1}-{number + 1}",
                "type": f"{kind}labels",
                "from_name": kind,
                "to_name": "image",
                "original_width": image.size_hw[1],
                "original_height": image.size_hw[0],
                "image_rotation": 0,
                "value": {**geometry, f"{kind}labels": [one.label] if one.label else []},
            }
            if one.score is not None:
                row["score"] = one.score
            if one.name:
                row["meta"] = {"text": [one.name]}
            results.append(row)
        data = {"image": f"/data/local-files/?d={image.name}", "size_hw": list(image.size_hw)}
        tasks.append({"id": index + 1, "data": data, "annotations": [{"result": results}]})
    out.add(FILE if not out.single or out.place is None else out.place.name, json.dumps(tasks, ensure_ascii=False))


def _row_major(one: AnnotatedObject) -> NDArray[np.int64]:
    """Run lengths of the whole photo along its rows, background first."""
    from .cvat import row_runs

    mask, left, top = regions.crop_of(one.rle)
    height, width = one.rle["size"]
    # Only the rows of the box are laid out; above and below there is nothing.
    rows = np.zeros((mask.shape[0], width), bool)
    rows[:, left : left + mask.shape[1]] = mask
    runs = row_runs(rows)
    runs[0] += top * width
    below = (height - top - mask.shape[0]) * width
    if len(runs) % 2:
        runs[-1] += below
        return runs
    return np.concatenate([runs, [below]]) if below else runs


def _region(kind: str, value: Mapping[str, Any], size_hw: tuple[int, int]) -> Rle:
    """Run lengths of a result.

    Raises:
        PromptError: damaged, or a kind without an area.
    """
    height, width = size_hw
    scale = np.array([width, height]) / 100
    if "rle" in value:
        mask = decode_brush(value["rle"], size_hw)
        return regions.place(mask, 0, 0, size_hw)
    if "points" in value:
        ring = regions.read_ring(value["points"], "polygon")
        return regions.fill([np.round(ring * scale, 3)], size_hw)
    if "radiusX" in value:
        angle = np.linspace(0, 2 * np.pi, 721)[:-1]
        radii = np.array([float(value["radiusX"]), float(value["radiusY"])])
        ring = np.array([float(value["x"]), float(value["y"])]) + radii * np.stack(
            [np.cos(angle), np.sin(angle)], axis=1
        )
        return regions.fill([regions.read_ring(ring * scale)], size_hw)
    if "width" in value:
        if float(value.get("rotation") or 0):
            raise PromptError("a turned rectangle can't be read")
        x, y, wide, tall = (float(value[key]) for key in ("x", "y", "width", "height"))
        ring = np.array([[x, y], [x + wide, y], [x + wide, y + tall], [x, y + tall]]) * scale
        return regions.fill([regions.read_ring(np.round(ring, 3))], size_hw)
    raise PromptError(f"a {shown(kind)} has no area")


def _find(files: Files) -> str:
    return next(names_like(files, (".json",), _is_one), "")


def _is_one(value: Any) -> bool:
    first = value[0] if isinstance(value, list) and value else None
    return isinstance(first, dict) and isinstance(first.get("data"), dict)


_HOLDS = frozenset({"class", "name", "score"})

FORMATS = (
    Format("label-studio", "Label Studio, brush", Shape.MASK, _HOLDS, ".json", True, read, write, looks),
    Format(
        "label-studio-polygons", "Label Studio, polygons", Shape.SINGLE, _HOLDS, ".json", True, read, write_polygons
    ),
)
