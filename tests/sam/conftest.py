"""A real promptable model that is small enough to read: it follows the colour under each click."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from sam.images import check_image, pad_square, resize_longest
from sam.segmenter import Segmenter
from sam.types import Embedding, Image, Prompt

SIDE = 64


class ColourSegmenter(Segmenter):
    """What has the colour of the foreground clicks, or of the box's centre, and not that of the background clicks."""

    input_size = SIDE

    def __init__(self, name: str = "colour", weights: str = "w" * 64) -> None:
        self.name = name
        self.weights = weights
        self.encoded = 0
        self._lock = threading.Lock()

    def embed(self, image: Image) -> Embedding:
        check_image(image)
        with self._lock:
            self.encoded += 1
        small = resize_longest(image, SIDE)
        features = pad_square(small, SIDE).astype(np.float32)[None]
        height, width = image.shape[:2]
        return Embedding(self.name, self.weights, {"features": features}, (height, width), small.shape[:2], SIDE)

    def decode(
        self, embedding: Embedding, prompts: Sequence[Prompt]
    ) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        return [self._decode_one(embedding, prompt) for prompt in prompts]

    def _decode_one(self, embedding: Embedding, prompt: Prompt) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        features = embedding.arrays["features"][0]
        scale = np.array(embedding.input_hw[::-1]) / embedding.size_hw[::-1]
        xy, labels = [], []
        if prompt.points is not None:
            xy, labels = list(prompt.points.xy), list(prompt.points.labels)
        if prompt.box is not None:
            xy.append((prompt.box[:2] + prompt.box[2:]) / 2)
            labels.append(1)
        distances = {0: np.full((SIDE, SIDE), 60.0), 1: np.full((SIDE, SIDE), np.inf)}
        for place, label in zip(xy, labels):
            x, y = np.clip((place * scale).astype(int), 0, SIDE - 1)
            away = np.abs(features - features[y, x]).max(axis=2)
            distances[int(label)] = np.minimum(distances[int(label)], away)
        logits = np.clip(distances[0] - distances[1], -60, 60).astype(np.float32)
        if prompt.wants_many:
            return np.stack([logits, logits - 10, logits + 10]), np.array([0.9, 0.8, 1.7], np.float32)[[2, 0, 1]]
        return logits[None], np.array([0.9], np.float32)


@pytest.fixture
def colour_model() -> ColourSegmenter:
    return ColourSegmenter()


@pytest.fixture
def make_model() -> type[ColourSegmenter]:
    return ColourSegmenter


@pytest.fixture
def picture() -> NDArray[np.uint8]:
    """(80, 120, 3): a red and a green rectangle on blue."""
    image = np.zeros((80, 120, 3), np.uint8)
    image[:] = 0, 0, 255
    image[10:50, 20:60] = 255, 0, 0
    image[30:70, 70:110] = 0, 255, 0
    return image
