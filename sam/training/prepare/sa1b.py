"""SA-1B, a shard at a time: eleven thousand photos and a million masks without classes (Kirillov et al. 2023)."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from ...errors import SamError
from .recipe import Download, Example, Recipe, Region

PAGE = "https://ai.meta.com/datasets/segment-anything-downloads"
LICENCE = "SA-1B Dataset Research License"


def downloads(split: str) -> tuple[Download, ...]:
    """None: the addresses are given to whoever accepts the terms on the page."""
    return ()


def read(folder: Path, split: str) -> Iterator[Example]:
    """`sa_*.tar` as they are, and unpacked `sa_*.jpg` beside `sa_*.json`."""
    shards = sorted(folder.glob("*.tar"))
    loose = sorted(folder.glob("*.json"))
    if not shards and not loose:
        raise SamError(f"{folder}: expected shards of SA-1B (sa_000000.tar) or their files. Get them from {PAGE}.")
    for shard in shards:
        yield from _shard(shard)
    for file in loose:
        photo = file.with_suffix(".jpg")
        if photo.exists():
            yield _example(file.name, file.read_bytes(), photo)


def _shard(path: Path) -> Iterator[Example]:
    """A photo and its JSON stand beside each other in any order; the file is read once, front to back."""
    waiting: dict[str, dict[str, bytes]] = {}
    try:
        with open(path, "rb") as file:
            file.seek(-min(1024, path.stat().st_size), 2)
            if file.read().strip(b"\0"):
                raise EOFError("its end is missing")
        with tarfile.open(path) as shard:
            for member in shard:
                stem, suffix = PurePosixPath(member.name).stem, PurePosixPath(member.name).suffix.lower()
                held = shard.extractfile(member) if member.isfile() and suffix in (".jpg", ".json") else None
                if held is not None:
                    pair = waiting.setdefault(stem, {})
                    pair[suffix] = held.read()
                    if len(pair) == 2:
                        del waiting[stem]
                        yield _example(f"{stem}.json", pair[".json"], pair[".jpg"])
    except (tarfile.TarError, EOFError, OSError) as error:
        raise SamError(f"{path} is damaged ({error}). Download it again.") from error


def _example(name: str, text: bytes, picture: Path | bytes) -> Example:
    try:
        data: dict[str, Any] = json.loads(text)
        image = data["image"]
        size = (int(image["height"]), int(image["width"]))
        regions = [Region(one["segmentation"]) for one in data["annotations"]]
    except (KeyError, TypeError, ValueError) as error:
        raise SamError(f"{name}: expected SA-1B's image and annotations, got {error!r}.") from error
    return Example(PurePosixPath(name).stem, picture, size, lambda: regions, LICENCE)


RECIPE = Recipe(
    "sa-1b",
    "SA-1B",
    PAGE,
    "SA-1B Dataset Research License: for research only.",
    ("train",),
    downloads,
    read,
)
