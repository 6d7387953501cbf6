"""Filling a hole with what the picture itself shows elsewhere: coarse to fine, patch by patch, without weights.

After Wexler, Shechtman and Irani, "Space-time completion of video" (2007): every patch that touches the hole should
look like some patch outside it, and each pixel is what the patches over it agree on. Nearest patches are found by
PatchMatch (Barnes et al., 2009) on patches reduced by PCA: exhaustively on coarse grids, by propagation and random
search on fine ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Indices = NDArray[np.int64]

PATCH = 7
"""Side of a patch in pixels, on every grid."""
_FEATURES = 20
_EXHAUSTIVE = 60_000_000
_COARSEST = 24
_SAMPLE = 4000
_SOFT = 0.15


@dataclass
class _Grid:
    """One size of the picture.

    Attributes:
        image: (H, W, 3) float32, 0 to 255.
        hole: (H, W) bool.
    """

    image: Floats
    hole: NDArray[np.bool_]


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
    if not sources(hole).any():
        raise ValueError("no whole patch lies outside the hole")
    rng = np.random.default_rng(seed)
    # The first filling may copy from everywhere; others from a part of the picture each, or all would look alike.
    share = 0.4 if seed else 1.0
    grids = _pyramid(image, hole)
    filled = _first_guess(grids[-1])
    field: Indices | None = None
    for level in range(len(grids) - 1, -1, -1):
        grid = grids[level]
        rounds = 12 if level == len(grids) - 1 else (6 if level > 1 else 4 if level else 2)
        filled, field = _settle(grid, filled, field, rounds, rng, share)
        if progress:
            progress((len(grids) - level) / len(grids), "Filling")
    result = image.copy()
    result[hole] = np.clip(np.round(filled[hole]), 0, 255).astype(np.uint8)
    return result


def sources(hole: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(H, W) bool: centres of patches that lie inside the picture and touch no pixel of the hole."""
    import cv2

    half = PATCH // 2
    free = ~cv2.dilate(hole.astype(np.uint8), np.ones((PATCH, PATCH), np.uint8)).astype(bool)
    free[:half] = free[-half:] = False
    free[:, :half] = free[:, -half:] = False
    return np.asarray(free)


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


def _first_guess(grid: _Grid) -> Floats:
    import cv2

    rough: Any = np.clip(grid.image, 0, 255).round().astype(np.uint8)
    rough = cv2.inpaint(rough, grid.hole.astype(np.uint8), 3, cv2.INPAINT_NS)
    return np.where(grid.hole[..., None], rough, grid.image).astype(np.float32)


def _settle(
    grid: _Grid, filled: Floats, field: Indices | None, rounds: int, rng: np.random.Generator, share: float
) -> tuple[Floats, Indices]:
    """Search and vote in turn. `field` is the coarser grid's (h, w, 2) source of each pixel; returns this one's too."""
    import cv2

    height, width = grid.hole.shape
    half = PATCH // 2
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
        filled = _vote(grid, best, np.zeros(len(best), np.float32), number, 1.0, reach=1)
    padded: Any = cv2.copyMakeBorder(filled, half, half, half, half, cv2.BORDER_REFLECT_101)
    basis, middle = _basis(padded, sy, sx, rng)
    source_features = np.zeros((height * width, _FEATURES), np.float32)
    source_features[sy * width + sx] = _project(padded, sy, sx, basis, middle)
    for turn in range(rounds):
        features = _project(padded, ty, tx, basis, middle)
        if len(ty) * len(sy) <= _EXHAUSTIVE:
            best = _search_all(features, source_features, sy * width + sx, width)
        else:
            best = _search(features, source_features, best, number, (ty, tx), allowed, rng)
        distance = ((features - source_features[best[:, 0] * width + best[:, 1]]) ** 2).sum(1)
        # From the mean of all patches, which finds the structure, to the best one alone, which keeps the texture.
        softness = _SOFT ** (turn / max(1, rounds - 1)) if field is None else _SOFT
        filled = _vote(grid, best, distance, number, softness)
        padded = cv2.copyMakeBorder(filled, half, half, half, half, cv2.BORDER_REFLECT_101)
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


