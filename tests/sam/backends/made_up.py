"""Weights, a picture and prompts that are the same wherever they are made: nothing of them has to be kept."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np

SAMPLES = 12
"""Logits are kept at so many rows and columns."""


def made_up(name: str, shape: tuple[int, ...]) -> np.ndarray:
    """Weights that no two names share, of a size that keeps signals alive through many layers."""
    if name.endswith("num_batches_tracked"):
        return np.zeros(shape, np.int64)
    noise = np.random.default_rng(zlib.crc32(name.encode())).standard_normal(shape, np.float32)
    if name.endswith("running_var"):
        return 1 + 0.2 * np.abs(noise)
    if "positional_e" in name:
        return noise
    if len(shape) == 1:
        # Scales of norms are around 1; a wrong name among biases and scales must show.
        return 0.1 * noise + (1 if name.endswith("weight") or name.endswith("gamma") else 0)
    return noise / np.sqrt(np.prod(shape[1:])) if len(shape) > 1 else noise


def state_of(layout: dict[str, list[int]]) -> dict[str, Any]:
    """Torch weights for a layout."""
    import torch

    return {name: torch.from_numpy(np.array(made_up(name, tuple(s)))) for name, s in layout.items()}


def drawn() -> np.ndarray:
    """(150, 333, 3) uint8 with something at every scale."""
    y, x = np.mgrid[:150, :333]
    disk = (x - 200) ** 2 + (y - 60) ** 2 < 38**2
    slope = np.stack([255 * x / 333, 255 * y / 150, 128 + 100 * disk], -1)
    return np.clip(slope + np.random.default_rng(0).normal(0, 25, slope.shape), 0, 255).astype(np.uint8)


def earlier(side: int) -> np.ndarray:
    """(side, side) logits to refine."""
    return np.random.default_rng(1).normal(0, 4, (side, side)).astype(np.float32)


PROMPTS: dict[str, dict[str, Any]] = {
    "point": {"points": [[103.2, 85.5]], "labels": [1]},
    "points": {"points": [[103.2, 85.5], [259.7, 33]], "labels": [1, 0]},
    "box": {"boxes": [[33.3, 22.5, 276.4, 106.5]]},
    "points and box": {
        "points": [[103.2, 85.5], [259.7, 33]],
        "labels": [1, 0],
        "boxes": [[33.3, 22.5, 276.4, 106.5]],
    },
}


def sampled(logits: np.ndarray) -> list[Any]:
    """(K, h, w) -> K lists of SAMPLES x SAMPLES numbers."""
    rows = np.linspace(0, logits.shape[1] - 1, SAMPLES).astype(int)
    columns = np.linspace(0, logits.shape[2] - 1, SAMPLES).astype(int)
    return [[float(f"{value:.6g}") for value in one[np.ix_(rows, columns)].ravel()] for one in logits]
