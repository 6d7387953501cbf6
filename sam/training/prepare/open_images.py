"""Open Images V7's segmentations: 350 kinds of things on CC BY photos (Benenson et al. 2019).

Masks are PNGs of sizes of their own, a CSV says which object of which photo each is; photos are fetched one at a time.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from ...errors import SamError
from .recipe import Download, Example, Recipe, Region, expected

PAGE = "https://storage.googleapis.com/openimages/web/download_v7.html"
_FILES = "https://storage.googleapis.com/openimages"
_PHOTOS = "https://open-images-dataset.s3.amazonaws.com"
_CLASSES = "oidv7-class-descriptions-boxable.csv"
LICENCE = "CC BY 2.0 https://creativecommons.org/licenses/by/2.0/"


def downloads(split: str) -> tuple[Download, ...]:
    """The table of masks, the names of classes, and the masks by the first digit of their photo's number."""
    many = 1200 if split == "train" else 12
    masks = (
        Download(f"{_FILES}/v5/{split}-masks/{split}-masks-{digit}.zip", f"{split}-masks", many)
        for digit in "0123456789abcdef"
    )
    return (
        Download(f"{_FILES}/v5/{_table(split)}", _table(split), 380 if split == "train" else 4),
        Download(f"{_FILES}/v7/{_CLASSES}", _CLASSES, 1),
        *masks,
    )


def photo(split: str, name: str) -> Download:
    """One photo."""
    return Download(f"{_PHOTOS}/{split}/{name}.jpg", f"{split}/{name}.jpg", 1)


def read(folder: Path, split: str) -> Iterator[Example]:
    """Masks of one photo together; the photo's size is that of the photo."""
    table = expected(folder / _table(split), "the table of Open Images' masks", PAGE)
    labels = _labels(expected(folder / _CLASSES, "the names of Open Images' classes", PAGE))
    masks = expected(folder / f"{split}-masks", "the folder of Open Images' masks", PAGE)
    rows: dict[str, list[tuple[str, str]]] = {}
    try:
        with open(table, newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                rows.setdefault(row["ImageID"], []).append((row["MaskPath"], labels.get(row["LabelName"], "")))
    except KeyError as error:
        raise SamError(f"{table}: expected columns MaskPath, ImageID and LabelName; {error} is missing.") from error
    for name in sorted(rows):
        there = [(masks / file, label) for file, label in rows[name] if (masks / file).exists()]
        if there:
            first = cv2.imread(str(there[0][0]), cv2.IMREAD_GRAYSCALE)
            if first is not None:
                size = (int(first.shape[0]), int(first.shape[1]))
                path = folder / split / f"{name}.jpg"
                yield Example(name, path, size, partial(_regions, there, size), LICENCE)


def _regions(there: list[tuple[Path, str]], size_hw: tuple[int, int]) -> list[Region]:
    from pycocotools import mask as coco

    found = []
    for path, label in there:
        mask = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        if mask is None:
            continue
        if mask.shape != size_hw:
            mask = cv2.resize(mask, (size_hw[1], size_hw[0]), interpolation=cv2.INTER_NEAREST)
        found.append(Region(coco.encode(np.asfortranarray((mask > 127).astype(np.uint8))), label))
    return found


def _labels(file: Path) -> dict[str, str]:
    with open(file, newline="", encoding="utf-8") as rows:
        return {row[0]: row[1].lower() for row in csv.reader(rows) if len(row) == 2}


def _table(split: str) -> str:
    return f"{split}-annotations-object-segmentation.csv"


RECIPE = Recipe(
    "open-images",
    "Open Images V7, segmentations",
    PAGE,
    "Annotations CC BY 4.0; photos CC BY 2.0.",
    ("validation", "test", "train"),
    downloads,
    read,
    photo,
)
