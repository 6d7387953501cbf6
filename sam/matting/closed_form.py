"""Soft edges: from a mask to a trimap, from a trimap to alpha, from alpha to the object's own colours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, Protocol, get_args, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import PromptError
from ..images import check_image
from ..types import Cutout, Image

MAX_BAND = 512
"""Widest band in pixels that may be asked for."""
MAX_UNKNOWN = 100_000
"""Unknown pixels that are solved for at once: larger bands are solved on a coarser grid and refined at full size."""
MAX_CROP = 4_000_000
"""Pixels of the crop that are solved at full size."""

Matting = Literal["closed-form", "knn", "vitmatte-small", "vitmatte-base"]
"""closed-form: what is built in. knn: for lace and foliage. The others are networks that must be downloaded."""

Progress = Callable[[float, str], None]

_EPSILON = 1e-7
_REFINE_RADIUS = 4
_FAR = 90
_NEAR = 6


@runtime_checkable
class AlphaEstimator(Protocol):
    """A model that makes alpha from an image and its trimap."""

    name: str

    def estimate_alpha(
        self, image: Image, trimap: NDArray[np.uint8], progress: Progress | None = None
    ) -> NDArray[np.float32]:
        """(H, W) float32 in [0, 1]; exactly 0 and 1 where the trimap is sure. Arguments as `estimate_alpha`'s."""
        ...


def auto_band(mask: ArrayLike) -> int:
    """Half width of the unknown band that suits a mask, in pixels: 5% of its size (the root of its area), 3 to 150."""
    area = np.count_nonzero(np.asarray(mask))
    return int(np.clip(round(0.05 * area**0.5), 3, 150))


