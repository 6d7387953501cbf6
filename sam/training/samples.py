"""One training sample: a crop of a photo at some scale, objects pasted on it, and masks of what is in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..nano import network
from .coco import Photo, decode_mask
from .image_store import Pack
from .prompts import Prompts, sample_prompts

WEIGHTS = {
    "coco_mini": 0.20,
    "bsds500": 0.09,
    "clothing": 0.06,
    "photos": 0.06,
    "animals": 0.05,
    "facades": 0.045,
    "car_parts": 0.045,
    "camvid": 0.045,
    "furniture": 0.04,
    "nuclei": 0.035,
    "kitchen": 0.035,
    "dogs": 0.03,
    "cats": 0.03,
    "horses": 0.02,
    "bottles": 0.02,
    "food_plates": 0.02,
    "household": 0.02,
    "penn_fudan": 0.015,
    "pets_small": 0.015,
    "pigs": 0.015,
    "fruit_bread": 0.015,
    "wearables": 0.015,
    "things_small": 0.015,
    "clothes2": 0.015,
    "people": 0.015,
    "animals2": 0.012,
    "fish": 0.01,
    "butterflies_kayaks": 0.01,
    "electronics": 0.01,
    "vehicles": 0.01,
    "signs": 0.01,
    "flood_taxis": 0.008,
    "dominoes": 0.006,
    "tools": 0.006,
    "fruit2": 0.006,
    "subjects": 0.13,
}
"""How often each folder is drawn: by folder, or nuclei and windows drown the rest; everyday things most."""
DONORS = (
    *("coco_mini", "animals", "dogs", "cats", "horses", "penn_fudan", "kitchen", "furniture", "bottles", "household"),
    *("things_small", "fish", "pets_small", "subjects", "food_plates", "clothes2", "electronics"),
)
"""Folders of whole objects, which make sense on any background; where there is none of them, all folders donate."""
MINIMUM_AREA = 48
"""Smallest mask that is trained on, in pixels of the crop."""
MEAN, STD = np.array(network.MEAN, np.float32), np.array(network.STD, np.float32)


@dataclass(frozen=True, eq=False)
class Sample:
    """A crop and its prompts.

    Attributes:
        image: (3, S, S) float32, normalised.
        masks: (P, S/2, S/2) float32 in [0, 1], the share of each cell that is object.
        prompts: P prompts, padded to one length.
    """

    image: NDArray[np.float32]
    masks: NDArray[np.float32]
    prompts: Prompts


class Sampler:
    """Draws samples; each worker process has one, with a seed of its own."""

    def __init__(self, pack: Pack, seed: int, prompts: int) -> None:
        self.pack = pack
        self.random = np.random.default_rng(seed)
        self.prompts = prompts
        names = [name for name in pack.photos if pack.photos[name]]
        weights = np.array([WEIGHTS.get(name, 0.1) for name in names])
        self.names, self.weights = names, weights / weights.sum()
        self.donors = [
            (photo, number, annotation)
            for name in ([name for name in DONORS if name in pack.photos] or pack.photos)
            for photo, number in pack.photos[name]
            for annotation in photo.annotations
            if annotation["area"] > 1200
        ]

    def draw(self, size: int) -> Sample:
        """A sample of `size` pixels a side; tries again until something is in it."""
        while True:
            image, masks = self.scene(size)
            masks = [mask for mask in masks if MINIMUM_AREA <= np.count_nonzero(mask) <= 0.92 * size * size]
            if not masks:
                continue
            chosen = self.choose(masks)
            half = size // 2, size // 2
            halves = np.stack([cv2.resize(m.astype(np.float32), half, interpolation=cv2.INTER_AREA) for m in chosen])
            prompts = sample_prompts(chosen, self.random)
            pixels = (self.colour(image).astype(np.float32) - MEAN) / STD
            return Sample(np.ascontiguousarray(pixels.transpose(2, 0, 1)), np.asarray(halves, np.float32), prompts)

    def choose(self, masks: list[NDArray[np.bool_]]) -> list[NDArray[np.bool_]]:
        """Exactly `prompts` masks: larger ones a little more often, all different while there are enough."""
        areas = np.array([np.count_nonzero(mask) for mask in masks], float) ** 0.3
        count = len(masks)
        first = self.random.choice(count, min(count, self.prompts), replace=False, p=areas / areas.sum())
        again = self.random.choice(count, self.prompts - len(first))
        return [masks[i] for i in [*first, *again]]

    def scene(self, size: int) -> tuple[NDArray[np.uint8], list[NDArray[np.bool_]]]:
        """A crop with its masks, things pasted on it."""
        random = self.random
        name = self.names[random.choice(len(self.names), p=self.weights)]
        photo, number = self.pack.photos[name][random.integers(len(self.pack.photos[name]))]
        picture = self.pack.picture(number)
        annotations = list(photo.annotations)
        several = bool(annotations) and "annotator" in annotations[0]
        if several:
            annotator = annotations[random.integers(len(annotations))]["annotator"]
            annotations = [a for a in annotations if a["annotator"] == annotator]
        shrunk = picture.shape[1] / photo.size_hw[1] if photo.size_hw[1] else 1.0
        boxes = [np.array(annotation["bbox"], float) * shrunk for annotation in annotations]
        warp, focus_scale = self.view((picture.shape[0], picture.shape[1]), boxes, size)
        image = resample(picture, warp, focus_scale, size)
        masks = []
        random.shuffle(annotations)
        for annotation in annotations[:24]:
            full = fitted_mask(annotation, photo, picture)
            seen = cv2.warpAffine(full * 255, warp, (size, size), flags=cv2.INTER_LINEAR) > 127
            visible = np.count_nonzero(seen)
            if visible >= 0.5 * np.count_nonzero(full) * focus_scale**2 or visible > 0.15 * size * size:
                masks.append(seen)
        if several:
            masks = self.join_some(masks)
        few = random.integers(1, 3) if random.random() < 0.25 else 0
        for _ in range(few if annotations else random.integers(3, 8)):
            image, masks = self.paste(image, masks)
        return image, masks

    def view(
        self, photo_hw: tuple[int, int], boxes: list[NDArray[np.float64]], size: int
    ) -> tuple[NDArray[np.float32], float]:
        """A warp from photo to crop: scale, flip, slight turn; around one of the xywh boxes if there is any."""
        random = self.random
        height, width = photo_hw
        scale = size / max(height, width) if random.random() < 0.45 else float(np.exp(random.normal(0, 0.3)))
        centre = np.array([random.uniform(0, width), random.uniform(0, height)])
        if boxes:
            weights = np.array([max(w * h, 1) for _, _, w, h in boxes]) ** 0.3
            x, y, w, h = boxes[random.choice(len(boxes), p=weights / weights.sum())]
            centre = np.array([x + w / 2, y + h / 2])
            fit = size / max(w, h, 1)
            scale = float(np.clip(scale, 14 / max(w, h, 1), random.uniform(0.6, 1.2) * fit))
            scale = min(scale, 3.0)
        half = size / 2 / scale
        centre = centre + random.uniform(-0.6, 0.6, 2) * half
        for axis, length in ((0, width), (1, height)):
            low, high = (half, length - half) if length > 2 * half else (length / 2, length / 2)
            centre[axis] = np.clip(centre[axis], low, high)
        angle = random.normal(0, 12) if random.random() < 0.25 else 0.0
        flip = -1 if random.random() < 0.5 else 1
        stretch = np.exp(random.normal(0, 0.08, 2))
        cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
        linear = scale * np.array([[cos * flip, -sin], [sin * flip, cos]]) * stretch[:, None]
        offset = size / 2 - linear @ centre
        if max(height, width) * scale < size:
            offset += random.uniform(-0.5, 0.5, 2) * (size - scale * np.array([width, height]))
        return np.concatenate([linear, offset[:, None]], 1).astype(np.float32), scale

    def join_some(self, masks: list[NDArray[np.bool_]]) -> list[NDArray[np.bool_]]:
        """Some segments and unions of neighbours: people outline at several levels."""
        out = list(masks)
        for mask in masks:
            if self.random.random() < 0.25:
                ring = cv2.dilate(mask.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
                touching = [other for other in masks if other is not mask and (other & ring).any()]
                if touching:
                    out.append(mask | touching[self.random.integers(len(touching))])
        return out

    def paste(
        self, image: NDArray[np.uint8], masks: list[NDArray[np.bool_]]
    ) -> tuple[NDArray[np.uint8], list[NDArray[np.bool_]]]:
        """Put one object on top; what it hides leaves the other masks."""
        random = self.random
        size = image.shape[0]
        if not self.donors and not self.pack.bank:
            return image, masks
        if self.donors and (random.random() < 0.5 or not self.pack.bank):
            photo, number, annotation = self.donors[random.integers(len(self.donors))]
            picture = self.pack.picture(number)
            whole = fitted_mask(annotation, photo, picture)
            x, y, w, h = cv2.boundingRect(whole)
            thing = np.dstack([picture, whole * 255])[y : y + h, x : x + w]
        else:
            thing = self.pack.picture(self.pack.bank[random.integers(len(self.pack.bank))])
        if min(thing.shape[:2]) < 2:
            return image, masks
        target = float(np.exp(random.uniform(np.log(16), np.log(0.6 * size))))
        scale = target / max(thing.shape[:2])
        angle = random.normal(0, 15)
        cos, sin = np.cos(np.radians(angle)) * scale, np.sin(np.radians(angle)) * scale
        linear = np.array([[cos * random.choice([-1, 1]), -sin], [sin, cos]])
        middle = random.uniform(0.05, 0.95, 2) * size
        offset = middle - linear @ (np.array(thing.shape[1::-1]) / 2)
        warp = np.concatenate([linear, offset[:, None]], 1)
        layer = resample(thing, warp, scale, size, (0, 0, 0, 0))
        alpha = layer[..., 3:].astype(np.float32) / 255
        if random.random() < 0.3:
            shadow = cv2.GaussianBlur(
                np.roll(alpha[..., 0], (int(target / 12), int(target / 16)), (0, 1)), (0, 0), 1 + target / 20
            )
            image = (image * (1 - 0.5 * shadow[..., None])).astype(np.uint8)
        lit = np.clip(layer[..., :3] * random.uniform(0.75, 1.2), 0, 255)
        image = (image * (1 - alpha) + lit * alpha).astype(np.uint8)
        on = alpha[..., 0] > 0.5
        rest = []
        for mask in masks:
            left = mask & ~on
            if np.count_nonzero(left) > 0.4 * np.count_nonzero(mask):
                rest.append(left)
        return image, [*rest, on]

    def colour(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Brightness, contrast, saturation, hue; now and then grey or noise."""
        random = self.random
        x = image.astype(np.float32)
        if random.random() < 0.8:
            grey = x.mean(-1, keepdims=True)
            x = grey + (x - grey) * random.uniform(0.5, 1.5)
            x = (x - 128) * random.uniform(0.7, 1.3) + 128 + random.uniform(-30, 30)
            x = x * random.uniform(0.9, 1.1, 3).astype(np.float32)
        if random.random() < 0.06:
            x = np.repeat(x.mean(-1, keepdims=True), 3, -1)
        if random.random() < 0.1:
            x = x + random.normal(0, random.uniform(2, 10), x.shape).astype(np.float32)
        return self.wear(np.clip(x, 0, 255).astype(np.uint8))

    def wear(self, x: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """What cameras and websites do to a photo, now and then: blur, JPEG."""
        random = self.random
        if random.random() < 0.1:
            x = np.asarray(cv2.GaussianBlur(x, (0, 0), random.uniform(0.4, 1.2)), np.uint8)
        if random.random() < 0.1:
            quality = int(random.integers(35, 90))
            coded = cv2.imencode(".jpg", x, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
            x = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
        return x


def fitted_mask(annotation: dict[str, Any], photo: Photo, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(h, w) uint8, 0 or 1, in the size in which the picture was packed."""
    mask = decode_mask(annotation, photo.size_hw)
    if mask.shape == picture.shape[:2]:
        return mask
    return np.asarray(cv2.resize(mask, picture.shape[1::-1], interpolation=cv2.INTER_NEAREST), np.uint8)


def resample(
    picture: NDArray[np.uint8],
    warp: NDArray[np.floating],
    scale: float,
    size: int,
    fill: tuple[int, ...] = (124, 116, 104),
) -> NDArray[np.uint8]:
    """(size, size, C): the picture through an affine warp, smoothed first where it shrinks much; `fill` around it."""
    source = np.ascontiguousarray(picture)
    if scale < 0.6:
        # Area averages are a smoothing that costs less the more it shrinks.
        height, width = source.shape[:2]
        smaller = max(2, round(width * scale * 1.2)), max(2, round(height * scale * 1.2))
        source = np.asarray(cv2.resize(source, smaller, interpolation=cv2.INTER_AREA), np.uint8)
        # The middle of its first pixel lies elsewhere than the middle of the source's.
        ratio = np.array([width / smaller[0], height / smaller[1]])
        offset = warp[:, 2] + warp[:, :2] @ (0.5 * ratio - 0.5)
        warp = np.concatenate([warp[:, :2] * ratio, offset[:, None]], 1)
    warped = cv2.warpAffine(source, warp, (size, size), flags=cv2.INTER_LINEAR, borderValue=fill)
    return np.ascontiguousarray(warped, np.uint8)
