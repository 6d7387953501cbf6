"""Filling a hole with what the picture itself shows elsewhere: coarse to fine, patch by patch, without weights.

After Wexler, Shechtman and Irani, "Space-time completion of video" (2007): every patch that touches the hole should
look like some patch outside it, and each pixel is what the patches over it agree on, those near the border counting
most. It starts from layers laid from the border inwards (Newson et al., "Video inpainting of complex scenes", 2014),
and on coarse grids is drawn towards the membrane over the hole, so that light and colour meet what is around it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..stopping import check_stopped
from .laplace import stretch_membrane
from .patch_search import (
    FEATURES,
    PATCH,
    Floats,
    Indices,
    basis_of,
    gather,
    project,
    search,
    search_all,
    search_weighted,
    sources,
)

_EXHAUSTIVE = 60_000_000
_WEIGHTED = 5_000_000
"""Pairs of patches up to which all are compared, and up to which pixels of the hole count less than known ones."""
_COARSEST = 24
_SOFT = 0.15
_TRUST = 1.3
"""What a pixel says counts this much less for each pixel that it lies deeper in the hole (Wexler's section 3.3)."""
_DEEPEST = 40.0
_PULL = 0.5
_PULL_SIGMA = 2.0
_FINE = 2
"""How strongly and below which detail (pixels) the membrane draws, on all grids but this many finest ones: measured."""


@dataclass
class _Grid:
    """One size of the picture.

    Attributes:
        image: (H, W, 3) float32, 0 to 255.
        hole: (H, W) bool.
    """

    image: Floats
    hole: NDArray[np.bool_]

    @cached_property
    def trust(self) -> Floats:
        """(H, W) float32: 1 outside the hole, less and less in it."""
        import cv2

        depth = cv2.distanceTransform(np.pad(self.hole, 1).astype(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
        return np.asarray(_TRUST ** -np.minimum(depth, _DEEPEST), np.float32)


def fill(
    image: NDArray[np.uint8],
    hole: NDArray[np.bool_],
    seed: int = 0,
    progress: Callable[[float, str], None] | None = None,
) -> NDArray[np.uint8]:
    """The picture with its hole filled; everything else as it was.

    Args:
        image: (H, W, 3) uint8.
        hole: (H, W) bool; some pixels at least `PATCH` away from it must be left to copy from.
        seed: another one gives another filling.
        progress: told the fraction done; may raise to stop.

    Returns:
        (H, W, 3) uint8.

    Raises:
        ValueError: no whole patch lies outside the hole.
    """
    return fill_and_trace(image, hole, seed, progress)[0]


def fill_and_trace(
    image: NDArray[np.uint8],
    hole: NDArray[np.bool_],
    seed: int = 0,
    progress: Callable[[float, str], None] | None = None,
) -> tuple[NDArray[np.uint8], Indices]:
    """As `fill`; also (H, W, 2) y and x of the pixel around which the patch at each was taken, itself where known."""
    if not sources(hole).any():
        raise ValueError("no whole patch lies outside the hole")
    rng = np.random.default_rng(seed)
    # The first filling may copy from everywhere; others from a part of the picture each, or all would look alike.
    share = 0.4 if seed else 1.0
    grids = _pyramid(image, hole)
    filled = _peel(grids[-1], share, rng)
    field: Indices | None = None
    for level in range(len(grids) - 1, -1, -1):
        grid = grids[level]
        rounds = 12 if level == len(grids) - 1 else (6 if level > 1 else 4 if level else 2)
        filled, field = _settle(grid, filled, field, rounds, rng, share, level >= _FINE)
        if progress:
            progress((len(grids) - level) / len(grids), "Filling")
    result = image.copy()
    result[hole] = np.clip(np.round(filled[hole]), 0, 255).astype(np.uint8)
    assert field is not None
    return result, field


def _pyramid(image: NDArray[np.uint8], hole: NDArray[np.bool_]) -> list[_Grid]:
    """Finest first; halved while the hole is thick, and while patches to copy are left."""
    import cv2

    grids = [_Grid(image.astype(np.float32), hole)]
    while True:
        last = grids[-1]
        thick = cv2.distanceTransform(np.pad(last.hole, 1).astype(np.uint8), cv2.DIST_L2, 3).max() * 2
        size = (last.hole.shape[1] + 1) // 2, (last.hole.shape[0] + 1) // 2
        if thick <= PATCH + 1 or min(size) < _COARSEST:
            return grids
        # Pixels of the hole must not bleed into the smaller picture: averages are taken over known ones only.
        known = (~last.hole).astype(np.float32)
        share = cv2.resize(known, size, interpolation=cv2.INTER_AREA)
        small = cv2.resize(last.image * known[..., None], size, interpolation=cv2.INTER_AREA)
        grid = _Grid((small / np.maximum(share, 1e-6)[..., None]).astype(np.float32), share < 0.5)
        if np.count_nonzero(sources(grid.hole)) < 200:
            return grids
        grids.append(grid)


def _peel(grid: _Grid, share: float, rng: np.random.Generator) -> Floats:
    """A first filling, layer by layer from the border inwards: the patch that fits what is there already best."""
    import cv2

    allowed = sources(grid.hole)
    y, x = np.nonzero(_thin_out(allowed, share, rng) if share < 1 else allowed)
    candidates = gather(_pad(grid.image), y, x)
    filled, left = grid.image.copy(), grid.hole.copy()
    filled[left] = 0
    trust = (~left).astype(np.float32)
    while left.any():
        ring = left & ~cv2.erode(left.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=1).astype(bool)
        ring = ring if ring.any() else left
        ty, tx = np.nonzero(ring)
        best, _ = search_weighted(gather(_pad(filled), ty, tx), _weights(trust, ty, tx), candidates)
        filled[ty, tx] = grid.image[y[best], x[best]]
        trust[ty, tx] = grid.trust[ty, tx]
        left &= ~ring
    return filled


def _pad(array: Any) -> Any:
    import cv2

    half = PATCH // 2
    return cv2.copyMakeBorder(array, half, half, half, half, cv2.BORDER_REFLECT_101)


def _weights(trust: Floats, y: Indices, x: Indices) -> Floats:
    """(N, PATCH * PATCH * 3): how much each number of these patches counts, 1 on the average."""
    weights = gather(_pad(np.repeat(trust[..., None], 3, axis=2)), y, x)
    return np.asarray(weights / np.maximum(weights.mean(1, keepdims=True), 1e-9), np.float32)


def _settle(
    grid: _Grid,
    filled: Floats,
    field: Indices | None,
    rounds: int,
    rng: np.random.Generator,
    share: float,
    drawn: bool,
) -> tuple[Floats, Indices]:
    """Search and vote in turn. `field` is the coarser grid's (h, w, 2) source of each pixel; returns this one's too."""
    import cv2

    height, width = grid.hole.shape
    allowed = sources(grid.hole)
    touched = cv2.dilate(grid.hole.astype(np.uint8), np.ones((PATCH, PATCH), np.uint8)).astype(bool)
    ty, tx = np.nonzero(touched)
    if field is None and share < 1:
        allowed = _thin_out(allowed, share, rng)
    sy, sx = np.nonzero(allowed)
    number = np.full((height, width), -1, np.int64)
    number[ty, tx] = np.arange(len(ty))
    best = _start(field, ty, tx, allowed, (sy, sx), rng)
    if field is not None:
        # Copied from where the coarser grid found it, a first filling is as crisp as the picture itself.
        filled = _vote(grid, best, np.zeros(len(best), np.float32), grid.trust[ty, tx], number, 1.0, reach=1)
    padded = _pad(filled)
    near = grid.trust[ty, tx]
    weighted = len(ty) * len(sy) <= _WEIGHTED
    if weighted:
        candidates, weights = gather(padded, sy, sx), _weights(grid.trust, ty, tx)
    film = stretch_membrane(grid.image, grid.hole) if drawn else None
    basis, middle = basis_of(padded, sy, sx, rng)
    source_features = np.zeros((height * width, FEATURES), np.float32)
    source_features[sy * width + sx] = project(padded, sy, sx, basis, middle)
    for turn in range(rounds):
        check_stopped()
        features = project(padded, ty, tx, basis, middle)
        if weighted:
            chosen, distance = search_weighted(gather(padded, ty, tx), weights, candidates)
            best = np.stack([sy[chosen], sx[chosen]], 1)
        elif len(ty) * len(sy) <= _EXHAUSTIVE:
            best = search_all(features, source_features, sy * width + sx, width)
        else:
            best = search(features, source_features, best, number, (ty, tx), allowed, rng)
        if not weighted:
            distance = ((features - source_features[best[:, 0] * width + best[:, 1]]) ** 2).sum(1)
        # From the mean of all patches, which finds the structure, to the best one alone, which keeps the texture.
        softness = _SOFT ** (turn / max(1, rounds - 1)) if field is None else _SOFT
        filled = _vote(grid, best, distance, near, number, softness)
        if film is not None:
            away: Any = cv2.GaussianBlur(np.where(grid.hole[..., None], film - filled, 0), (0, 0), _PULL_SIGMA)
            filled = np.where(grid.hole[..., None], filled + _PULL * away, filled).astype(np.float32)
        padded = _pad(filled)
    full: Indices = np.moveaxis(np.indices((height, width)), 0, -1).copy()
    full[ty, tx] = best
    return filled, full


def _thin_out(allowed: NDArray[np.bool_], share: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Sources in some squares of the picture only; all of them where that would leave none."""
    side = 2 * PATCH
    height, width = allowed.shape
    squares = rng.random((height // side + 1, width // side + 1)) < share
    kept = allowed & squares[np.arange(height)[:, None] // side, np.arange(width) // side]
    return kept if kept.any() else allowed


def _start(
    field: Indices | None,
    ty: Indices,
    tx: Indices,
    allowed: NDArray[np.bool_],
    free: tuple[Indices, Indices],
    rng: np.random.Generator,
) -> Indices:
    """(N, 2) sources: the coarser grid's doubled where they may be used, anything allowed elsewhere."""
    pick = rng.integers(0, len(free[0]), len(ty))
    guess = np.stack([free[0][pick], free[1][pick]], 1)
    if field is None:
        return guess
    # The step from a pixel to its source is what stays the same when the grid gets finer.
    low_y, low_x = np.minimum(ty // 2, field.shape[0] - 1), np.minimum(tx // 2, field.shape[1] - 1)
    doubled = field[low_y, low_x] * 2 + np.stack([ty % 2, tx % 2], 1)
    doubled = np.clip(doubled, 0, np.array(allowed.shape) - 1)
    good = allowed[doubled[:, 0], doubled[:, 1]] & (doubled != np.stack([ty, tx], 1)).any(1)
    return np.where(good[:, None], doubled, guess)


def _vote(
    grid: _Grid,
    best: Indices,
    distance: Floats,
    near: Floats,
    number: Indices,
    softness: float,
    reach: int = PATCH // 2,
) -> Floats:
    """Each pixel of the hole: the mean of what the patches over it say, those that fit best and lie out most first."""
    height, width = grid.hole.shape
    y, x = np.nonzero(grid.hole)
    # Three quarters of the patches are better than this, as in Wexler's paper.
    scale = np.percentile(distance, 75) * softness + 1e-3
    floor = distance.min()
    weights = np.exp(-np.minimum((distance - floor) / (2 * scale), 60)).astype(np.float32) + 1e-12
    weights *= near
    total = np.zeros((len(y), 3), np.float32)
    share = np.zeros(len(y), np.float32)
    flat = grid.image.reshape(-1, 3)
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            cy, cx = np.clip(y + dy, 0, height - 1), np.clip(x + dx, 0, width - 1)
            patch = number[cy, cx]
            # Patches are centred on target pixels; the one around (cy, cx) says this about its pixel (y, x).
            source = (best[patch, 0] + y - cy) * width + best[patch, 1] + x - cx
            weight = weights[patch]
            total += weight[:, None] * flat[source]
            share += weight
    result = grid.image.copy()
    result[y, x] = total / share[:, None]
    return result
