"""ADE20K's scene parsing set: every pixel of rooms, streets and landscapes in 150 classes (Zhou et al. 2017).

The map of classes does not part two chairs that touch; with the benchmark's `annotations_instance` beside it, things
are separate objects, and only the rest is taken from the map, a region a connected part.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ...errors import SamError
from .recipe import Download, Example, Recipe, Region, expected

PAGE = "http://sceneparsing.csail.mit.edu"
_FOLDER = "ADEChallengeData2016"
_SPLITS = {"val": "validation", "train": "training"}
SMALLEST = 100
"""Pixels of a connected part that counts as a region."""


def downloads(split: str) -> tuple[Download, ...]:
    """Both splits in one file, and the objects' numbers."""
    return (
        Download("http://data.csail.mit.edu/places/ADEchallenge/ADEChallengeData2016.zip", ".", 923),
        Download(f"{PAGE}/data/ChallengeData2017/annotations_instance.tar", _FOLDER, 92),
    )


def read(folder: Path, split: str) -> Iterator[Example]:
    """`ADEChallengeData2016/images/...` and `annotations/...`, or that folder itself."""
    root = folder / _FOLDER if (folder / _FOLDER).is_dir() else folder
    photos = expected(root / "images" / _SPLITS[split], "the folder of ADE20K's photos", PAGE)
    maps = expected(root / "annotations" / _SPLITS[split], "the folder of ADE20K's class maps", PAGE)
    labels = _labels(expected(root / "objectInfo150.txt", "the names of ADE20K's classes", PAGE))
    for path in sorted(photos.glob("*.jpg")):
        classes = _map(maps / f"{path.stem}.png")
        objects = root / "annotations_instance" / _SPLITS[split] / f"{path.stem}.png"
        size = (int(classes.shape[0]), int(classes.shape[1]))
        yield Example(
            path.stem,
            path,
            size,
            partial(_regions, classes, objects, labels),
            "Non-commercial research https://groups.csail.mit.edu/vision/datasets/ADE20K/terms/",
        )


def _map(path: Path) -> NDArray[np.uint8]:
    found = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if found is None or found.ndim != 2:
        raise SamError(f"{path}: expected ADE20K's map of classes, a grey PNG; it is missing or another picture.")
    return found.astype(np.uint8)


def _regions(classes: NDArray[np.uint8], objects: Path, labels: dict[int, str]) -> list[Region]:
    """Numbered objects, and connected parts of what has no number."""
    rest, found = classes.copy(), []
    numbered = cv2.imread(str(objects), cv2.IMREAD_COLOR) if objects.exists() else None
    if numbered is not None and numbered.shape[:2] == classes.shape:
        _, green, red = np.moveaxis(numbered.astype(np.int32), 2, 0)  # red is a class of another list, green counts
        numbers = np.where(green > 0, green + 256 * red, 0)
        for number in np.unique(numbers[numbers > 0]):
            mask = numbers == number
            held = classes[mask]
            found.append(_region(mask, labels.get(int(np.bincount(held).argmax()), "")))
            rest[mask] = 0
    for number in np.unique(rest[rest > 0]):
        count, parts, stats, _ = cv2.connectedComponentsWithStats((rest == number).astype(np.uint8), connectivity=8)
        for part in range(1, count):
            if stats[part, cv2.CC_STAT_AREA] >= SMALLEST:
                found.append(_region(parts == part, labels.get(int(number), "")))
    return found


def _region(mask: NDArray[np.bool_], label: str) -> Region:
    from pycocotools import mask as coco

    return Region(coco.encode(np.asfortranarray(mask.astype(np.uint8))), label)


def _labels(file: Path) -> dict[int, str]:
    """Number -> first of its names, from the tab-separated list."""
    rows = [line.split("\t") for line in file.read_text(encoding="utf-8").splitlines()]
    return {int(row[0]): row[-1].split(",")[0].strip() for row in rows if row[0].strip().isdigit()}


RECIPE = Recipe(
    "ade20k",
    "ADE20K, scene parsing",
    PAGE,
    "Annotations BSD-3-Clause; photos for non-commercial research.",
    ("val", "train"),
    downloads,
    read,
)
