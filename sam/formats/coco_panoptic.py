"""COCO panoptic: one JSON for all photos, and a PNG for each whose colour at a pixel is the number of its segment.

Source: cocodataset.org, "Data format", panoptic: id = R + 256 G + 256^2 B; 0 is no segment.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import PromptError
from . import coco
from ._core import regions
from ._core.collect import Collected, facts_of, json_facts
from ._core.format import Format, Options, Shape
from ._core.loss import painted
from ._core.output import Output
from ._core.pictures import decode_picture, encode_png
from ._core.sources import Files
from .annotations import AnnotatedImage, Annotations

FILE, FOLDER = "panoptic.json", "panoptic"


def looks(files: Files) -> bool:
    """A JSON object whose annotations have segments."""
    return coco.find(files, _is_panoptic) != ""


def read(files: Files) -> Annotations:
    """A segment each; areas that the JSON does not name are left out."""
    found = Collected(files)
    name = coco.find(files, _is_panoptic) or next(iter(files.ending(".json")), "")
    held = files.json(name)
    data = held if isinstance(held, dict) else {}
    classes = coco.read_categories(found, data, name)
    images = coco.read_images(found, data, name)
    for entry in data.get("annotations") or []:
        said = entry.get("file_name", "?") if isinstance(entry, dict) else "?"
        with found.trying(f"{name}, {str(said)[:80]}"):
            _read_one(found, entry, images, classes, name)
    return found.result()


def _read_one(found: Collected, entry: Any, images: dict[Any, AnnotatedImage], classes: Any, name: str) -> None:
    if entry["image_id"] not in images:
        raise PromptError(f"there is no image {str(entry['image_id'])[:40]}")
    image = images[entry["image_id"]]
    wanted = str(entry["file_name"])
    held = [one for one in found.files.ending(".png") if one == wanted or one.endswith(f"/{wanted}")]
    # A photo may be a PNG of that name, too.
    file = min(held, key=lambda one: ("panoptic" not in one, "images" in one.split("/")), default="")
    if not file:
        raise PromptError("the PNG is not there")
    pixels = decode_picture(found.files.read(file), file, "RGB").astype(np.int32)
    if pixels.shape[:2] != image.size_hw:
        raise PromptError(f"the PNG has {pixels.shape[1]} x {pixels.shape[0]} pixels, unlike the photo")
    labels = pixels @ np.array([1, 256, 65536], np.int32)
    for index, segment in enumerate(entry["segments_info"]):
        number = segment.get("id") if isinstance(segment, dict) else f"no. {index + 1}"
        with found.trying(f"{name}, {file}, segment {str(number)[:20]}"):
            region = region_of(labels, int(segment["id"]))
            found.object(image, region, label=classes.get(segment.get("category_id"), ""), **facts_of(segment))


def region_of(labels: NDArray[np.int32], number: int) -> Any:
    """Run lengths of one number's pixels.

    Raises:
        PromptError: there are none.
    """
    mask = labels == number
    if not mask.any():
        raise PromptError("no pixel has its number")
    return regions.place(mask, 0, 0, (labels.shape[0], labels.shape[1]))


def write(annotations: Annotations, out: Output, options: Options) -> None:
    """Small objects lie above large ones; the numbers are 1, 2, 3 in each photo."""
    rows, ids = coco.categories(annotations)
    for row in rows:
        row["isthing"] = 1
    entries = []
    for number, image in enumerate(annotations.images):
        labels, objects = painted(annotations, image.name)
        areas = np.bincount(labels.reshape(-1), minlength=len(objects) + 1)
        segments = []
        for index, one in enumerate(objects):
            if areas[index + 1]:
                x0, y0, x1, y1 = one.box
                facts = {"bbox": [x0, y0, x1 - x0, y1 - y0], "area": int(areas[index + 1]), "iscrowd": 0}
                own = {"id": index + 1, "category_id": ids[one.label or "object"]}
                segments.append({**own, **facts, **json_facts(one)})
        pixels = np.stack([labels % 256, labels // 256 % 256, labels // 65536], axis=2).astype(np.uint8)
        file = str(PurePosixPath(image.name).with_suffix(".png"))
        out.add(f"{FOLDER}/{file}", encode_png(pixels))
        entries.append({"image_id": number + 1, "file_name": file, "segments_info": segments})
    out.add_json(
        FILE,
        {
            "info": {},
            "licenses": [],
            "images": coco.image_rows(annotations),
            "annotations": entries,
            "categories": rows,
        },
    )


def _is_panoptic(value: Any) -> bool:
    entries = value.get("annotations")
    return bool(
        isinstance(entries, list) and entries and isinstance(entries[0], dict) and "segments_info" in entries[0]
    )


FORMATS = (
    Format(
        "coco-panoptic",
        "COCO panoptic",
        Shape.LABELS,
        frozenset({"class", "name", "score", "prompts", "provenance", "color", "key"}),
        read=read,
        write=write,
        looks=looks,
        classed=True,
    ),
)
