"""LVIS 1.0: 1,203 kinds of things, common and rare, on COCO's photos (Gupta et al. 2019)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from . import coco
from .recipe import Download, Example, Recipe, expected

PAGE = "https://www.lvisdataset.org/dataset"
_FILES = "https://dl.fbaipublicfiles.com/LVIS"


def downloads(split: str) -> tuple[Download, ...]:
    """Annotations, and COCO's photos: LVIS's val has some of COCO's train."""
    parts = ("val", "train") if split == "val" else ("train",)
    return (
        Download(f"{_FILES}/lvis_v1_{split}.json.zip", ".", 64 if split == "val" else 350),
        *(coco.downloads(part)[0] for part in parts),
    )


def read(folder: Path, split: str) -> Iterator[Example]:
    """`lvis_v1_*.json` beside `train2017/` and `val2017/`; photos that are not here are left out."""
    file = expected(folder / f"lvis_v1_{split}.json", "LVIS's annotations", PAGE)

    def place(image: Mapping[str, Any]) -> Path:
        part, name = str(image["coco_url"]).split("/")[-2:]
        return folder / part / name

    yield from (
        each for each in coco.instances(file, place) if isinstance(each.picture, Path) and each.picture.exists()
    )


RECIPE = Recipe(
    "lvis",
    "LVIS 1.0",
    PAGE,
    "Annotations CC BY 4.0; photos are COCO's, each with the licence that its entry names.",
    ("val", "train"),
    downloads,
    read,
)
