"""Soft edges: from a mask to alpha and a cut-out, by closed-form matting or a network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, Protocol, get_args, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import PromptError
from ..images import check_image
from ..types import Cutout, Image
from .closed_form import REFINE_RADIUS, closed_form_alpha, guided_upsample
from .foreground import estimate_foreground
from .trimap import make_trimap, window_around

MAX_UNKNOWN = 100_000
"""Unknown pixels that are solved for at once: larger bands are solved on a coarser grid and refined at full size."""
MAX_CROP = 4_000_000
"""Pixels of the crop that are solved at full size."""

Matting = Literal["closed-form", "vitmatte-small", "vitmatte-base"]
"""closed-form: what is built in. The others are networks that must be downloaded."""

Progress = Callable[[float, str], None]


@runtime_checkable
class AlphaEstimator(Protocol):
    """A model that makes alpha from an image and its trimap."""

    name: str

    def estimate_alpha(
        self, image: Image, trimap: NDArray[np.uint8], progress: Progress | None = None
    ) -> NDArray[np.float32]:
        """(H, W) float32 in [0, 1]; exactly 0 and 1 where the trimap is sure. Arguments as `estimate_alpha`'s."""
        ...


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
    rows, columns = window_around(unknown, 4 * REFINE_RADIUS)
    crop, known = image[rows, columns], trimap[rows, columns]
    if engine != "closed-form":
        from ..models.registry import load_model

        tell(0.05, f"Loading {engine}")
        network = load_model(engine, AlphaEstimator)
        found = network.estimate_alpha(crop, known, lambda part, words: tell(0.1 + 0.7 * part, words))
        alpha[rows, columns] = found
        return alpha
    scale = min(1.0, (MAX_UNKNOWN / count) ** 0.5, (MAX_CROP / known.size) ** 0.5)
    tell(0.1, "Looking at the edge")
    if scale == 1:
        solved = closed_form_alpha(crop, known)
    else:
        size = max(3, round(crop.shape[1] * scale)), max(3, round(crop.shape[0] * scale))
        small: Any = cv2.resize(crop, size, interpolation=cv2.INTER_AREA)
        # A coarse pixel is sure only where all that it covers is.
        front, back = (
            cv2.resize((known == value).astype(np.float32), size, interpolation=cv2.INTER_AREA) for value in (255, 0)
        )
        low = np.where(front > 0.999, 255, np.where(back > 0.999, 0, 128)).astype(np.uint8)
        coarse = closed_form_alpha(small, low)
        tell(0.6, "Refining at full size")
        solved = guided_upsample(small, coarse, crop)
    band = known == 128
    alpha[rows, columns][band] = np.clip(solved, 0, 1)[band]
    return alpha


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
