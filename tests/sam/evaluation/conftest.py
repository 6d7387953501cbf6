"""COCO folders written by the tests, and models whose every answer is known."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as PillowImage

from sam import rle
from sam.evaluation.cases import Case
from sam.evaluation.clicker import centre_click
from sam.segmenter import Segmenter
from sam.types import Embedding, Image, Prompt

from ..training.conftest import data

__all__ = ["data"]


class ScriptedSegmenter(Segmenter):
    """A model that answers each prompt with the masks that a function gives; it notes the prompts."""

    def __init__(self, answer: Callable[[Prompt], Sequence[NDArray[np.bool_]]], name: str = "scripted") -> None:
        self.name, self.weights = name, "w" * 64
        self.answer = answer
        self.prompts: list[Prompt] = []
        self.encoded = 0

    def embed(self, image: Image) -> Embedding:
        self.encoded += 1
        size_hw = image.shape[0], image.shape[1]
        return Embedding(self.name, self.weights, {}, size_hw, size_hw, max(size_hw))

    def decode(
        self, embedding: Embedding, prompts: Sequence[Prompt]
    ) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        found = []
        for prompt in prompts:
            self.prompts.append(prompt)
            masks = self.answer(prompt)
            logits = np.full((len(masks), embedding.input_size, embedding.input_size), -8, np.float32)
            for low, mask in zip(logits, masks):
                low[: mask.shape[0], : mask.shape[1]] = np.where(mask, 8, -8)
            found.append((logits, np.linspace(0.9, 0.7, len(masks)).astype(np.float32)))
        return found


def square(x0: int, y0: int, x1: int, y1: int, size: int = 40) -> NDArray[np.bool_]:
    mask = np.zeros((size, size), bool)
    mask[y0:y1, x0:x1] = True
    return mask


def make_case(mask: NDArray[np.bool_], image: Image | None = None, **more: Any) -> Case:
    """A case with the prompts that the mask gives."""
    rows, columns = np.nonzero(mask.any(1))[0], np.nonzero(mask.any(0))[0]
    box = np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], np.float32)
    pixels = np.where(mask[..., None], (200, 60, 40), (50, 120, 60)).astype(np.uint8) if image is None else image
    return Case(pixels, mask, centre_click(mask), box, area=float(mask.sum()), **more)


def annotation(mask: NDArray[np.bool_], image_id: int = 1, **more: Any) -> dict[str, Any]:
    """As COCO writes it."""
    return {
        "image_id": image_id,
        "category_id": 1,
        "iscrowd": 0,
        "area": int(mask.sum()),
        "segmentation": dict(rle.encode(mask)),
        **more,
    }


@pytest.fixture
def write_coco(tmp_path: Path) -> Callable[..., Path]:
    """write_coco({"a.png": pixels}, [annotations], ...) -> the folder; image ids count from 1."""

    def write(
        pictures: dict[str, NDArray[np.uint8]],
        annotations: list[dict[str, Any]],
        *,
        name: str = "coco",
        classes: dict[int, str] | None = None,
        records: Sequence[dict[str, Any]] | None = None,
        **save: Any,
    ) -> Path:
        folder = tmp_path / name
        (folder / "images").mkdir(parents=True)
        images = []
        for number, (file, pixels) in enumerate(pictures.items()):
            PillowImage.fromarray(pixels).save(folder / "images" / file, **save)
            size = {"height": pixels.shape[0], "width": pixels.shape[1]}
            more = records[number] if records else {}
            images.append({"id": number + 1, "file_name": file, **size, **more})
        numbered = [{"id": number + 1, **row} for number, row in enumerate(annotations)]
        categories = [{"id": number, "name": each} for number, each in (classes or {1: "thing"}).items()]
        text = json.dumps({"images": images, "annotations": numbered, "categories": categories})
        (folder / "annotations.json").write_text(text)
        return folder

    return write
