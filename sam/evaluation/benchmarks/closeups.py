"""Benchmark of small objects in large photos: in the whole photo, sharpened, and in tiles.

`python -m sam.evaluation.benchmarks.closeups` measures on large pictures with drawn objects whose masks are known;
`python -m sam.evaluation.benchmarks.closeups FOLDER` on sheets of photos from COCO folders (those held out from
training), each photo at its own size, so that an object is as small a part of the sheet
as it would be of a large photo.
Behind it: the model (nano), the number of large pictures (4), photos along a sheet's side (4), "box" or "click".
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...clicks import clicks_inside
from ...errors import SamError
from ...images import read_image
from ...segmenter import Segmenter
from ...types import Boxes, Image, Masks, Points, Prompt
from ..boundary import boundary_iou
from ..dataset import find_sets, object_mask
from ..measures import mask_iou

MOST_SHARE = 0.02
"""Of the picture, that an object covers: more is not small."""
LEAST_AREA = 400
"""Pixels of the smallest object that is measured."""
JITTER = 0.02
"""How far a person's box is off, as a share of its sides (standard deviation)."""
PHOTO_SIDE = 512
A_PHOTO = 2
"""Objects taken from one photo of a sheet."""


@dataclass(frozen=True)
class Scene:
    """A large picture with objects whose masks are known.

    Attributes:
        image: (H, W, 3) uint8.
        objects: ((h, w) bool, (x, y) of its top left pixel in the picture) each.
    """

    image: Image
    objects: tuple[tuple[NDArray[np.bool_], tuple[int, int]], ...]

    def mask(self, row: int) -> NDArray[np.bool_]:
        """(H, W) bool of one object."""
        part, (x, y) = self.objects[row]
        full = np.zeros(self.image.shape[:2], bool)
        full[y : y + part.shape[0], x : x + part.shape[1]] = part
        return full


def drawn_scenes(
    count: int, seed: int = 0, size_hw: tuple[int, int] = (1500, 2000), objects: int = 6
) -> Iterator[Scene]:
    """Objects with wavy outlines and a grain of their own over photos of scikit-image's wheel; repeatable by seed."""
    import cv2
    from skimage import data

    photos = [data.coffee(), data.chelsea(), data.rocket(), data.astronaut()]
    height, width = size_hw
    for index in range(count):
        rng = np.random.default_rng([seed, index])
        behind = cv2.resize(photos[index % len(photos)], (width, height), interpolation=cv2.INTER_CUBIC)
        image = behind.astype(np.float32)
        taken = np.zeros((height, width), bool)
        placed: list[tuple[NDArray[np.bool_], tuple[int, int]]] = []
        while len(placed) < objects:
            part = _wavy(rng, int(rng.integers(30, 110)))
            x, y = (int(rng.integers(0, room - side)) for room, side in zip((width, height), part.shape[::-1]))
            place = slice(y, y + part.shape[0]), slice(x, x + part.shape[1])
            if taken[place].any():
                continue
            taken[place] = True
            colour = rng.uniform(0, 255, 3).astype(np.float32)
            if np.abs(colour - image[place][part].mean(axis=0)).max() < 60:
                colour = 255 - image[place][part].mean(axis=0)
            image[place][part] = colour + rng.normal(0, 6, (int(part.sum()), 3))
            placed.append((part, (x, y)))
        # As a lens leaves it: no edge is sharper than a pixel.
        image = cv2.GaussianBlur(image, (0, 0), 0.7) + rng.normal(0, 2, image.shape)
        yield Scene(np.clip(image, 0, 255).astype(np.uint8), tuple(placed))


def sheets(folder: Path, count: int, side: int = 4, seed: int = 0) -> Iterator[Scene]:
    """Sheets of `side` x `side` held-out photos, no photo resized.

    Raises:
        SamError: no data sets there, or too few photos.
    """
    import cv2

    pool = [photo for data in find_sets(folder) for photo in data.chosen("held-out", 10_000)]
    if len(pool) < side * side:
        raise SamError(f"{folder}: expected at least {side * side} held-out photos with objects, found {len(pool)}.")
    for index in range(count):
        rng = np.random.default_rng([seed, index])
        image = np.empty((side * PHOTO_SIDE, side * PHOTO_SIDE, 3), np.uint8)
        placed: list[tuple[NDArray[np.bool_], tuple[int, int]]] = []
        for place, number in enumerate(rng.choice(len(pool), side * side, replace=False)):
            y, x = (PHOTO_SIDE * step for step in divmod(place, side))
            pixels = read_image(pool[number].path)
            # Mirrored where it is too small for its place.
            missing = [max(0, PHOTO_SIDE - length) for length in pixels.shape[:2]]
            whole = cv2.copyMakeBorder(pixels, 0, missing[0], 0, missing[1], cv2.BORDER_REFLECT_101)
            image[y : y + PHOTO_SIDE, x : x + PHOTO_SIDE] = whole[:PHOTO_SIDE, :PHOTO_SIDE]
            found: list[NDArray[np.bool_]] = []
            for row in rng.permutation(len(pool[number].annotations)):
                mask = object_mask(pool[number].annotations[row], pixels.shape[:2])[:PHOTO_SIDE, :PHOTO_SIDE]
                if LEAST_AREA <= mask.sum() <= MOST_SHARE * image[..., 0].size and len(found) < A_PHOTO:
                    found.append(mask)
            placed += [(mask, (x, y)) for mask in found]
        yield Scene(image, tuple(placed))


