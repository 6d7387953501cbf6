"""SA-1B: one JSON a photo, as Meta's data set and `SamAutomaticMaskGenerator` have it.

Source: ai.meta.com/datasets/segment-anything, "annotations"; boxes are x, y, width, height.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import coco
from ._core.collect import Collected, facts_of, json_facts, names_like, read_each
from ._core.format import Format, Options, Shape
from ._core.output import Output
from ._core.sources import Files
from .annotations import Annotations


def looks(files: Files) -> bool:
    """A JSON object with one image and its annotations."""
    return any(names_like(files, (".json",), _is_one))


def read(files: Files) -> Annotations:
    """Every such file; others are told of."""
    return read_each(files, (".json",), _is_one, "it has no image with annotations", _read_one)


def _read_one(found: Collected, name: str, data: Any) -> None:
    entry = data["image"]
    image = found.image(entry["file_name"], (entry["height"], entry["width"]))
    for index, one in enumerate(data["annotations"]):
        with found.trying(f"{name}, annotation no. {index + 1}"):
            facts = facts_of(one)
            score = one.get("predicted_iou")
            if "score" not in one and isinstance(score, (int, float)) and not isinstance(score, bool):
                facts["score"] = min(1.0, max(0.0, float(score)))
            if "prompts" not in one and one.get("point_coords"):
                facts["prompts"] = {"points": one["point_coords"]}
            found.object(image, coco.read_segmentation(one, image.size_hw), **facts)


def write(annotations: Annotations, out: Output, options: Options) -> None:
    """One JSON a photo; what SA-1B has no key for stands in further ones."""
    for number, (image, objects) in enumerate(annotations.by_image()):
        entries = []
        for index, one in enumerate(objects):
            x0, y0, x1, y1 = one.box
            points = one.prompts.get("points") or [[(x0 + x1) / 2, (y0 + y1) / 2]]
            entries.append(
                {
                    "id": index + 1,
                    "segmentation": dict(one.rle),
                    "bbox": [x0, y0, x1 - x0, y1 - y0],
                    "area": one.area,
                    "predicted_iou": one.score if one.score is not None else 1.0,
                    "stability_score": one.provenance.get("stability_score", 1.0),
                    "crop_box": [0, 0, image.size_hw[1], image.size_hw[0]],
                    "point_coords": points,
                    **{"score": None, "prompts": {}, **json_facts(one)},
                }
            )
        about = {"image_id": number + 1, "width": image.size_hw[1], "height": image.size_hw[0]}
        out.add_json(f"{image.stem}.json", {"image": {**about, "file_name": image.name}, "annotations": entries})


def _is_one(data: Any) -> bool:
    return (
        isinstance(data, Mapping)
        and isinstance(data.get("image"), Mapping)
        and isinstance(data.get("annotations"), list)
    )


FORMATS = (
    Format(
        "sa-1b",
        "SA-1B",
        Shape.MASK,
        frozenset({"name", "score", "prompts", "provenance"}),
        ".json",
        read=read,
        write=write,
        looks=looks,
    ),
)
