"""Erasing: what a mask covers is replaced by what could have been behind it; everything else stays bit for bit."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import PromptError
from ..images import check_image
from ..masks import dilate, feather
from ..options import spread
from ..runtime.leases import one_lease
from ..stopping import check_stopped
from ..types import Image
from .options import MAX_GROW, EraseOptions

THIN = 6
"""Holes at most this thick, in pixels, have nothing that patches would do better than a smooth filling."""
MAX_SHARE = 0.6
"""Share of the picture that a hole may cover: beyond it there is too little left to copy from."""
MAX_HOLE = 400_000
"""Pixels of a hole that patches are looked for at full size; for larger ones that happens on a coarser grid."""

_CONTEXT = 48
_SHARES = {"patches": 1.0, "tempered": 0.7, "blend": 0.5}
"""How much of the patches is taken, of "tempered" only as detail of large holes; that is what "auto" takes."""
_AROUND = 40
_TREND = 8.0
_TELEA, _TELEA_DEEP = 0.3, 30.0
_RUN_IN = 8.0
"""Of `_temper`, in pixels but for the share of Telea, which further in than that draws nothing but streaks: chosen on
ten textures and 42 random holes in photos, where neighbouring values differ little."""

Progress = Callable[[float, str], None]


@spread(EraseOptions)
def inpaint(image: Image, mask: ArrayLike, *, options: EraseOptions, progress: Progress | None = None) -> Image:
    """The image without what the mask covers.

    Args:
        image: (H, W, 3) uint8 RGB.
        mask: (H, W) bool of what goes.
        progress: told the fraction done; may raise to stop.

    Returns:
        (H, W, 3) uint8.

    Raises:
        ImageError, PromptError: not an image; a mask of another size, that is empty or too large; values out of range.
        ModelUnavailable: "lama" or "diffusion" without what they need.
    """
    return erase(image, mask, options, progress=progress)


def erase(image: Image, mask: ArrayLike, options: EraseOptions, *, progress: Progress | None = None) -> Image:
    """`inpaint` with its options as one value."""
    check_image(image)
    hole = check_hole(image, mask, options.grow)
    soften = options.soften
    wide = dilate(hole, soften) if soften else hole
    result = image.copy()
    windows = _windows(wide)
    parts = [(image[rows, columns], wide[rows, columns]) for rows, columns in windows]
    drawn = fill_parts(parts, options, progress=progress)
    for (rows, columns), (part, known), colors in zip(windows, parts, drawn, strict=True):
        # Half of the ring's width to both sides of its middle: 1 at the hole, 0 where the image must not change.
        weight = _ramp(hole[rows, columns], soften)[known][:, None]
        result[rows, columns][known] = np.round(colors * weight + part[known] * (1 - weight)).astype(np.uint8)
    return result


@one_lease(
    "diffusion",
    lambda parts, *args, **more: 30 * len(parts),
    lambda parts, options, **more: options.engine == "diffusion",
)
def fill_parts(
    parts: Sequence[tuple[Image, NDArray[np.bool_]]], options: EraseOptions, *, progress: Progress | None = None
) -> list[NDArray[np.uint8]]:
    """Colours for the holes of pieces of a photo: what a lent GPU is sent of it, and what comes back.

    Args:
        parts: (h, w, 3) uint8 with its hole, (h, w) bool.
        options: as of `erase`.
        progress: as of `inpaint`.

    Returns:
        (N, 3) uint8 of each, of its hole's pixels row by row.
    """
    found = []
    for index, (part, known) in enumerate(parts):

        def tell(fraction: float, message: str, index: int = index) -> None:
            check_stopped()
            if progress:
                progress((index + fraction) / len(parts), message)

        tell(0, "Looking around the hole")
        found.append(_fill(part, known, options, tell)[known])
    return found


def check_hole(image: Image, mask: ArrayLike, grow: int = 0) -> NDArray[np.bool_]:
    """The mask grown, when it can be filled.

    Raises:
        PromptError: it cannot; the sentence says why and what to do.
    """
    mask = np.asarray(mask)
    if mask.shape != image.shape[:2]:
        raise PromptError(f"mask: expected the size of the image, {image.shape[:2]}, got {mask.shape}.")
    if not 0 <= grow <= MAX_GROW:
        raise PromptError(f"grow: expected 0 to {MAX_GROW} pixels, got {grow}.")
    if not mask.any():
        raise PromptError("There is nothing to erase: click an object in the picture first, or select one.")
    hole = dilate(mask, grow) if grow else mask.astype(bool)
    share = np.count_nonzero(hole) / hole.size
    if share > MAX_SHARE:
        raise PromptError(
            f"The selection covers {share:.0%} of the picture, too much to fill it from the rest. "
            f"Select less than {MAX_SHARE:.0%}, or grow it less."
        )
    return hole


def _ramp(hole: NDArray[np.bool_], width: int) -> NDArray[np.float32]:
    """1 in the hole, falling to 0 at `width` pixels from it."""
    if not width:
        return hole.astype(np.float32)
    return feather(dilate(hole, width / 2), width / 2)


def _windows(hole: NDArray[np.bool_]) -> list[tuple[slice, slice]]:
    """Around each hole, with as much context on each side as the hole is large; holes near each other share one."""
    import cv2

    near = cv2.dilate(hole.astype(np.uint8), np.ones((2 * _CONTEXT + 1,) * 2, np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(near)
    windows = []
    height, width = hole.shape
    for label in range(1, count):
        x, y, w, h = (int(value) for value in stats[label, :4])
        margin = max(w, h) // 2
        top, left = max(0, y - margin), max(0, x - margin)
        windows.append((slice(top, min(height, y + h + margin)), slice(left, min(width, x + w + margin))))
    return windows


def _fill(image: Image, hole: NDArray[np.bool_], options: EraseOptions, tell: Progress) -> Image:
    """The image with its hole filled by one engine."""
    import cv2

    if options.engine == "diffusion":
        from ..backends.diffusion import fill_with_diffusion

        return fill_with_diffusion(
            image, hole, prompt=options.prompt, strength=options.strength, seed=options.seed, progress=tell
        )
    if not hole.any():
        return image
    code = hole.astype(np.uint8)
    engine: str = options.engine
    if engine == "auto":
        thick = 2 * cv2.distanceTransform(np.pad(code, 1), cv2.DIST_L2, 3).max()
        engine = "telea" if thick <= THIN else "tempered"
    if engine == "lama":
        from ..backends.lama import fill_with_lama

        return fill_with_lama(image, hole)
    if engine in _SHARES:
        filled = _fill_with_patches(image, hole, engine, options.seed, tell)
        if filled is not None:
            return filled
    if min(hole.shape) < 2:
        known = image[~hole]
        return np.where(hole[..., None], np.round(known.mean(0)).astype(np.uint8) if len(known) else image, image)
    how = cv2.INPAINT_NS if engine == "navier-stokes" else cv2.INPAINT_TELEA
    return np.asarray(cv2.inpaint(image, code, 5, how), np.uint8)


def _fill_with_patches(image: Image, hole: NDArray[np.bool_], engine: str, seed: int, tell: Progress) -> Image | None:
    """With patches of the image itself, a large hole on a coarser grid; None where there is nothing to copy from."""
    from .detail_transfer import add_detail, shrink
    from .patch_search import sources
    from .patchmatch import fill_and_trace

    factor = math.ceil((np.count_nonzero(hole) / MAX_HOLE) ** 0.5)
    small, coarse = shrink(image, hole, factor) if factor > 1 else (image, hole)
    if not sources(coarse).any():
        return None
    filled, came_from = fill_and_trace(small, coarse, seed, tell)
    if engine == "tempered":
        filled = _temper(small, coarse, filled)
    elif _SHARES[engine] < 1:
        filled = _soften(filled, coarse, 1 - _SHARES[engine])
    return filled if factor == 1 else add_detail(image, hole, filled, came_from, factor, _SHARES[engine])


def _soften(filled: Image, hole: NDArray[np.bool_], share: float) -> Image:
    """On the way, by `share`, from a filling to the membrane over the hole."""
    from .laplace import stretch_membrane

    film = stretch_membrane(filled.astype(np.float32), hole)
    mixed = np.round((1 - share) * filled + share * film)
    return np.where(hole[..., None], np.clip(mixed, 0, 255), filled).astype(np.uint8)


def _temper(image: Image, hole: NDArray[np.bool_], filled: Image) -> Image:
    """A filling that blurs texture it cannot predict: what can be predicted whole, what is a guess weaker.

    A guess at a texture, however good it looks, is further from what was there than no guess at all. At the rim the
    pixels around foretell the texture (`kriging`), deeper in they do not. There the patches' detail comes in:
    strong detail nearly whole and weak detail weakened (as in Wiener's filter), as the strong makes the texture.
    """
    import cv2

    from .kriging import krige

    known_rows, known_columns = np.flatnonzero(hole.any(1)), np.flatnonzero(hole.any(0))
    rows = slice(max(0, known_rows[0] - _AROUND), known_rows[-1] + 1 + _AROUND)
    columns = slice(max(0, known_columns[0] - _AROUND), known_columns[-1] + 1 + _AROUND)
    part, inside = image[rows, columns], hole[rows, columns]
    patches = filled[rows, columns].astype(np.float32)
    depth = cv2.distanceTransform(np.pad(inside, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    near = np.exp(-depth / _TELEA_DEEP)[..., None]
    smooth: Any = cv2.inpaint(part, inside.astype(np.uint8), 5, cv2.INPAINT_TELEA).astype(np.float32)
    trend: Any = cv2.GaussianBlur(patches + near / 2 * (smooth - patches), (0, 0), _TREND)
    sure = krige(part.astype(np.float32), trend, inside)
    sure += _TELEA * near * (smooth - sure)
    detail = patches - sure
    strength = np.sqrt((detail**2).mean(2))
    typical = float(np.sqrt((strength[inside] ** 2).mean()))
    share = strength / (strength + typical + 1e-6) * (1 - np.exp(-depth / _RUN_IN))
    result = filled.copy()
    mixed = np.clip(np.round(sure + share[..., None] * detail), 0, 255).astype(np.uint8)
    result[rows, columns] = np.where(inside[..., None], mixed, filled[rows, columns])
    return result