@dataclass(frozen=True)
class Row:
    """One way of outlining, over all objects.

    Attributes:
        iou, boundary: mean mask IoU and Boundary IoU in [0, 1]; its band is 2 % of the object's own diagonal, since
            one for the whole picture would cover a small object.
        better, worse: share of the objects whose IoU is above, and by more than .05 below, that of the first way.
    """

    iou: float
    boundary: float
    better: float
    worse: float


Way = Callable[[Segmenter, Image, Sequence[Prompt], Masks], Masks]
"""(model, image, prompts, masks of the whole view) -> masks."""


def closer(model: Segmenter, image: Image, prompts: Sequence[Prompt], whole: Masks) -> Masks:
    """`sam.high_resolution.sharpen_outlines.refine` on what the whole view gave."""
    from ...high_resolution.sharpen_outlines import refine

    return refine(model, image, whole).masks


def in_tiles(model: Segmenter, image: Image, prompts: Sequence[Prompt], whole: Masks) -> Masks:
    """`sam.high_resolution.tiles.Tiled` asked the same."""
    from ...high_resolution.tiles import Tiled

    tiled = Tiled(model, image)
    return Masks.concatenate([tiled.answer(prompt)[0].best() for prompt in prompts])


WAYS: dict[str, Way] = {"closer": closer, "tiles": in_tiles}


def measure(
    model: Segmenter, scenes: Iterator[Scene], ways: dict[str, Way] | None = None, seed: int = 0, prompt: str = "box"
) -> tuple[int, dict[str, Row]]:
    """(number of objects, way -> figures): "whole photo" first, then each of `ways`.

    Args:
        model, scenes: what is measured on what.
        ways: default: `WAYS`.
        seed: of the boxes.
        prompt: "box" as a person draws it, or one "click" deep inside the object, whose first answer counts.
    """
    ways = WAYS if ways is None else ways
    figures: dict[str, list[tuple[float, float]]] = {"whole photo": [], **{name: [] for name in ways}}
    rng = np.random.default_rng(seed)
    for scene in scenes:
        truths = [scene.mask(row) for row in range(len(scene.objects))]
        if not truths:
            continue
        if prompt == "click":
            prompts = [Prompt(Points(clicks_inside(truth)[:1])) for truth in truths]
        else:
            prompts = [Prompt(box=_by_hand(rng, truth)) for truth in truths]
        answers = model.predict_many(model.embed(scene.image), prompts)
        whole = Masks.concatenate([answer.best() for answer in answers])
        found = {"whole photo": whole} | {name: way(model, scene.image, prompts, whole) for name, way in ways.items()}
        for name, masks in found.items():
            figures[name] += [_compare(mask, truth) for mask, truth in zip(masks, truths)]
    first = np.array(figures["whole photo"]).reshape(-1, 2)
    table = {}
    for name, pairs in figures.items():
        one = np.array(pairs).reshape(-1, 2)
        apart = one[:, 0] - first[:, 0]
        values = (*one.mean(axis=0), (apart > 0).mean(), (apart < -0.05).mean()) if len(one) else (0.0,) * 4
        table[name] = Row(*(round(float(value), 4) for value in values))
    return len(first), table


def _wavy(rng: np.random.Generator, radius: int) -> NDArray[np.bool_]:
    """A disk whose outline goes in and out a few times, with a hole now and then, cut to its box."""
    side = 3 * radius
    y, x = np.mgrid[:side, :side] - side / 2
    angle = np.arctan2(y, x)
    reach = np.ones_like(angle)
    for waves in (2, 3, 5, 9):
        reach += rng.uniform(0, 0.12) * np.sin(waves * angle + rng.uniform(0, 7))
    mask = np.hypot(x, y) < radius * reach
    if rng.random() < 0.3:
        mask &= np.hypot(x, y) > 0.35 * radius
    return mask[np.ix_(mask.any(1), mask.any(0))]


def _by_hand(rng: np.random.Generator, mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The mask's box, as a person draws it."""
    box = Masks(mask).boxes.xyxy[0]
    sides = np.tile(box[2:] - box[:2], 2)
    height, width = mask.shape
    moved = box + rng.normal(0, JITTER, 4) * sides
    return Boxes([np.clip(moved, 0, [width, height, width, height])]).xyxy[0]  # type: ignore[arg-type]


def _compare(mask: NDArray[np.bool_], truth: NDArray[np.bool_]) -> tuple[float, float]:
    """(IoU, Boundary IoU), on the part of the picture where either is."""
    x0, y0, x1, y1 = Masks(mask | truth).boxes.xyxy[0].astype(int)
    # A frame around, since the picture's edge would count as outline.
    here, there = (np.pad(one[y0:y1, x0:x1], 2) for one in (mask, truth))
    box = Masks(truth).boxes.xyxy[0]
    band = float(np.hypot(*(box[2:] - box[:2])) / np.hypot(*here.shape))
    return mask_iou(here, there), boundary_iou(here, there, 0.02 * band)


def main(arguments: Sequence[str]) -> None:
    """Write the table as JSON to standard output."""
    from ...models.registry import load_model

    folder, name, count, side, prompt = [*arguments, *["", "nano", "4", "4", "box"][len(arguments) :]]
    scenes = sheets(Path(folder), int(count), int(side)) if folder else drawn_scenes(int(count))
    objects, table = measure(load_model(name), scenes, prompt=prompt)
    json.dump({"objects": objects, **{way: vars(row) for way, row in table.items()}}, sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main(sys.argv[1:])
