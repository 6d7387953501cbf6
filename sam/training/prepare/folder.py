"""Write a data set as a folder that `sam train` reads: images/ of a sensible size, annotations.json in COCO's form."""

from __future__ import annotations

import heapq
import io
import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ...errors import SamError
from ..coco import decode_mask
from ..licences import Mix, in_mix
from .recipe import Example, Region

LONGEST = 640
"""Longest side of the photos by default, in pixels: training takes 512 of it, `sam eval` all."""
_QUALITY = 92


@dataclass(frozen=True)
class Written:
    """What came out.

    Attributes:
        photos: written.
        objects: written.
        closed: photos left out for their licence.
        broken: (name, why) of photos that could not be read.
    """

    photos: int
    objects: int
    closed: int
    broken: tuple[tuple[str, str], ...]


def write_folder(
    examples: Iterable[Example],
    out: Path,
    *,
    mix: Mix = "all",
    longest: int = LONGEST,
    told: Callable[[int], object] = lambda photos: None,
) -> Written:
    """Write photos and masks; photos that are there already are not written again, so a second call goes on.

    Args:
        examples: of a recipe.
        out: the folder; its annotations.json is written last and at once.
        mix: which licences.
        longest: longest side of the photos in pixels; smaller ones stay as they are.
        told: called with the number of photos so far.

    Raises:
        SamError: no photo came out.
    """
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    numbers: dict[str, int] = {}
    licences: dict[str, int] = {}
    broken: list[tuple[str, str]] = []
    closed = 0
    (out / "images").mkdir(parents=True, exist_ok=True)
    for example in examples:
        if not in_mix(example.licence, mix):
            closed += 1
            continue
        path = out / "images" / f"{example.name}.jpg"
        try:
            size = _photo(example, path, longest)
            objects = [(region.label, *_packed(region, example.size_hw, size)) for region in example.regions()]
        except (OSError, SyntaxError, ValueError, TypeError, KeyError) as error:
            broken.append((example.name, str(error)))
            continue
        licence = licences.setdefault(example.licence, len(licences) + 1)
        image = {"id": len(images) + 1, "file_name": path.name, "height": size[0], "width": size[1], "license": licence}
        images.append(image)
        for label, rle, area, box in objects:
            if area:
                row = {"id": len(annotations) + 1, "image_id": image["id"], "segmentation": rle, "area": area}
                number = numbers.setdefault(label or "object", len(numbers) + 1)
                annotations.append({**row, "bbox": box, "category_id": number, "iscrowd": 0})
        told(len(images))
    if not images:
        left = f"{closed} are under licences that are not open. Take --mix all" if closed else "Check the folder"
        first = f" The first that is broken: {broken[0][0]}: {broken[0][1]}" if broken else ""
        raise SamError(f"No photo could be taken: {left}.{first}")
    _write_json(out / "annotations.json", images, annotations, numbers, licences)
    return Written(len(images), len(annotations), closed, tuple(broken))


def _write_json(
    path: Path,
    images: list[dict[str, Any]],
    annotations: list[dict[str, Any]],
    classes: dict[str, int],
    licences: dict[str, int],
) -> None:
    data = {
        "licenses": [{"id": number, "name": name} for name, number in licences.items()],
        "images": images,
        "annotations": annotations,
        "categories": [{"id": number, "name": name} for name, number in classes.items()],
    }
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(data))
    partial.replace(path)


def chosen(examples: Iterable[Example], limit: int | None) -> Iterator[Example]:
    """`limit` of them, by a hash of their names, so that each call takes the same and not one street; all where None.

    Their regions are not read for that, but all names are: a limit on a whole shard of SA-1B reads the shard.
    """
    if limit is None:
        yield from examples
        return
    best: list[tuple[int, str, Example]] = []
    for example in examples:
        heapq.heappush(best, (-zlib.crc32(example.name.encode()), example.name, example))
        if len(best) > limit:
            heapq.heappop(best)
    yield from (example for _, _, example in sorted(best, key=lambda row: row[1]))


def _photo(example: Example, path: Path, longest: int) -> tuple[int, int]:
    """Write the photo unless it is there; its (height, width). Rotation tags are ignored, as the masks' makers did."""
    from PIL import Image as PillowImage

    if path.exists():
        with PillowImage.open(path) as there:
            return there.height, there.width
    held = io.BytesIO(example.picture) if isinstance(example.picture, bytes) else example.picture
    with PillowImage.open(held) as picture:
        picture.draft("RGB", (longest, longest))
        picture.thumbnail((longest, longest))
        partial = path.with_suffix(".partial")
        picture.convert("RGB").save(partial, "JPEG", quality=_QUALITY)
        size = (picture.height, picture.width)
    partial.replace(path)
    return size


def _packed(
    region: Region, size_hw: tuple[int, int], wanted: tuple[int, int]
) -> tuple[dict[str, Any], int, list[float]]:
    """Run lengths, area and box (x, y, w, h) of a region, in pixels of the written photo."""
    from pycocotools import mask as coco

    mask: NDArray[np.uint8] = decode_mask({"segmentation": region.segmentation}, size_hw)
    if mask.shape != size_hw:
        raise ValueError(f"a mask of {mask.shape[1]} x {mask.shape[0]} on a photo of {size_hw[1]} x {size_hw[0]}")
    if mask.shape != wanted:
        small = cv2.resize(mask * 255, (wanted[1], wanted[0]), interpolation=cv2.INTER_AREA)
        mask = (small > 127).astype(np.uint8)
    rle = coco.encode(np.asfortranarray(mask))
    box = [float(side) for side in coco.toBbox(rle)]
    return {"size": list(wanted), "counts": rle["counts"].decode("ascii")}, int(coco.area(rle)), box
