"""Patches of a picture: where whole ones lie, their features, and the nearest of them to a given one.

Nearest patches are found by PatchMatch (Barnes et al., 2009) on patches reduced by PCA: exhaustively on coarse grids,
by propagation and random search on fine ones.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Indices = NDArray[np.int64]

PATCH = 7
"""Side of a patch in pixels, on every grid."""
FEATURES = 20
"""Numbers that a patch is reduced to."""

_SAMPLE = 4000


def sources(hole: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(H, W) bool: centres of patches that lie inside the picture and touch no pixel of the hole."""
    import cv2

    half = PATCH // 2
    free = ~cv2.dilate(hole.astype(np.uint8), np.ones((PATCH, PATCH), np.uint8)).astype(bool)
    free[:half] = free[-half:] = False
    free[:, :half] = free[:, -half:] = False
    return np.asarray(free)


def gather(padded: Floats, y: Indices, x: Indices) -> Floats:
    """(N, PATCH * PATCH * 3) patches around these pixels."""
    steps = np.arange(PATCH)
    width = padded.shape[1]
    offsets = (steps[:, None] * width + steps).reshape(-1)
    flat = padded.reshape(-1, 3)
    return np.take(flat, (y * width + x)[:, None] + offsets, axis=0).reshape(len(y), -1)


def basis_of(padded: Floats, y: Indices, x: Indices, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """(PATCH * PATCH * 3, F) main axes of the source patches, and their mean."""
    pick = rng.choice(len(y), min(_SAMPLE, len(y)), replace=False)
    patches = gather(padded, y[pick], x[pick])
    middle = patches.mean(0)
    _, vectors = np.linalg.eigh(np.cov(patches - middle, rowvar=False) if len(pick) > 1 else np.eye(patches.shape[1]))
    return np.ascontiguousarray(vectors[:, ::-1][:, :FEATURES], np.float32), middle.astype(np.float32)


def project(padded: Floats, y: Indices, x: Indices, basis: Floats, middle: Floats) -> Floats:
    """(N, F) float32 features of the patches around these pixels."""
    result = np.empty((len(y), FEATURES), np.float32)
    shift = middle @ basis
    for start in range(0, len(y), 20_000):  # patches of all pixels at once would take a gigabyte
        part = slice(start, start + 20_000)
        result[part] = gather(padded, y[part], x[part]) @ basis - shift
    return result


def search_all(features: Floats, source_features: Floats, rows: Indices, width: int) -> Indices:
    """(N, 2) y and x of the nearest of all patches with the flat numbers `rows`."""
    candidates = source_features[rows]
    lengths = (candidates**2).sum(1)
    best = np.empty(len(features), np.int64)
    for start in range(0, len(features), 1000):
        part = slice(start, start + 1000)
        best[part] = np.argmin(lengths - 2 * (features[part] @ candidates.T), 1)
    chosen = rows[best]
    return np.stack([chosen // width, chosen % width], 1)


def search(
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


def search_weighted(wanted: Floats, trust: Floats, candidates: Floats) -> tuple[Indices, Floats]:
    """The nearest candidate of each patch, where some of its pixels count more than others.

    Args:
        wanted: (N, PATCH * PATCH * 3).
        trust: of the same shape, how much each number counts.
        candidates: (M, PATCH * PATCH * 3).

    Returns:
        (N,) the candidates' numbers, and (N,) float32 their weighted squared distances.
    """
    cost = trust @ (candidates**2).T - 2 * (trust * wanted) @ candidates.T
    best = cost.argmin(1)
    distance = cost[np.arange(len(best)), best] + (trust * wanted**2).sum(1)
    return best, np.maximum(distance, 0).astype(np.float32)
