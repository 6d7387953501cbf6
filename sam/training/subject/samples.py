"""Scenes to learn the main subject from: crops of photos whose subject is known, pasted objects, and nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ...errors import SamError
from ...nano.network import INPUT_SIZE
from ..image_store import Pack
from ..samples import MEAN, STD, Sampler, resample
from .truth import WITHOUT_SUBJECT, Truth, category_names, main_subject

WEIGHTS = {"coco_mini": 0.28, "subjects": 0.2, "animals": 0.14, "clothing": 0.1, "car_parts": 0.06, "dogs": 0.05}
"""How often each folder is drawn among photos with a subject."""
OTHERS = 0.015
"""How often each of the others is."""
KINDS = {"photo": 0.68, "pasted": 0.20, "nothing": 0.12}
"""How often a scene is a photo with a subject, an object put on a background, or without any subject."""
PAD = (124, 116, 104)
"""The colour around the image in the square, as at prediction."""


@dataclass(frozen=True, eq=False)
class Scene:
    """One square of S pixels a side as the encoder gets it.

    Attributes:
        pixels: (3, S, S) float32, normalised; the image is top left, padding to the right and below.
        input_hw: (height, width) of the image in the square.
        target: (S/2, S/2) float32 in [0, 1], the share of each cell that is subject.
        known: (S/2, S/2) float32, 1 where the target is sure; 0 in the padding and where nobody has said.
    """

    pixels: NDArray[np.float32]
    input_hw: tuple[int, int]
    target: NDArray[np.float32]
    known: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Labelled:
    """A packed photo and its truth, in bits."""

    number: int
    size_hw: tuple[int, int]
    mask: NDArray[np.uint8]
    known: NDArray[np.uint8]

    @classmethod
    def of(cls, number: int, truth: Truth) -> Labelled:
        """Packed."""
        height, width = truth.mask.shape
        return cls(number, (height, width), np.packbits(truth.mask), np.packbits(truth.known))

    def truth(self) -> Truth:
        """Unpacked."""
        height, width = self.size_hw
        mask, known = (
            np.unpackbits(bits, count=height * width).reshape(height, width).astype(bool)
            for bits in (self.mask, self.known)
        )
        return Truth(mask, known)


class SubjectPhotos:
    """All training photos with a sure truth.

    Attributes:
        subjects: by folder, those that have a subject.
        empty: by folder, those that have none.
        plain: numbers of photos in folders that never have one: good backgrounds.
        whole: subjects that lie in their photo uncut, to be pasted elsewhere.
    """

    def __init__(self, pack: Pack, root: Path) -> None:
        """Find the subject of every packed photo once.

        Raises:
            SamError: not one photo has a sure subject.
        """
        self.pack = pack
        self.subjects: dict[str, list[Labelled]] = {}
        self.empty: dict[str, list[Labelled]] = {}
        self.plain: list[int] = []
        for folder, photos in pack.photos.items():
            names = category_names(root / folder)
            for photo, number in photos:
                truth = main_subject(photo, names)
                if truth is None:
                    continue
                entry = Labelled.of(number, fitted(truth, pack.picture(number)))
                if truth.present:
                    self.subjects.setdefault(folder, []).append(entry)
                else:
                    self.empty.setdefault(folder, []).append(entry)
                    if folder in WITHOUT_SUBJECT:
                        self.plain.append(number)
        if not self.subjects:
            raise SamError(f"{root}: expected photos with one thing that stands out, found none to learn from.")
        self.whole = [entry for folder in self.subjects for entry in self.subjects[folder] if uncut(entry.truth())]


def fitted(truth: Truth, picture: NDArray[np.uint8]) -> Truth:
    """The truth in the size in which the photo was packed."""
    if truth.mask.shape == picture.shape[:2]:
        return truth
    width, height = picture.shape[1], picture.shape[0]
    mask, known = (
        cv2.resize(one.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST) > 0
        for one in (truth.mask, truth.known)
    )
    return Truth(np.asarray(mask), np.asarray(known))


def uncut(truth: Truth) -> bool:
    """Whether the subject touches no border of the photo and all of its outline is known."""
    mask = truth.mask
    return bool(truth.known.all()) and not (mask[0].any() or mask[-1].any() or mask[:, 0].any() or mask[:, -1].any())


class SubjectSampler:
    """Draws scenes; the same seed draws the same ones."""

    def __init__(self, photos: SubjectPhotos, seed: int) -> None:
        self.photos, self.pack = photos, photos.pack
        self.base = Sampler(photos.pack, seed, 1)
        self.random = self.base.random
        self.folders = list(photos.subjects)
        self.size = INPUT_SIZE
        weights = np.array([WEIGHTS.get(folder, OTHERS) for folder in self.folders])
        self.weights = weights / weights.sum()

    def draw(self, size: int = INPUT_SIZE) -> Scene:
        """One scene of any kind, `size` pixels a side."""
        random = self.random
        self.size = size
        kind = str(random.choice(list(KINDS), p=list(KINDS.values())))
        if kind == "nothing":
            picture, truth = self.nothing()
        elif kind == "pasted" and (self.pack.bank or self.photos.whole):
            picture, truth = self.pasted()
        else:
            entries = self.photos.subjects[self.folders[random.choice(len(self.folders), p=self.weights)]]
            entry = entries[random.integers(len(entries))]
            picture, truth = self.pack.picture(entry.number), entry.truth()
        return self.view(picture, truth)

    def view(self, picture: NDArray[np.uint8], truth: Truth) -> Scene:
        """A crop with all or nearly all of the subject, scaled to the square, perhaps mirrored, worn and recoloured."""
        random = self.random
        x, y, width, height = self.crop(truth)
        stretch = np.exp(random.normal(0, 0.06, 2)) if random.random() < 0.5 else np.ones(2)
        scale = self.size / max(width * stretch[0], height * stretch[1])
        sx, sy = scale * stretch
        input_hw = max(1, round(height * sy)), max(1, round(width * sx))
        warp = np.array([[sx, 0, 0.5 * sx - 0.5 - x * sx], [0, sy, 0.5 * sy - 0.5 - y * sy]])
        if random.random() < 0.5:
            warp[0] = -sx, 0, input_hw[1] - 1 - warp[0, 2]
        image = resample(picture, warp, float(min(sx, sy)), self.size)
        if random.random() < 0.15:
            image = soften(image, float(random.uniform(0.3, 0.9)))
        image = self.base.colour(image)
        mask, known = (
            cv2.warpAffine(one.astype(np.uint8) * 255, warp, (self.size, self.size), flags=cv2.INTER_LINEAR) > 127
            for one in (truth.mask, truth.known)
        )
        for layer, fill in ((image, PAD), (mask, False), (known, False)):
            layer[input_hw[0] :] = fill
            layer[:, input_hw[1] :] = fill
        pixels = (image.astype(np.float32) - MEAN) / STD
        return Scene(
            np.ascontiguousarray(pixels.transpose(2, 0, 1)),
            input_hw,
            halved(mask),
            (halved(known) > 0.99).astype(np.float32),
        )

    def crop(self, truth: Truth) -> tuple[float, float, float, float]:
        """x, y, width and height of a part of the photo in which the subject still is the subject."""
        random = self.random
        height, width = truth.mask.shape
        if random.random() < 0.35:
            return 0.0, 0.0, float(width), float(height)
        if truth.present:
            rows, columns = np.flatnonzero(truth.mask.any(1)), np.flatnonzero(truth.mask.any(0))
            x0, x1, y0, y1 = columns[0], columns[-1] + 1, rows[0], rows[-1] + 1
        else:
            x0, y0 = random.uniform(0, 0.4) * width, random.uniform(0, 0.4) * height
            x1, y1 = x0 + 0.5 * width, y0 + 0.5 * height
        low = np.array([x0, y0]) * random.random(2)
        high = np.array([x1, y1]) + (np.array([width, height]) - [x1, y1]) * random.random(2)
        if truth.present and random.random() < 0.2:
            # The photographer cut something off, mostly below.
            side = random.choice(["below", "left", "right"], p=[0.6, 0.2, 0.2])
            loss = random.uniform(0.02, 0.3)
            if side == "below":
                high[1] = y1 - loss * (y1 - y0)
            elif side == "left":
                low[0] = x0 + loss * (x1 - x0)
            else:
                high[0] = x1 - loss * (x1 - x0)
        # Neither a strip nor a few blown-up pixels.
        least = max(120.0, 0.4 * float((high - low).max()))
        for axis, length in ((0, width), (1, height)):
            short = min(least, length) - (high[axis] - low[axis])
            if short > 0:
                low[axis] = np.clip(low[axis] - short / 2, 0, length - min(least, length))
                high[axis] = low[axis] + min(least, length)
        return float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1])

    def nothing(self) -> tuple[NDArray[np.uint8], Truth]:
        """A photo or a pattern in which nothing stands out."""
        random = self.random
        if not self.photos.empty or random.random() < 0.15:
            picture = self.pattern(self.shape())
            return picture, Truth(np.zeros(picture.shape[:2], bool), np.ones(picture.shape[:2], bool))
        entries = list(self.photos.empty.values())[random.integers(len(self.photos.empty))]
        entry = entries[random.integers(len(entries))]
        return self.pack.picture(entry.number), entry.truth()

    def shape(self) -> tuple[int, int]:
        """(height, width) of a made-up photo."""
        ratio = float(np.exp(self.random.uniform(np.log(0.6), np.log(1.67))))
        return (self.size, round(self.size * ratio)) if ratio < 1 else (round(self.size / ratio), self.size)

    def pattern(self, size_hw: tuple[int, int]) -> NDArray[np.uint8]:
        """A plain ground, a slope of colour, or cloudy noise."""
        random = self.random
        height, width = size_hw
        first, second = random.uniform(0, 255, 3), random.uniform(0, 255, 3)
        if random.random() < 0.3:
            first = second = np.full(3, random.uniform(200, 255))  # product photos are on white
        along = random.uniform(-1, 1, 2)
        rows, columns = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
        slope = (along[0] * rows + along[1] * columns + 1) / 3
        image = first + (second - first) * slope[..., None] * random.choice([0.2, 1.0])
        if random.random() < 0.4:
            cells = int(random.integers(3, 60))
            cloud = random.normal(0, random.uniform(5, 40), (cells, cells, 3)).astype(np.float32)
            image = image + cv2.resize(cloud, (width, height), interpolation=cv2.INTER_CUBIC)
        return np.clip(image, 0, 255).astype(np.uint8)

    def background(self, size_hw: tuple[int, int]) -> NDArray[np.uint8]:
        """Something to put an object on: a pattern, a house front or a street, or any photo out of focus."""
        random = self.random
        height, width = size_hw
        choice = random.random()
        if choice < 0.4 or (choice < 0.7 and not self.photos.plain):
            return self.pattern(size_hw)
        if choice < 0.7:
            picture, blur = self.pack.picture(self.photos.plain[random.integers(len(self.photos.plain))]), 0.0
        else:
            photos = self.pack.photos[list(self.pack.photos)[random.integers(len(self.pack.photos))]]
            picture, blur = self.pack.picture(photos[random.integers(len(photos))][1]), float(random.uniform(8, 20))
        fit = max(height / picture.shape[0], width / picture.shape[1])
        picture = np.asarray(cv2.resize(picture, None, fx=fit + 0.01, fy=fit + 0.01), np.uint8)
        y, x = (int(random.integers(0, have - want + 1)) for have, want in zip(picture.shape, size_hw))
        picture = picture[y : y + height, x : x + width]
        return np.asarray(cv2.GaussianBlur(picture, (0, 0), blur) if blur else picture.copy(), np.uint8)

    def thing(self) -> NDArray[np.uint8]:
        """(h, w, 4): emoji art or a cut-out subject."""
        random, whole, bank = self.random, self.photos.whole, self.pack.bank
        if bank and (not whole or random.random() < 0.5):
            return self.pack.picture(bank[random.integers(len(bank))])
        entry = whole[random.integers(len(whole))]
        mask = entry.truth().mask.astype(np.uint8)
        x, y, w, h = cv2.boundingRect(mask)
        alpha = cv2.GaussianBlur(mask * 255, (0, 0), 0.7)
        return np.dstack([self.pack.picture(entry.number), alpha])[y : y + h, x : x + w]

    def pasted(self) -> tuple[NDArray[np.uint8], Truth]:
        """One object, sometimes two together, large and near the middle; now and then small things far off."""
        random = self.random
        size_hw = self.shape()
        height, width = size_hw
        image = self.background(size_hw).astype(np.float32)
        mask = np.zeros(size_hw, bool)
        short = min(size_hw)
        jobs = [
            ("far", random.uniform(0.08, 0.16) * short)
            for _ in range(random.integers(0, 4) if random.random() < 0.4 else 0)
        ]
        main = float(random.uniform(0.4, 1.0) * short)
        jobs += [("main", main)] * (2 if random.random() < 0.12 else 1)
        middle = np.array([width, height]) * (0.5 + np.clip(random.normal(0, 0.09, 2), -0.2, 0.2))
        for role, target in jobs:
            thing = self.thing()
            if min(thing.shape[:2]) < 2:
                continue
            centre = middle + random.uniform(-0.35, 0.35, 2) * target * (len(jobs) > 1)
            if role == "far":
                centre = random.uniform(0.05, 0.95, 2) * [width, height]
            alpha, colours = self.layer(thing, target, centre, size_hw)
            if random.random() < 0.5:
                image *= 1 - random.uniform(0.2, 0.6) * self.shadow(alpha, target)[..., None]
            image = image * (1 - alpha[..., None]) + colours * alpha[..., None]
            mask = mask | (alpha > 0.5) if role == "main" else mask & (alpha <= 0.5)
        return np.clip(image, 0, 255).astype(np.uint8), Truth(mask, np.ones(size_hw, bool))

    def layer(
        self, thing: NDArray[np.uint8], target: float, centre: NDArray[np.float64], size_hw: tuple[int, int]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(H, W) alpha in [0, 1] and (H, W, 3) colours of the thing, turned a little, `target` pixels long."""
        random = self.random
        scale = target / max(thing.shape[:2])
        angle = np.radians(random.normal(0, 8))
        cos, sin = np.cos(angle) * scale, np.sin(angle) * scale
        linear = np.array([[cos * random.choice([-1, 1]), -sin], [sin, cos]])
        offset = centre - linear @ (np.array(thing.shape[1::-1]) / 2)
        warp = np.concatenate([linear, offset[:, None]], 1)
        drawn = resample(thing, warp, scale, max(size_hw), (0, 0, 0, 0))[: size_hw[0], : size_hw[1]]
        alpha = np.asarray(drawn[..., 3] / 255, np.float32)
        return alpha, np.asarray(drawn[..., :3] * random.uniform(0.75, 1.15), np.float32)

    def shadow(self, alpha: NDArray[np.float32], target: float) -> NDArray[np.float32]:
        """(H, W) in [0, 1]: beside the object as on a wall, or flat at its foot as on a table."""
        random = self.random
        rows = np.flatnonzero(alpha.any(1))
        if random.random() < 0.5 or not len(rows):
            moved = np.roll(alpha, (int(target / 14), int(random.choice([-1, 1]) * target / 16)), (0, 1))
            return np.asarray(cv2.GaussianBlur(moved, (0, 0), 1 + target / 20), np.float32)
        foot = float(rows[-1])
        flat = np.array([[1, 0, 0], [0, 0.15, foot - 0.15 * foot]], np.float64)
        return np.asarray(
            cv2.GaussianBlur(cv2.warpAffine(alpha, flat, alpha.shape[::-1]), (0, 0), 1 + target / 30), np.float32
        )


def halved(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """(H, W) bool -> (H/2, W/2) float32, the share of each cell."""
    half = mask.shape[1] // 2, mask.shape[0] // 2
    return np.asarray(cv2.resize(mask.astype(np.float32), half, interpolation=cv2.INTER_AREA), np.float32)


def soften(image: NDArray[np.uint8], share: float) -> NDArray[np.uint8]:
    """The image as if it had `share` of its pixels a side: small pictures are enlarged at prediction."""
    small = cv2.resize(image, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, image.shape[1::-1], interpolation=cv2.INTER_LINEAR), np.uint8)
