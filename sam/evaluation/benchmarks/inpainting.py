"""Benchmark of erasing: held-out holes in photos and textures, with the original to compare.

`python -m sam.evaluation.benchmarks.inpainting` prints the measures for the default, patches, the blend, Telea and
Navier-Stokes, in the same run; with a folder of photos behind it (and how many of them, and a seed), random holes of
three shapes in them instead of those in scikit-image's photos.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...errors import ImageError
from ...images import read_image
from ...types import Image

ENGINES = ("auto", "patches", "blend", "telea", "navier-stokes")


@dataclass(frozen=True)
class FillError:
    """How a filled hole compares with what was there.

    Attributes:
        ssim: structural similarity over the hole and 4 pixels around, higher is better.
        psnr: in decibels over the hole, higher is better.
        texture: difference of the distributions of fine detail, lower is better; SSIM prefers a blur to a texture that
            is as good as the true one but not the same, people do not.
    """

    ssim: float
    psnr: float
    texture: float


@dataclass(frozen=True)
class Case:
    """A photo with a hole.

    Attributes:
        name: of what is shown.
        image: (H, W, 3) uint8, the truth.
        hole: (H, W) bool.
    """

    name: str
    image: Image
    hole: NDArray[np.bool_]


def compare_fill(filled: Image, truth: Image, hole: NDArray[np.bool_]) -> FillError:
    """The measures.

    Args:
        filled, truth: (H, W, 3) uint8.
        hole: (H, W) bool; not empty.

    Raises:
        ValueError: different shapes, or an empty hole.
    """
    from skimage.metrics import structural_similarity

    if filled.shape != truth.shape or hole.shape != truth.shape[:2] or not hole.any():
        raise ValueError(f"expected pictures of one shape and a hole in them, got {filled.shape}, {truth.shape}.")
    _, similar = structural_similarity(truth, filled, channel_axis=2, full=True)
    rows, columns = np.flatnonzero(hole.any(1)), np.flatnonzero(hole.any(0))
    part = (
        slice(max(0, rows[0] - 4), rows[-1] + 5),
        slice(max(0, columns[0] - 4), columns[-1] + 5),
    )
    squared = float(((filled[hole].astype(np.float64) - truth[hole]) ** 2).mean())
    psnr = 99.0 if squared == 0 else float(10 * np.log10(255**2 / squared))
    return FillError(float(similar[part].mean()), psnr, _texture(filled[part], truth[part]))


def make_cases() -> Iterator[Case]:
    """Holes in the photos of scikit-image's wheel: bricks, grass, gravel, sky behind towers, wood, fur, cloth."""
    from skimage import data

    places = [
        ("bricks", data.brick(), (200, 200, 90)),
        ("bricks, large", data.brick(), (120, 260, 140)),
        ("grass", data.grass(), (200, 200, 90)),
        ("gravel", data.gravel(), (300, 150, 90)),
        ("sky beside a tower", data.rocket(), (80, 80, 80)),
        ("sky with a mast", data.rocket(), (170, 120, 60)),
        ("wood and saucer", data.coffee(), (60, 250, 70)),
        ("wood", data.coffee(), (470, 300, 80)),
        ("fur", data.chelsea(), (300, 180, 60)),
        ("cloth", data.astronaut(), (40, 380, 70)),
    ]
    for name, picture, (x, y, side) in places:
        image = np.repeat(picture[..., None], 3, axis=2) if picture.ndim == 2 else picture
        hole = np.zeros(image.shape[:2], bool)
        hole[y : y + side, x : x + side] = True
        yield Case(name, np.ascontiguousarray(image), hole)


def draw_cases(folder: Path, count: int = 60, seed: int = 0) -> Iterator[Case]:
    """Rectangles, ellipses and ragged blobs in photos of a folder, chosen by the seed alone.

    Args:
        folder: searched with all below it.
        count: how many photos at most.
        seed: settles photos and holes.

    Raises:
        ImageError: no photo of at least 160 x 160 pixels there.
    """
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".webp", ".jpg", ".jpeg", ".png"))
    rng = np.random.default_rng(seed)
    found = 0
    for index in rng.permutation(len(files)):
        image = read_image(files[index])
        if min(image.shape[:2]) < 160:
            continue
        yield Case(str(files[index].relative_to(folder)), image, _draw_hole(image.shape[:2], found % 3, rng))
        found += 1
        if found == count:
            return
    if not found:
        raise ImageError(f"{folder}: expected photos of at least 160 x 160 pixels, found none.")


def _draw_hole(size_hw: tuple[int, int], kind: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """45 to 120 pixels wide: 0 rectangle, 1 ellipse, 2 blob."""
    import cv2

    height, width = size_hw
    side = rng.integers(45, 120)
    a, b = (min(limit // 2, int(side * rng.uniform(0.7, 1.3))) for limit in (width, height))
    x, y = int(rng.integers(12, width - a - 12)), int(rng.integers(12, height - b - 12))
    if kind == 0:
        hole = np.zeros(size_hw, bool)
        hole[y : y + b, x : x + a] = True
        return hole
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    radius = np.ones(24) if kind == 1 else rng.uniform(0.6, 1, 24)
    radius = (radius + np.roll(radius, 1)) / 2
    corners = np.stack([x + a / 2 * (1 + radius * np.cos(angle)), y + b / 2 * (1 + radius * np.sin(angle))], 1)
    code = np.zeros(size_hw, np.uint8)
    cv2.fillPoly(code, [corners.astype(np.int32)], (1,))
    return code.astype(bool)


def evaluate_inpainting(cases: list[Case] | None = None) -> dict[str, dict[str, dict[str, float]]]:
    """engine -> case -> measures, and their "mean"."""
    from ...inpainting.fill import inpaint

    table: dict[str, dict[str, dict[str, float]]] = {engine: {} for engine in ENGINES}
    for case in cases if cases is not None else make_cases():
        holed = case.image.copy()
        holed[case.hole] = 0  # an engine must not see the answer
        for engine in ENGINES:
            filled = inpaint(holed, case.hole, engine=engine, grow=0, soften=0)
            table[engine][case.name] = asdict(compare_fill(filled, case.image, case.hole))
    for rows in table.values():
        values = list(rows.values())
        rows["mean"] = {key: float(np.mean([row[key] for row in values])) for key in values[0]}
    return table


def _texture(one: Image, two: Image) -> float:
    """Mean difference of the sorted local contrasts: at two scales, in grey levels."""
    import cv2

    total = 0.0
    for sigma in (1.0, 2.0):
        contrasts = []
        for picture in (one, two):
            grey = picture.astype(np.float32).mean(2)
            contrasts.append(np.sort(np.abs(grey - cv2.GaussianBlur(grey, (0, 0), sigma)).reshape(-1)))
        total += float(np.abs(contrasts[0] - contrasts[1]).mean())
    return total / 2


if __name__ == "__main__":
    photos = list(draw_cases(Path(sys.argv[1]), *map(int, sys.argv[2:4]))) if len(sys.argv) > 1 else None
    json.dump(evaluate_inpainting(photos), sys.stdout, indent=1)
    sys.stdout.write("\n")
