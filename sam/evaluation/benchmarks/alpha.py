"""Benchmark of alpha mattes: the four measures of Rhemann et al. (2009), on composites with known alpha.

`python -m sam.evaluation.benchmarks.alpha` prints them, and the CPU time, for closed-form matting,
for the binary mask that they start from, and for those ViTMattes whose files are here.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from ...models.registry import list_models
from ...types import Image


@dataclass(frozen=True)
class AlphaError:
    """Each lower is better.

    Attributes:
        sad: sum of absolute differences, in thousands.
        mse: mean squared error, in thousandths.
        gradient: sum of squared differences of the gradient's size (Gaussian derivatives, sigma 1.4), in thousands.
        connectivity: sum over pixels of how differently they hang together with the object, in thousands.
    """

    sad: float
    mse: float
    gradient: float
    connectivity: float


@dataclass(frozen=True)
class Composite:
    """A picture made from parts that are known.

    Attributes:
        image: (H, W, 3) uint8.
        alpha: (H, W) float32, the truth.
        foreground: (H, W, 3) uint8, the object's own colours.
        mask: (H, W) bool, as a segmenter would draw it: smooth, without the fine parts.
    """

    image: Image
    alpha: NDArray[np.float32]
    foreground: Image
    mask: NDArray[np.bool_]


def compare_alpha(alpha: NDArray[np.float32], truth: NDArray[np.float32]) -> AlphaError:
    """The four measures over the whole picture.

    Args:
        alpha, truth: (H, W) in [0, 1].

    Raises:
        ValueError: different shapes.
    """
    alpha, truth = np.asarray(alpha, np.float32), np.asarray(truth, np.float32)
    if alpha.shape != truth.shape:
        raise ValueError(f"alpha: expected the shape of the truth, {truth.shape}, got {alpha.shape}.")
    difference = alpha - truth
    return AlphaError(
        float(np.abs(difference).sum() / 1000),
        float((difference**2).mean() * 1000),
        float(((_gradient(alpha) - _gradient(truth)) ** 2).sum() / 1000),
        _connectivity(alpha, truth) / 1000,
    )


def make_composites(count: int = 6, seed: int = 0, size_hw: tuple[int, int] = (300, 400)) -> Iterator[Composite]:
    """Objects with hair-like strands and soft edges over photos of scikit-image's wheel; repeatable by seed."""
    import cv2
    from skimage import data

    height, width = size_hw
    photos = [data.coffee(), data.chelsea(), data.rocket(), data.astronaut()]
    for index in range(count):
        rng = np.random.default_rng([seed, index])
        alpha = _hairy(rng, height, width, strands=(0, 60, 160)[index % 3])
        behind = cv2.resize(photos[index % 4], (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)
        grain = cv2.GaussianBlur(rng.normal(0, 40, (height, width, 3)).astype(np.float32), (0, 0), 2)
        front = np.clip(rng.uniform(30, 225, 3).astype(np.float32) + grain, 0, 255)
        mixed = alpha[..., None] * front + (1 - alpha[..., None]) * behind
        image = np.clip(mixed + rng.normal(0, 1.5, mixed.shape), 0, 255).round().astype(np.uint8)
        # What a model with a coarse grid gives: the outline smoothed, thin strands gone.
        mask = cv2.GaussianBlur(alpha, (0, 0), 3) > 0.5
        yield Composite(image, alpha, front.round().astype(np.uint8), mask)


def engines() -> list[str]:
    """Those that run here without a download: what is built in, and networks whose files are there."""
    from ...matting import Matting

    networks = {spec.name: spec.ready for spec in list_models() if "matte" in spec.tasks}
    return [engine for engine in get_args(Matting) if networks.get(engine, True)]


def evaluate_matting(count: int = 6, seed: int = 0, band: int = 0) -> dict[str, dict[str, float]]:
    """For "binary" and each of `engines`: the mean errors, the error of the colours in mixed pixels ("halo", in grey
    levels), and "seconds" of CPU time for one picture's alpha."""
    from ...matting import estimate_alpha, estimate_foreground, make_trimap

    usable = engines()
    rows: dict[str, list[dict[str, float]]] = {name: [] for name in ("binary", *usable)}
    for scene in make_composites(count, seed):
        mixed = (scene.alpha > 0.1) & (scene.alpha < 0.9)
        truth = scene.foreground[mixed].astype(np.float32)
        trimap = make_trimap(scene.mask, band)
        guesses = {"binary": (scene.mask.astype(np.float32), scene.image, 0.0)}
        for engine in usable:
            start = time.process_time()
            alpha = estimate_alpha(scene.image, trimap, engine=engine)
            seconds = time.process_time() - start
            guesses[engine] = alpha, estimate_foreground(scene.image, alpha), seconds
        for name, (guess, colours, seconds) in guesses.items():
            halo = float(np.abs(colours[mixed] - truth).mean())
            rows[name].append({**asdict(compare_alpha(guess, scene.alpha)), "halo": halo, "seconds": seconds})
    return {name: {key: float(np.mean([row[key] for row in part])) for key in part[0]} for name, part in rows.items()}


def _gradient(alpha: NDArray[np.float32]) -> NDArray[np.float32]:
    from scipy.ndimage import gaussian_gradient_magnitude

    return np.asarray(gaussian_gradient_magnitude(alpha, 1.4), np.float32)


def _connectivity(alpha: NDArray[np.float32], truth: NDArray[np.float32], step: float = 0.1) -> float:
    """Rhemann's connectivity error with theta 0.15: a pixel belongs to the region both share down to some level."""
    import cv2

    level = np.full(truth.shape, -1.0, np.float32)
    levels = np.arange(0, 1 + step, step)
    for low, high in pairwise(levels):
        both = ((alpha >= high) & (truth >= high)).astype(np.uint8)
        count, labels, stats, _ = cv2.connectedComponentsWithStats(both, connectivity=4)
        shared = np.zeros(truth.shape, bool)
        if count > 1:
            shared = labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
        level[(level < 0) & ~shared] = low
    level[level < 0] = 1

    def strength(values: NDArray[np.float32]) -> NDArray[np.float32]:
        distance = values - level
        return np.asarray(1 - distance * (distance >= 0.15), np.float32)

    return float(np.abs(strength(alpha) - strength(truth)).sum())


def _hairy(rng: np.random.Generator, height: int, width: int, strands: int) -> NDArray[np.float32]:
    """(H, W) alpha of a soft ellipse with strands, drawn at four times the size."""
    import cv2

    large = np.zeros((height * 4, width * 4), np.uint8)
    middle = np.array([width * 2, height * 2]) + rng.uniform(-40, 40, 2)
    axes = rng.uniform(0.2, 0.3, 2) * np.array([width, height]) * 4
    cv2.ellipse(large, tuple(int(v) for v in middle), tuple(int(v) for v in axes), 0, 0, 360, 255, -1)
    for _ in range(strands):
        turn = rng.uniform(0, 2 * np.pi)
        start = middle + axes * [np.cos(turn), np.sin(turn)]
        turn += rng.normal() * 0.4
        end = start + rng.uniform(20, 80) * np.array([np.cos(turn), np.sin(turn)])
        cv2.line(large, tuple(int(v) for v in start), tuple(int(v) for v in end), 255, int(rng.integers(3, 8)))
    small = cv2.resize(large, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    return np.asarray(cv2.GaussianBlur(small, (0, 0), float(rng.uniform(0.6, 2.0))), np.float32)


if __name__ == "__main__":
    json.dump(evaluate_matting(12), sys.stdout, indent=1)
    sys.stdout.write("\n")
