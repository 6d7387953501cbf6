"""A COCO folder drawn for the tests: coloured shapes on a gradient."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from PIL import Image as PillowImage

from sam import rle

COUNT = 14


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Networks this small are faster alone; on a busy machine torch's threads wait for each other badly."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def ticking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Training by a clock that goes on by a tenth of a second with each look: as many steps on every machine."""
    from sam.training import heads, train

    looks = itertools.count()
    for module in (heads, train):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: next(looks) / 10))


def draw_folder(folder: Path) -> None:
    random = np.random.default_rng(3)
    (folder / "images").mkdir(parents=True)
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number in range(COUNT):
        height, width = (120, 160) if number % 2 else (160, 120)
        image = np.linspace(60, 200, width).astype(np.uint8)[None, :, None].repeat(height, 0).repeat(3, 2)
        image = np.ascontiguousarray(image)
        images.append({"id": number, "file_name": f"scene{number}.png", "width": width, "height": height})
        for _ in range(3):
            mask = np.zeros((height, width), np.uint8)
            centre = (int(random.integers(30, width - 30)), int(random.integers(30, height - 30)))
            cv2.ellipse(mask, centre, (int(random.integers(12, 28)), int(random.integers(12, 28))), 0, 0, 360, 1, -1)
            image[mask > 0] = random.integers(0, 255, 3)
            rows, columns = np.nonzero(mask)
            x, y = int(columns.min()), int(rows.min())
            annotations.append(
                {
                    "id": len(annotations),
                    "image_id": number,
                    "category_id": 1,
                    "iscrowd": 0,
                    "area": int(mask.sum()),
                    "bbox": [x, y, int(columns.max()) + 1 - x, int(rows.max()) + 1 - y],
                    "segmentation": dict(rle.encode(mask > 0)),
                }
            )
        PillowImage.fromarray(image).save(folder / "images" / f"scene{number}.png")
    data = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "shape"}]}
    (folder / "annotations.json").write_text(json.dumps(data))


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one COCO folder, `shapes`."""
    root = tmp_path_factory.mktemp("data")
    draw_folder(root / "shapes")
    return root