def _gather(padded: Floats, y: Indices, x: Indices) -> Floats:
    """(N, PATCH * PATCH * 3) patches around these pixels."""
    steps = np.arange(PATCH)
    width = padded.shape[1]
    offsets = (steps[:, None] * width + steps).reshape(-1)
    flat = padded.reshape(-1, 3)
    return np.take(flat, (y * width + x)[:, None] + offsets, axis=0).reshape(len(y), -1)


def _basis(padded: Floats, y: Indices, x: Indices, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """(PATCH * PATCH * 3, F) main axes of the source patches, and their mean."""
    pick = rng.choice(len(y), min(_SAMPLE, len(y)), replace=False)
    patches = _gather(padded, y[pick], x[pick])
    middle = patches.mean(0)
    _, vectors = np.linalg.eigh(np.cov(patches - middle, rowvar=False) if len(pick) > 1 else np.eye(patches.shape[1]))
    return np.ascontiguousarray(vectors[:, ::-1][:, :_FEATURES], np.float32), middle.astype(np.float32)


def _project(padded: Floats, y: Indices, x: Indices, basis: Floats, middle: Floats) -> Floats:
    result = np.empty((len(y), _FEATURES), np.float32)
    shift = middle @ basis
    for start in range(0, len(y), 20_000):  # patches of all pixels at once would take a gigabyte
        part = slice(start, start + 20_000)
        result[part] = _gather(padded, y[part], x[part]) @ basis - shift
    return result


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


def _search_all(features: Floats, source_features: Floats, rows: Indices, width: int) -> Indices:
    candidates = source_features[rows]
    lengths = (candidates**2).sum(1)
    best = np.empty(len(features), np.int64)
    for start in range(0, len(features), 1000):
        part = slice(start, start + 1000)
        best[part] = np.argmin(lengths - 2 * (features[part] @ candidates.T), 1)
    chosen = rows[best]
    return np.stack([chosen // width, chosen % width], 1)


def _search(
    features: Floats,
    source_features: Floats,
    best: Indices,
    number: Indices,
    targets: tuple[Indices, Indices],
    allowed: NDArray[np.bool_],
    rng: np.random.Generator,
) -> Indices:
    """PatchMatch for all pixels at once: neighbours' steps (jump flooding), then random ones ever nearer."""
    height, width = allowed.shape
    ty, tx = targets
    usable = allowed.reshape(-1)

    def cost(place: Indices) -> Floats:
        return ((features - source_features[place]) ** 2).sum(1)

    best = best.copy()
    lowest = cost(best[:, 0] * width + best[:, 1])

    def offer(candidate: Indices, who: Indices) -> None:
        inside = (candidate >= 0).all(1) & (candidate[:, 0] < height) & (candidate[:, 1] < width)
        who, candidate = who[inside], candidate[inside]
        place = candidate[:, 0] * width + candidate[:, 1]
        free = usable[place]
        who, place = who[free], place[free]
        price = ((features[who] - source_features[place]) ** 2).sum(1)
        better = price < lowest[who]
        won, where = who[better], place[better]
        lowest[won] = price[better]
        best[won, 0], best[won, 1] = where // width, where % width

    for reach in (1, 4, 1):
        for dy, dx in ((0, reach), (0, -reach), (reach, 0), (-reach, 0)):
            y, x = ty - dy, tx - dx
            inside = (y >= 0) & (x >= 0) & (y < height) & (x < width)
            who = np.flatnonzero(inside)
            neighbour = number[y[who], x[who]]
            who, neighbour = who[neighbour >= 0], neighbour[neighbour >= 0]
            offer(best[neighbour] + (dy, dx), who)
    everyone = np.arange(len(ty))
    radius = max(height, width) // 2
    while radius >= 2:
        offer(best + rng.integers(-radius, radius + 1, best.shape), everyone)
        radius //= 3
    return best


def _vote(
    grid: _Grid, best: Indices, distance: Floats, number: Indices, softness: float, reach: int = PATCH // 2
) -> Floats:
    """Each pixel of the hole: the mean of what the patches over it say, those that fit best counting most."""
    height, width = grid.hole.shape
    y, x = np.nonzero(grid.hole)
    # Three quarters of the patches are better than this, as in Wexler's paper.
    scale = np.percentile(distance, 75) * softness + 1e-3
    floor = distance.min()
    weights = np.exp(-np.minimum((distance - floor) / (2 * scale), 60)).astype(np.float32) + 1e-12
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
