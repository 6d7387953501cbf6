"""KNN matting (Chen, Li and Tang, 2012): pixels of alike colour have alike alpha, however far apart they lie."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..types import Image

_NEIGHBOURS = ((20, 2.0), (10, 0.1))
"""How many neighbours, and how much their place counts beside their colour: first near ones, then those anywhere."""
_TRUST = 100.0
_REACH = 12
"""Known pixels this far from the unknown band, in pixels, take part."""
_TOLERANCE = 1e-4
_ROUNDS = 1000


def knn_alpha(image: Image, trimap: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(H, W) float32 alpha in [0, 1]; equation 12 of the paper, solved by conjugate gradients.

    Better than the closed form where the background shows through holes (lace, foliage); noisier on smooth hair.

    Args:
        image: (H, W, 3) uint8 RGB.
        trimap: (H, W) uint8: 255 object, 0 background, 128 unknown.
    """
    import cv2
    from scipy.sparse import coo_matrix, diags
    from scipy.sparse.linalg import cg
    from scipy.spatial import cKDTree

    alpha = (trimap == 255).astype(np.float32)
    unknown = trimap == 128
    if not unknown.any():
        return alpha
    if not (trimap == 255).any() or not (trimap == 0).any():
        return np.where(unknown, np.float32((trimap == 255).any()), alpha)
    side = 2 * _REACH + 1
    taking = cv2.dilate(unknown.view(np.uint8), np.ones((side, side), np.uint8)).astype(bool)
    y, x = np.nonzero(taking)
    count = len(y)
    colours = image[y, x].astype(np.float32) / 255
    place = np.stack([x, y], 1).astype(np.float32) / np.float32(max(trimap.shape))
    rows, columns, values = [], [], []
    for neighbours, weight in _NEIGHBOURS:
        features = np.hstack([colours, weight * place])
        wanted = min(neighbours + 1, count)
        distance, found = cKDTree(features).query(features, k=wanted)
        distance, found = distance.reshape(count, wanted)[:, 1:], found.reshape(count, wanted)[:, 1:]
        rows.append(np.repeat(np.arange(count), wanted - 1))
        columns.append(found.reshape(-1))
        values.append(1 - (distance / (distance.max() + 1e-9)).reshape(-1))
    where = np.concatenate(rows), np.concatenate(columns)
    affinity = coo_matrix((np.concatenate(values), where), (count, count)).tocsr()
    affinity = (affinity + affinity.T) / 2
    degree = np.asarray(affinity.sum(1)).reshape(-1)
    known = ~unknown[y, x]
    diagonal = degree + _TRUST * known + 1e-6
    matrix = diags(diagonal) - affinity
    start = np.where(known, alpha[y, x], 0.5)
    solved, _ = cg(matrix, _TRUST * known * alpha[y, x], start, rtol=_TOLERANCE, maxiter=_ROUNDS, M=diags(1 / diagonal))
    alpha[y, x] = np.where(known, alpha[y, x], np.clip(solved, 0, 1))
    return alpha