def make_trimap(mask: ArrayLike, band: int = 0) -> NDArray[np.uint8]:
    """What is surely object, surely background, and unknown.

    Args:
        mask: (H, W) bool.
        band: pixels on both sides of the mask's edge that are unknown; 0: `auto_band`. Parts thinner than that keep
            their middle as object.

    Returns:
        (H, W) uint8: 255 object, 0 background, 128 unknown.

    Raises:
        PromptError: not two axes, or a band out of range.
    """
    import cv2

    mask = np.asarray(mask)
    if mask.ndim != 2 or mask.size == 0:
        raise PromptError(f"mask: expected one mask as (H, W), got shape {mask.shape}.")
    if not 0 <= band <= MAX_BAND:
        raise PromptError(f"band: expected 0 (automatic) to {MAX_BAND} pixels, got {band}.")
    mask = mask.astype(bool, copy=False)
    trimap = np.where(mask, np.uint8(255), np.uint8(0))
    if mask.all() or not mask.any():
        return trimap
    band = band or auto_band(mask)
    rows, columns = _window(mask, band + 1)
    inside = mask[rows, columns]
    # One pixel of padding by repetition: the image's border is no edge of the object.
    depth = cv2.distanceTransform(inside.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    count, labels = cv2.connectedComponents(inside.view(np.uint8), connectivity=8)
    deepest = np.zeros(count, np.float32)
    np.maximum.at(deepest, labels[inside], depth[inside])
    sure = depth > np.minimum(band, 0.6 * deepest)[labels]
    away = cv2.distanceTransform((~inside).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    part = trimap[rows, columns]
    part[inside & ~sure] = 128
    part[~inside & (away <= band)] = 128
    return trimap


def estimate_alpha(
    image: Image, trimap: NDArray[np.uint8], progress: Progress | None = None, engine: str = "closed-form"
) -> NDArray[np.float32]:
    """How much of each pixel is object, by closed-form matting (Levin, Lischinski and Weiss, 2008) unless said.

    Only the unknown band is solved for, by one sparse factorisation. A band of more than `MAX_UNKNOWN` pixels is solved
    on a coarser grid; colour-guided local linear models carry it to full size (He and Sun, fast guided filter, 2015).

    Args:
        image: (H, W, 3) uint8 RGB.
        trimap: (H, W) uint8 as `make_trimap` makes it.
        progress: told the fraction done and what is being done; may raise to stop.
        engine: one of `Matting`, or what `load_model` takes for an `AlphaEstimator`.

    Returns:
        (H, W) float32 in [0, 1]; exactly 0 and 1 where the trimap is sure.

    Raises:
        ImageError, PromptError: not an image, or a trimap of another size.
        ModelUnavailable: an engine that is a network and not there.
    """
    import cv2

    check_image(image)
    if trimap.shape != image.shape[:2]:
        raise PromptError(f"trimap: expected the size of the image, {image.shape[:2]}, got {trimap.shape}.")
    tell = progress or (lambda fraction, message: None)
    alpha = (trimap == 255).astype(np.float32)
    unknown = trimap == 128
    count = int(np.count_nonzero(unknown))
    if not count:
        return alpha
    rows, columns = _window(unknown, 4 * _REFINE_RADIUS)
    crop, known = image[rows, columns], trimap[rows, columns]
    if engine not in ("closed-form", "knn"):
        from ..models.registry import load_model

        tell(0.05, f"Loading {engine}")
        network = load_model(engine, AlphaEstimator)
        found = network.estimate_alpha(crop, known, lambda part, words: tell(0.1 + 0.7 * part, words))
        alpha[rows, columns] = found
        return alpha
    solve = _solver(engine)
    scale = min(1.0, (MAX_UNKNOWN / count) ** 0.5, (MAX_CROP / known.size) ** 0.5)
    tell(0.1, "Looking at the edge")
    if scale == 1:
        solved = solve(crop, known)
    else:
        size = max(3, round(crop.shape[1] * scale)), max(3, round(crop.shape[0] * scale))
        small: Any = cv2.resize(crop, size, interpolation=cv2.INTER_AREA)
        # A coarse pixel is sure only where all that it covers is.
        front, back = (
            cv2.resize((known == value).astype(np.float32), size, interpolation=cv2.INTER_AREA) for value in (255, 0)
        )
        low = np.where(front > 0.999, 255, np.where(back > 0.999, 0, 128)).astype(np.uint8)
        coarse = solve(small, low)
        tell(0.6, "Refining at full size")
        solved = _guided(small, coarse, crop)
    band = known == 128
    alpha[rows, columns][band] = np.clip(solved, 0, 1)[band]
    return alpha


def estimate_foreground(image: Image, alpha: NDArray[np.float32]) -> Image:
    """The colours of the object alone where it mixes with the background, so that no halo of the old one stays.

    Blur fusion (Forte, "Approximate fast foreground colour estimation", 2021) with a wide and a narrow window. The
    blurred colours are computed at 1.5 megapixels at most, the correction at full size and for mixed pixels only.

    Args:
        image: (H, W, 3) uint8 RGB.
        alpha: (H, W) float32 in [0, 1].

    Returns:
        (H, W, 3) uint8; equal to the image wherever alpha is 0 or 1.
    """
    import cv2

    mixed = (alpha > 0) & (alpha < 1)
    result = image.copy()
    if not mixed.any():
        return result
    rows, columns = _window(mixed, 2 * _NEAR)
    crop, part, where = image[rows, columns], alpha[rows, columns], mixed[rows, columns]
    scale = min(1.0, (1_500_000 / part.size) ** 0.5)
    size = max(1, round(crop.shape[1] * scale)), max(1, round(crop.shape[0] * scale))
    small: Any = cv2.resize(crop, size, interpolation=cv2.INTER_AREA).astype(np.float32).reshape(size[1], size[0], 3)
    cover: Any = cv2.resize(part, size, interpolation=cv2.INTER_AREA).reshape(size[1], size[0], 1)
    front, back = _fuse(small, small, small, cover, _FAR)
    front, back = _means(front, back, cover, _NEAR)
    shape = (part.shape[1], part.shape[0])
    y, x = np.nonzero(where)
    mean_front = cv2.resize(front, shape, interpolation=cv2.INTER_LINEAR).reshape(*part.shape, 3)[y, x]
    mean_back = cv2.resize(back, shape, interpolation=cv2.INTER_LINEAR).reshape(*part.shape, 3)[y, x]
    a = part[y, x, None]
    exact = mean_front + a * (crop[y, x] - a * mean_front - (1 - a) * mean_back)
    result[rows, columns][y, x] = np.clip(np.round(exact), 0, 255).astype(np.uint8)
    return result


def matte(
    image: Image, mask: ArrayLike, band: int = 0, progress: Progress | None = None, engine: str = "closed-form"
) -> Cutout:
    """The object with a soft edge and its own colours: trimap, alpha and foreground in one.

    Args:
        image: (H, W, 3) uint8 RGB.
        mask: (H, W) bool of that image.
        band: see `make_trimap`.
        progress, engine: see `estimate_alpha`.

    Returns:
        (H, W, 4) uint8 RGBA, not premultiplied; colours under full transparency are 0.

    Raises:
        ImageError, PromptError: not an image, a mask of another size, or a band or engine that is not known.
        ModelUnavailable: see `estimate_alpha`.
    """
    if engine not in get_args(Matting):
        raise PromptError(f"engine: expected one of {', '.join(get_args(Matting))}, got {engine!r}.")
    alpha = estimate_alpha(image, make_trimap(mask, band), progress, engine)
    if progress:
        progress(0.85, "Cleaning the colours")
    level = np.round(alpha * 255).astype(np.uint8)
    colours = estimate_foreground(image, alpha)
    colours[level == 0] = 0
    return np.dstack([colours, level])


def _solver(engine: str) -> Callable[[Image, NDArray[np.uint8]], NDArray[np.float32]]:
    if engine == "closed-form":
        return _closed_form
    from .knn import knn_alpha

    return knn_alpha


def _window(mask: NDArray[np.bool_], margin: int) -> tuple[slice, slice]:
    """Rows and columns around what is True, with a margin, inside the array."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return (
        slice(max(0, int(rows[0]) - margin), int(rows[-1]) + 1 + margin),
        slice(max(0, int(columns[0]) - margin), int(columns[-1]) + 1 + margin),
    )


def _closed_form(image: Image, trimap: NDArray[np.uint8]) -> NDArray[np.float32]:
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


def _guided(small: Image, coarse: NDArray[np.float32], full: Image) -> NDArray[np.float32]:
    """Coarse alpha at the size of `full`: local linear models of the colours, fitted on the coarse grid."""
    import cv2

    guide: Any = small.astype(np.float32) / 255
    side = (2 * _REFINE_RADIUS + 1,) * 2

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


def _means(
    front: NDArray[np.float32], back: NDArray[np.float32], alpha: NDArray[np.float32], radius: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Local mean colours of object and background, each weighted by how much of a pixel it is."""
    import cv2

    side = (2 * radius + 1,) * 2
    share = cv2.blur(alpha, side)[..., None]
    mean_front = cv2.blur(front * alpha, side) / (share + 1e-5)
    mean_back = cv2.blur(back * (1 - alpha), side) / (1 - share + 1e-5)
    return mean_front.astype(np.float32), mean_back.astype(np.float32)


def _fuse(
    image: NDArray[np.float32],
    front: NDArray[np.float32],
    back: NDArray[np.float32],
    alpha: NDArray[np.float32],
    radius: int,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """One round of blur fusion: equation 5 of the paper."""
    mean_front, mean_back = _means(front, back, alpha, radius)
    better = mean_front + alpha * (image - alpha * mean_front - (1 - alpha) * mean_back)
    return np.clip(better, 0, 255), mean_back
