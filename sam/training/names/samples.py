"""Scenes to learn names from: crops of annotated photos, with a map for each name that is in them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ...detection.vocabulary import INDEX, NAMES
from ...errors import SamError
from ...nano.network import INPUT_SIZE
from ..coco import Photo, decode_mask
from ..image_store import Pack
from ..samples import MEAN, STD, Sampler, resample
from ..subject.samples import PAD, soften
from ..subject.truth import category_names
from .truth import MIRRORED, UNKNOWN, Rule, rows, rule_for, states

WEIGHTS = {
    "coco_mini": 0.42,
    "clothing": 0.11,
    "facades": 0.09,
    "camvid": 0.11,
    "animals": 0.07,
    "car_parts": 0.05,
    "nuclei": 0.02,
    "dogs": 0.03,
    "cats": 0.03,
    "furniture": 0.03,
    "kitchen": 0.03,
}
"""How often each folder is drawn; the most varied most."""
OTHERS = 0.012
"""How often each of the others is."""
SLOTS = 16
"""Names of a scene that have a map; more are left unknown."""
MOST_BOXES = 60
"""Single things of a scene that have a box."""
CELL = 8
"""Pixels a cell of the maps."""


@dataclass(frozen=True, eq=False)
class NamedScene:
    """One square of S pixels a side as the encoder gets it, and what is where; c = S/8 cells a side.

    Attributes:
        pixels: (3, S, S) float32, normalised; the image is top left.
        input_hw: (height, width) of the image in the square.
        state: (COUNT,) uint8, see `sam.training.names.truth`.
        names: (SLOTS,) int16 rows of the table that are in the scene, -1 for an unused slot.
        maps: (SLOTS, c, c) uint8, the share of each cell that is so named, of 255.
        known: (SLOTS, c, c) uint8, 1 where the map counts.
        things: (SLOTS, c, c) uint8, which of `boxes` a cell belongs to, 0 for none.
        boxes: (MOST_BOXES + 1, 4) float32 xyxy in pixels of the square; the first is none.
        inside: (c, c) uint8, 1 where there is image.
    """

    pixels: NDArray[np.float32]
    input_hw: NDArray[np.float32]
    state: NDArray[np.uint8]
    names: NDArray[np.int16]
    maps: NDArray[np.uint8]
    known: NDArray[np.uint8]
    things: NDArray[np.uint8]
    boxes: NDArray[np.float32]
    inside: NDArray[np.uint8]

    def arrays(self) -> tuple[NDArray[np.generic], ...]:
        """All of it, in order."""
        return tuple(getattr(self, name) for name in self.__dataclass_fields__)


class NamedPhotos:
    """Packed photos of the folders that carry names.

    Attributes:
        photos: by folder.
        rules: by folder.
        categories: by folder, category number -> name.
    """

    def __init__(self, pack: Pack, root: Path) -> None:
        """
        Raises:
            SamError: no folder has a category that is a known name.
        """
        self.pack = pack
        self.photos: dict[str, list[tuple[Photo, int]]] = {}
        self.rules: dict[str, Rule] = {}
        self.categories: dict[str, dict[int, str]] = {}
        for folder, photos in pack.photos.items():
            path = root if (root / "annotations.json").exists() else root / folder
            categories = category_names(path)
            rule = rule_for(folder, list(categories.values()))
            named = [entry for entry in photos if entry[0].annotations]
            if named and any(rule.labels.get(name) for name in categories.values()):
                self.photos[folder], self.rules[folder], self.categories[folder] = named, rule, categories
        if not self.photos:
            raise SamError(
                f"{root}: expected photos with masks of things that sam/detection/vocabulary.py lists, found none."
            )


class NamesSampler:
    """Draws scenes; the same seed draws the same ones."""

    def __init__(self, photos: NamedPhotos, seed: int) -> None:
        self.photos = photos
        self.base = Sampler(photos.pack, seed, 1)
        self.random = self.base.random
        self.folders = list(photos.photos)
        weights = np.array([WEIGHTS.get(folder, OTHERS) for folder in self.folders])
        self.weights = weights / weights.sum()

    def draw(self, size: int = INPUT_SIZE) -> NamedScene:
        """A random crop of a random photo, `size` pixels a side."""
        folder = self.folders[self.random.choice(len(self.folders), p=self.weights)]
        photos = self.photos.photos[folder]
        photo, number = photos[self.random.integers(len(photos))]
        return self.view(folder, photo, self.photos.pack.picture(number), size)

    def view(self, folder: str, photo: Photo, picture: NDArray[np.uint8], size: int) -> NamedScene:
        """A crop, perhaps mirrored, stretched, worn and recoloured, with its maps."""
        random = self.random
        x, y, width, height = self.crop(picture.shape[:2])
        stretch = np.exp(random.normal(0, 0.08, 2)) if random.random() < 0.5 else np.ones(2)
        scale = size / max(width * stretch[0], height * stretch[1])
        if random.random() < 0.2:
            scale *= random.uniform(0.6, 1)  # far off: what is left is padding
        sx, sy = scale * stretch
        input_hw = min(size, max(1, round(height * sy))), min(size, max(1, round(width * sx)))
        warp = np.array([[sx, 0, 0.5 * sx - 0.5 - x * sx], [0, sy, 0.5 * sy - 0.5 - y * sy]])
        mirrored = bool(random.random() < 0.5)
        if mirrored:
            warp[0] = -sx, 0, input_hw[1] - 1 - warp[0, 2]
        image = resample(picture, warp, float(min(sx, sy)), size)
        if random.random() < 0.15:
            image = soften(image, float(random.uniform(0.3, 0.9)))
        rule, categories = self.photos.rules[folder], self.photos.categories[folder]
        fit = picture.shape[1] / photo.size_hw[1], picture.shape[0] / photo.size_hw[0]
        masks = [
            (categories[one["category_id"]], warped(decode_mask(one, photo.size_hw), warp, fit, size, input_hw))
            for one in photo.annotations
        ]
        everything = {name for one in photo.annotations for name in rule.labels.get(categories[one["category_id"]], ())}
        if random.random() < 0.5:
            image = self.other_sky(image, [mask for category, mask in masks if category == "sky"])
        image = self.base.colour(image)
        image[input_hw[0] :] = PAD
        image[:, input_hw[1] :] = PAD
        pixels = ((image.astype(np.float32) - MEAN) / STD).transpose(2, 0, 1)
        truth = maps_of(rule, [entry for entry in masks if entry[1].any()], sorted(everything), size, mirrored, random)
        inside = np.zeros((size // CELL, size // CELL), np.uint8)
        inside[: -(-input_hw[0] // CELL), : -(-input_hw[1] // CELL)] = 1
        state, names, maps, known, things, boxes = truth
        return NamedScene(
            np.ascontiguousarray(pixels),
            np.array(input_hw, np.float32),
            state,
            names,
            maps,
            known,
            things,
            boxes,
            inside,
        )

    def crop(self, size_hw: tuple[int, ...]) -> tuple[float, float, float, float]:
        """x, y, width and height: all of the photo, or a part of at least a third of its sides."""
        random = self.random
        height, width = size_hw[:2]
        if random.random() < 0.4:
            return 0.0, 0.0, float(width), float(height)
        share = random.uniform(0.35, 1)
        ratio = np.exp(random.normal(0, 0.2))
        w, h = min(1.0, share * ratio) * width, min(1.0, share / ratio) * height
        return float(random.uniform(0, width - w)), float(random.uniform(0, height - h)), float(w), float(h)

    def other_sky(self, image: NDArray[np.uint8], skies: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
        """The image under another sky: the only set that marks it was filmed on a few grey days.

        Args:
            image: (S, S, 3).
            skies: (S/2, S/2) masks.
        """
        if not skies:
            return image
        random = self.random
        size = image.shape[0]
        alpha = np.asarray(cv2.resize(np.max(skies, 0) * 1.0, (size, size)))[..., None]
        colours = np.array(
            [[70, 120, 200], [140, 180, 230], [235, 150, 90], [90, 95, 110], [235, 240, 250], [40, 45, 80]]
        )
        top, low = (colours[random.integers(len(colours))] + random.normal(0, 15, 3) for _ in range(2))
        slope = np.linspace(0, random.uniform(1, 2), size).clip(0, 1)[:, None, None]
        sky = top + (low - top) * slope
        if random.random() < 0.6:
            cells = int(random.integers(4, 24))
            cloud = cv2.resize(random.normal(0, 1, (cells, cells)).astype(np.float32), (size, size), interpolation=2)
            cloud = (cloud * random.uniform(0.2, 0.8)).clip(0, 1)[..., None]
            sky = sky + (np.array([245, 245, 250]) * random.uniform(0.6, 1) - sky) * cloud
        share = alpha * random.uniform(0.6, 1)
        return np.clip(image * (1 - share) + sky * share, 0, 255).astype(np.uint8)


def warped(
    mask: NDArray[np.uint8],
    warp: NDArray[np.float64],
    fit: tuple[float, float],
    size: int,
    input_hw: tuple[int, int],
) -> NDArray[np.uint8]:
    """(S/2, S/2) uint8, 0 or 1: a mask of the photo in the square, at half its resolution.

    Args:
        mask: (H, W) of the annotated photo.
        warp: (2, 3) from pixels of the packed photo to those of the square.
        fit: packed width and height, of the annotated ones.
        size: S.
        input_hw: of the image in the square.
    """
    half = warp / 2
    half[:, 2] = warp[:, 2] / 2 - 0.25
    half[:, :2] *= fit
    out = cv2.warpAffine(mask * 255, half, (size // 2, size // 2), flags=cv2.INTER_LINEAR) > 127
    out[-(-input_hw[0] // 2) :] = False
    out[:, -(-input_hw[1] // 2) :] = False
    return np.asarray(out, np.uint8)


def maps_of(
    rule: Rule,
    masks: list[tuple[str, NDArray[np.uint8]]],
    everything: list[str],
    size: int,
    mirrored: bool,
    random: np.random.Generator,
) -> tuple[Any, ...]:
    """state, names, maps, known, things and boxes of a `NamedScene`.

    Args:
        rule: of the set.
        masks: (category, (S/2, S/2) mask) of what is in the crop.
        everything: names that are in the photo, perhaps outside the crop.
        size: S.
        mirrored: left is right.
        random: chooses names where there are too many.
    """
    cells = size // CELL
    state = states(rule, everything)
    union = covered(rule, masks)
    anything = np.max([mask for _, mask in masks], 0) if masks else np.zeros((size // 2, size // 2), np.uint8)
    names = [name for name in union if union[name].any()]
    if len(names) > SLOTS:
        names = [names[i] for i in random.choice(len(names), SLOTS, replace=False)]
    left_out = [name for name in union if name not in names]
    state[rows(left_out)] = UNKNOWN
    out_names = np.full(SLOTS, -1, np.int16)
    maps, known, things = (np.zeros((SLOTS, cells, cells), np.uint8) for _ in range(3))
    boxes = np.zeros((MOST_BOXES + 1, 4), np.float32)
    count = 1
    for slot, name in enumerate(names):
        out_names[slot] = INDEX[name]
        maps[slot] = shrunk(union[name], cells)
        sure = np.ones_like(anything)
        if name not in rule.known:
            sure = np.asarray(anything | union[name], np.uint8)
            if name in rule.bounded:
                sure |= outside_box(union[name])
        known[slot] = shrunk(sure, cells) > 250
        if NAMES[INDEX[name]].stuff or name in rule.bounded:
            continue
        alone = [mask for category, mask in masks if name in rule.labels.get(category, ())]
        for mask in sorted(alone, key=lambda one: -int(one.sum())):
            x, y, w, h = cv2.boundingRect(mask)
            if count > MOST_BOXES or w * h < 16:
                continue
            boxes[count] = np.array([x, y, x + w, y + h]) * 2
            # Smaller things last: what lies inside another is not lost.
            things[slot][shrunk(mask, cells) > 100] = count
            count += 1
    if mirrored:
        state = state[MIRRORED]
        out_names = np.where(out_names >= 0, MIRRORED[np.maximum(out_names, 0)], -1).astype(np.int16)
    return state, out_names, maps, known, things, boxes


def covered(rule: Rule, masks: list[tuple[str, NDArray[np.uint8]]]) -> dict[str, NDArray[np.uint8]]:
    """Name -> (S/2, S/2) of what it covers, without what may be something else."""
    union: dict[str, NDArray[np.uint8]] = {}
    blocked: dict[str, NDArray[np.uint8]] = {}
    for category, mask in masks:
        for name in rule.labels.get(category, ()):
            union[name] = mask | union[name] if name in union else mask
        for name in rule.hidden.get(category, ()):
            blocked[name] = mask | blocked[name] if name in blocked else mask
    return {name: mask & ~blocked[name] if name in blocked else mask for name, mask in union.items()}


def shrunk(mask: NDArray[np.uint8], cells: int) -> NDArray[np.uint8]:
    """(cells, cells) uint8, the share of each cell that is on, of 255."""
    return np.asarray(cv2.resize(mask * 255, (cells, cells), interpolation=cv2.INTER_AREA), np.uint8)


def outside_box(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """1 outside the box around the mask, with a twelfth of its sides to spare."""
    x, y, w, h = cv2.boundingRect(mask)
    out = np.ones_like(mask)
    out[max(0, y - h // 12) : y + h + h // 12, max(0, x - w // 12) : x + w + w // 12] = 0
    return out
