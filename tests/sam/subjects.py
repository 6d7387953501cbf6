"""COCO folders drawn for the tests of the main subject: one large thing in the middle, small ones far from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image as PillowImage

from sam import rle

COUNT = 14


def scene(number: int) -> tuple[np.ndarray, list[np.ndarray]]:
    """(H, W, 3) and the masks in it, the subject first."""
    random = np.random.default_rng(number)
    height, width = (120, 160) if number % 2 else (160, 120)
    image = random.normal(random.uniform(80, 180, 3), 6, (height, width, 3))
    middle = (width // 2 + int(random.integers(-10, 10)), height // 2 + int(random.integers(-10, 10)))
    shapes = [(middle, (int(random.integers(25, 40)), int(random.integers(25, 40)))), ((12, 12), (5, 5))]
    masks = []
    for centre, axes in shapes:
        mask = np.zeros((height, width), np.uint8)
        cv2.ellipse(mask, centre, axes, 0, 0, 360, 1, -1)
        image[mask > 0] = random.uniform(0, 255, 3)
        masks.append(mask > 0)
    return np.clip(image, 0, 255).astype(np.uint8), masks


def draw_folder(folder: Path, count: int = COUNT) -> None:
    """A COCO folder of such scenes, in two classes."""
    (folder / "images").mkdir(parents=True)
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number in range(count):
        picture, masks = scene(number)
        height, width = picture.shape[:2]
        name = f"scene{number}.png"
        PillowImage.fromarray(picture).save(folder / "images" / name)
        images.append({"id": number, "file_name": name, "width": width, "height": height})
        for category, mask in enumerate(masks, 1):
            rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
            box = [columns[0], rows[0], columns[-1] + 1 - columns[0], rows[-1] + 1 - rows[0]]
            annotations.append(
                {
                    "id": len(annotations),
                    "image_id": number,
                    "category_id": category,
                    "iscrowd": 0,
                    "area": int(mask.sum()),
                    "bbox": [int(value) for value in box],
                    "segmentation": dict(rle.encode(mask)),
                }
            )
    categories = [{"id": 1, "name": "ball"}, {"id": 2, "name": "dot"}]
    data = {"images": images, "annotations": annotations, "categories": categories}
    (folder / "annotations.json").write_text(json.dumps(data))
