"""Measure a model on the validation photos of COCO folders: `python -m sam.evaluation --data FOLDER`."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..images import read_image
from ..segmenter import Segmenter
from ..training.coco import Photo, decode_mask, read_folder
from ..training.split import is_validation
from ..types import Image
from . import classics
from .protocol import best_iou, centre_click, mask_iou, next_click

CLICKS = 5


@dataclass(frozen=True, eq=False)
class Case:
    """One object to find.

    Attributes:
        image: (H, W, 3) uint8.
        mask: (H, W) bool, the truth.
        click: (2,) x, y of the centre click.
        box: (4,) the tight half-open box.
    """

    image: Image
    mask: NDArray[np.bool_]
    click: NDArray[np.float32]
    box: NDArray[np.float32]


def validation_photos(folder: Path, limit: int) -> list[Photo]:
    """Annotated held-out photos, `limit` at most, chosen by name so that each run takes the same."""
    photos = [photo for photo in read_folder(folder) if photo.annotations and is_validation(photo.path.name)]
    return sorted(photos, key=lambda photo: zlib.crc32(photo.path.name.encode()))[:limit]


def cases(photo: Photo, per_photo: int, min_area: int) -> Iterator[Case]:
    """The photo's objects of at least `min_area` pixels, `per_photo` at most, spread over the file's order."""
    image = read_image(photo.path)
    annotations = [a for a in photo.annotations if a["area"] >= min_area]
    if len(annotations) > per_photo:
        annotations = [annotations[i] for i in np.linspace(0, len(annotations) - 1, per_photo).astype(int)]
    for annotation in annotations:
        mask = decode_mask(annotation, photo.size_hw).astype(bool)
        if mask.shape != image.shape[:2] or not mask.any():
            continue
        rows, columns = np.nonzero(mask.any(1))[0], np.nonzero(mask.any(0))[0]
        box = np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], np.float32)
        yield Case(image, mask, centre_click(mask), box)


def measure_model(model: Segmenter, photo: Photo, per_photo: int, min_area: int) -> list[dict[str, float]]:
    """For each object: box, one click (top score, oracle of three, single mask) and several clicks."""
    rows = []
    embedding = None
    for case in cases(photo, per_photo, min_area):
        embedding = embedding or model.embed(case.image)
        boxed = model.predict(embedding, boxes=case.box)
        three = model.predict(embedding, points=[case.click], labels=[1], multimask_output=True)
        one = model.predict(embedding, points=[case.click], labels=[1], multimask_output=False)
        row = {
            "box": mask_iou(boxed.masks[0], case.mask),
            "click top": mask_iou(three.masks[0], case.mask),
            "click oracle": best_iou(three.masks, case.mask),
            "click single": mask_iou(one.masks[0], case.mask),
        }
        points, labels, answer = [case.click], [1], one
        for _ in range(CLICKS - 1):
            if (answer.masks[0] == case.mask).all():
                break
            xy, label = next_click(case.mask, answer.masks[0])
            points, labels = [*points, xy], [*labels, label]
            answer = model.predict(
                embedding, points=points, labels=labels, mask_input=answer.logits[0], multimask_output=False
            )
        row[f"{CLICKS} clicks"] = mask_iou(answer.masks[0], case.mask)
        rows.append(row)
    return rows


def measure_classics(photo: Photo, per_photo: int, min_area: int) -> list[dict[str, float]]:
    """The same objects by disk, Felzenszwalb region, filled box and GrabCut."""
    rows = []
    maps = None
    for case in cases(photo, per_photo, min_area):
        maps = maps or classics.region_maps(case.image)
        size_hw = case.mask.shape[0], case.mask.shape[1]
        found = classics.regions(maps, case.click)
        rows.append(
            {
                "disk oracle": best_iou(classics.disks(size_hw, case.click), case.mask),
                "region middle": mask_iou(found[1], case.mask),
                "region oracle": best_iou(found, case.mask),
                "filled box": mask_iou(classics.filled_box(size_hw, case.box), case.mask),
                "grabcut": mask_iou(classics.grabcut(case.image, case.box), case.mask),
            }
        )
    return rows


def average(rows: list[dict[str, float]]) -> dict[str, float]:
    """Mean of each figure over objects, and how many there were; nothing for no rows."""
    if not rows:
        return {}
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]} | {"objects": len(rows)}
