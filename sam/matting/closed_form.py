"""Closed-form matting (Levin, Lischinski and Weiss, 2008), and alpha carried to full size by the colours."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..types import Image

REFINE_RADIUS = 4
"""Radius, in coarse pixels, of the windows in which alpha is a linear function of the colours."""
_EPSILON = 1e-7


def closed_form_alpha(image: Image, trimap: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(H, W) float32 alpha; unknown pixels by the matting Laplacian, equation 12 of the paper, with 3 x 3 windows."""
    import cv2
    from scipy.sparse import coo_matrix
    from scipy.sparse.linalg import splu

    height, width = trimap.shape
    alpha = (trimap == 255).astype(np.float32)
    unknown = trimap == 128
    if height < 3 or width < 3 or not unknown.any():
        return np.where(unknown, np.float32(0.5), alpha)
    if not (trimap == 255).any() or not (trimap == 0).any():
        return np.where(unknown, np.float32((trimap == 255).any()), alpha)
    number = np.full(trimap.shape, -1, np.int32)
    number[unknown] = np.arange(np.count_nonzero(unknown))
    touched = cv2.dilate(unknown.view(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    touched[[0, -1]] = touched[:, [0, -1]] = False
    y, x = np.nonzero(touched)
    dy, dx = (grid.reshape(-1) for grid in np.mgrid[-1:2, -1:2])
    flat = (y[:, None] + dy) * width + x[:, None] + dx
    colours = image.reshape(-1, 3)[flat].astype(np.float32) / 255
    centred = colours - colours.mean(1, keepdims=True)
    # In doubles: beside a strong contrast a float32 would lose epsilon, and with it the inverse.
    spread = np.einsum("nki,nkj->nij", centred, centred, dtype=np.float64) / 9 + _EPSILON / 9 * np.eye(3)
    affinity = (1 + np.einsum("nki,nij,nlj->nkl", centred, np.linalg.inv(spread), centred)) / 9
    values = np.eye(9) - affinity
    row = number.reshape(-1)[flat]
    i = np.broadcast_to(row[:, :, None], values.shape)
    j = np.broadcast_to(row[:, None, :], values.shape)
    count = int(row.max()) + 1
    free = (i >= 0) & (j >= 0)
    matrix = coo_matrix((values[free], (i[free], j[free])), (count, count)).tocsc()
    fixed = (i >= 0) & (j < 0)
    level = np.broadcast_to(alpha.reshape(-1)[flat][:, None, :], values.shape)
    right = np.bincount(i[fixed], weights=-(values[fixed] * level[fixed]), minlength=count)
    # A little weight keeps regions without any colour structure, where the matrix is singular, in the middle.
    matrix = matrix + 1e-9 * coo_matrix((np.ones(count), (np.arange(count), np.arange(count)))).tocsc()
    solver = splu(matrix, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
    alpha[unknown] = np.clip(solver.solve(right), 0, 1)
    return alpha


def guided_upsample(small: Image, coarse: NDArray[np.float32], full: Image) -> NDArray[np.float32]:
    """Coarse alpha at the size of `full`: local linear models of the colours, fitted on the coarse grid."""
    import cv2

    guide: Any = small.astype(np.float32) / 255
    side = (2 * REFINE_RADIUS + 1,) * 2

    def mean(array: Any) -> NDArray[np.float32]:
        return np.asarray(cv2.blur(array, side))

    mu: Any = mean(guide)
    mean_alpha: Any = mean(coarse)
    cross = mean(guide * coarse[..., None]) - mu * mean_alpha[..., None]
    products = np.einsum("hwi,hwj->hwij", guide, guide).reshape(*coarse.shape, 9)
    spread = np.stack([mean(np.ascontiguousarray(products[..., k])) for k in range(9)], -1).reshape(*coarse.shape, 3, 3)
    spread = spread - mu[..., :, None] * mu[..., None, :] + 1e-5 * np.eye(3, dtype=np.float32)
    slope: Any = np.linalg.solve(spread, cross[..., None])[..., 0].astype(np.float32)
    offset: Any = (mean_alpha - (slope * mu).sum(-1)).astype(np.float32)
    size = full.shape[1], full.shape[0]
    slope, offset = mean(slope), mean(offset)
    result: Any = cv2.resize(offset, size, interpolation=cv2.INTER_LINEAR)
    for channel in range(3):
        part = cv2.resize(np.ascontiguousarray(slope[..., channel]), size, interpolation=cv2.INTER_LINEAR)
        result += part * (full[..., channel].astype(np.float32) / 255)
    return np.asarray(result, np.float32)
