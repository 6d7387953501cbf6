"""COCO 2017: 80 kinds of everyday things and photos by many people (Lin et al. 2014)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from ...errors import SamError
from .recipe import Download, Example, Recipe, Region, expected

PAGE = "https://cocodataset.org/#download"
_FILES = "http://images.cocodataset.org"
_MEGABYTES = {"val": 778, "train": 18_000}


def downloads(split: str) -> tuple[Download, ...]:
    """Photos and annotations of a split."""
    return (
        Download(f"{_FILES}/zips/{split}2017.zip", ".", _MEGABYTES[split]),
        Download(f"{_FILES}/annotations/annotations_trainval2017.zip", ".", 241),
    )


def read(folder: Path, split: str) -> Iterator[Example]:
    """`train2017/` or `val2017/` beside `annotations/instances_*.json`."""
    file = expected(folder / "annotations" / f"instances_{split}2017.json", "COCO's annotations", PAGE)
    photos = expected(folder / f"{split}2017", "the folder of COCO's photos", PAGE)
    yield from instances(file, lambda image: photos / PurePosixPath(image["file_name"]).name)


def instances(file: Path, place: Callable[[Mapping[str, Any]], Path]) -> Iterator[Example]:
    """Photos of an annotation file in COCO's form; crowds are left out.

    Args:
        file: the JSON.
        place: an image's entry -> its photo.

    Raises:
        SamError: not COCO's form.
    """
    try:
        data = json.loads(file.read_bytes())
        labels = {entry["id"]: str(entry["name"]) for entry in data["categories"]}
        licences = {one["id"]: f"{one.get('name', '')} {one.get('url', '')}" for one in data.get("licenses", [])}
        by_image: dict[Any, list[Region]] = {}
        for one in data["annotations"]:
            if not one.get("iscrowd") and one.get("segmentation"):
                region = Region(one["segmentation"], labels.get(one.get("category_id"), ""))
                by_image.setdefault(one["image_id"], []).append(region)
        images = sorted(data["images"], key=lambda image: int(image["id"]))
        for image in images:
            path = place(image)
            regions = by_image.get(image["id"], [])
            size = (int(image["height"]), int(image["width"]))
            yield Example(path.stem, path, size, partial(list, regions), licences.get(image.get("license"), ""))
    except (KeyError, TypeError, ValueError) as error:
        raise SamError(f"{file}: expected COCO's images, annotations and categories, got {error!r}.") from error


RECIPE = Recipe(
    "coco",
    "COCO 2017",
    PAGE,
    "Annotations CC BY 4.0; each photo has the licence that its entry names.",
    ("val", "train"),
    downloads,
    read,
)
