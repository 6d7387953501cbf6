"""Patches: where they lie, and that each search finds the nearest."""

from __future__ import annotations

import numpy as np
import pytest

from sam.inpainting.patch_search import (
    PATCH,
    basis_of,
    gather,
    project,
    search,
    search_all,
    search_weighted,
    sources,
)

HALF = PATCH // 2


def hole_in(size_hw: tuple[int, int], box: tuple[int, int, int, int]) -> np.ndarray:
    hole = np.zeros(size_hw, bool)
    x0, y0, x1, y1 = box
    hole[y0:y1, x0:x1] = True
    return hole


def test_only_whole_patches_outside_the_hole_are_sources():
    free = sources(hole_in((30, 30), (10, 10, 12, 12)))
    half = PATCH // 2
    assert not free[:half].any()
    assert not free[:, -half:].any()
    assert not free[10 - half : 12 + half, 10 - half : 12 + half].any()
    assert free[half, half]


@pytest.fixture(scope="module")
def scene():
    """A picture of noise whose right half repeats the left, and its padded copy."""
    rng = np.random.default_rng(0)
    left = rng.uniform(0, 255, (40, 40, 3)).astype(np.float32)
    image = np.hstack([left, left])
    return image, np.pad(image, ((HALF, HALF), (HALF, HALF), (0, 0)), "reflect")


def test_gathered_patches_are_the_pixels_around(scene):
    image, padded = scene
    (patch,) = gather(padded, np.array([20]), np.array([30]))
    assert (patch.reshape(PATCH, PATCH, 3) == image[17:24, 27:34]).all()


def test_every_search_finds_the_copy(scene):
    image, padded = scene
    rng = np.random.default_rng(1)
    allowed = np.zeros(image.shape[:2], bool)
    allowed[HALF:-HALF, HALF : 40 - HALF] = True
    sy, sx = np.nonzero(allowed)
    ty, tx = (grid.reshape(-1) for grid in np.mgrid[10:30, 50:70])
    truth = np.stack([ty, tx - 40], 1)
    basis, middle = basis_of(padded, sy, sx, rng)
    features = project(padded, ty, tx, basis, middle)
    table = np.zeros((allowed.size, features.shape[1]), np.float32)
    table[sy * 80 + sx] = project(padded, sy, sx, basis, middle)
    assert (search_all(features, table, sy * 80 + sx, 80) == truth).all()

    number = np.full(allowed.shape, -1, np.int64)
    number[ty, tx] = np.arange(len(ty))
    pick = rng.integers(0, len(sy), len(ty))
    best = np.stack([sy[pick], sx[pick]], 1)
    best[::50] = truth[::50]  # a few right ones, which must spread
    for _ in range(4):
        best = search(features, table, best, number, (ty, tx), allowed, rng)
    assert (best == truth).all(1).mean() > 0.95

    wanted = gather(padded, ty, tx)
    chosen, distance = search_weighted(wanted, np.ones_like(wanted), gather(padded, sy, sx))
    assert (np.stack([sy[chosen], sx[chosen]], 1) == truth).all()
    assert distance.max() < 20  # of sums around 3,000,000 in float32


def test_what_does_not_count_does_not_decide():
    candidates = np.array([[0, 0, 9], [5, 5, 0]], np.float32)
    wanted = np.array([[0, 0, 0]], np.float32)
    assert search_weighted(wanted, np.array([[1, 1, 1]], np.float32), candidates)[0] == [1]
    best, distance = search_weighted(wanted, np.array([[1, 1, 0]], np.float32), candidates)
    assert (best[0], distance[0]) == (0, 0)
