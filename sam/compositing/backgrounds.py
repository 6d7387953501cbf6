"""Backgrounds for a cut-out: colour, blur, gradient or another picture, with the object laid over it."""

from __future__ import annotations

import re
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ..errors import PromptError
from ..types import Cutout, Image

Backdrop = Literal["white", "black", "colour", "gradient", "blur", "checker"]
"""Backgrounds that need no second picture."""

_WORK_PIXELS = 2_000_000


def read_colour(text: str) -> tuple[int, int, int]:
    """RGB from "#rrggbb", "#rgb", or "rgb(r, g, b)" / "rgba(r, g, b, a)" as colour pickers write them.

    Raises:
        PromptError: anything else.
    """
    text = str(text).strip().lower()
    if match := re.fullmatch(r"#([0-9a-f]{3}|[0-9a-f]{6})", text):
        digits = match[1] if len(match[1]) == 6 else "".join(2 * digit for digit in match[1])
        return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)
    if match := re.fullmatch(r"rgba?\(([\d.]+),\s*([\d.]+),\s*([\d.]+)(?:,\s*[\d.]+)?\)", text):
        red, green, blue = (round(float(part)) for part in match.groups())
        if max(red, green, blue) <= 255:
            return red, green, blue
    raise PromptError(f"colour: expected #rrggbb, such as #1e90ff, got {text[:40]!r}.")


def make_backdrop(image: Image, kind: str = "white", colour: str = "#ffffff", blur: float = 3.0) -> Image:
    """A background of the image's size.

    Args:
        image: (H, W, 3) uint8 RGB; gives the size, and for "blur" what is blurred.
        kind: one of `Backdrop`; "gradient" runs from `colour` at the top to half as bright at the bottom.
        colour: "#rrggbb", for "colour" and "gradient".
        blur: sigma in per cent of the image's longer side, above 0, at most 20.

    Returns:
        (H, W, 3) uint8.

    Raises:
        PromptError: unknown kind, or a value out of range.
    """
    height, width = image.shape[:2]
    if kind not in get_args(Backdrop):
        raise PromptError(f"background: expected one of {', '.join(get_args(Backdrop))}, got {kind!r}.")
    if kind == "blur":
        return blurred(image, blur)
    if kind == "checker":
        cell = max(4, max(height, width) // 64)
        odd = (np.arange(height)[:, None] // cell + np.arange(width) // cell) % 2
        return np.repeat(np.where(odd, np.uint8(238), np.uint8(188))[..., None], 3, axis=2)
    rgb = {"white": (255, 255, 255), "black": (0, 0, 0)}.get(kind) or read_colour(colour)
    full = np.empty((height, width, 3), np.uint8)
    full[:] = rgb
    if kind == "gradient":
        fall = np.linspace(1, 0.5, height)[:, None, None]
        full[:] = np.round(np.asarray(rgb) * fall).astype(np.uint8)
    return full


def blurred(image: Image, percent: float) -> Image:
    """The image out of focus; sigma in per cent of its longer side. Large images are blurred at a smaller size.

    Raises:
        PromptError: not above 0, or more than 20.
    """
    import cv2

    if not 0 < percent <= 20:
        raise PromptError(f"blur: expected more than 0 and at most 20 per cent of the picture, got {percent:g}.")
    height, width = image.shape[:2]
    sigma = max(0.3, percent / 100 * max(height, width))
    # What a wide blur leaves has no detail that a smaller picture would lose.
    scale = min(1.0, 4 / sigma, 1.0)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma * scale)
    full = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(full, np.uint8).reshape(height, width, 3)


def cover(picture: Image, size_hw: tuple[int, int]) -> Image:
    """A picture scaled to cover a size, its middle kept."""
    import cv2

    height, width = size_hw
    scale = max(height / picture.shape[0], width / picture.shape[1])
    size = max(width, round(picture.shape[1] * scale)), max(height, round(picture.shape[0] * scale))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    large = np.asarray(cv2.resize(picture, size, interpolation=how), np.uint8).reshape(size[1], size[0], 3)
    top, left = (size[1] - height) // 2, (size[0] - width) // 2
    return np.ascontiguousarray(large[top : top + height, left : left + width])


def lay_over(cutout: Cutout, backdrop: Image, shadow: float = 0.0) -> Image:
    """The cut-out over a background, with a drawn soft shadow below and to the right of it if wanted.

    Args:
        cutout: (H, W, 4) uint8 RGBA, not premultiplied.
        backdrop: (H, W, 3) uint8.
        shadow: how dark, 0 (none) to 1.

    Returns:
        (H, W, 3) uint8; exactly the cut-out's colours where it is opaque.

    Raises:
        PromptError: sizes that differ, or a shadow out of range.
    """
    if cutout.shape[:2] != backdrop.shape[:2]:
        raise PromptError(f"background: expected the cut-out's size, {cutout.shape[:2]}, got {backdrop.shape[:2]}.")
    if not 0 <= shadow <= 1:
        raise PromptError(f"shadow: expected 0 (none) to 1 (black), got {shadow:g}.")
    fall = _shadow(cutout[..., 3]) * shadow if shadow else None
    result = np.empty_like(backdrop)
    # In strips: a large photo in floats would take gigabytes.
    step = max(1, _WORK_PIXELS // max(1, backdrop.shape[1]))
    for top in range(0, len(backdrop), step):
        rows = slice(top, top + step)
        behind = backdrop[rows].astype(np.float32)
        if fall is not None:
            behind *= 1 - fall[rows, :, None]
        alpha = cutout[rows, :, 3:].astype(np.float32) / 255
        result[rows] = np.round(alpha * cutout[rows, :, :3] + (1 - alpha) * behind)
    return result


def _shadow(alpha: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(H, W) in [0, 1]: the object's outline, moved by 2% of the object's size and blurred by as much."""
    import cv2

    size = max(1.0, 0.02 * np.count_nonzero(alpha) ** 0.5)
    move = np.array([[1, 0, size], [0, 1, size]], np.float32)
    moved = cv2.warpAffine(alpha, move, (alpha.shape[1], alpha.shape[0]))
    fall: NDArray[np.float32] = np.asarray(cv2.GaussianBlur(moved, (0, 0), size), np.float32) / np.float32(255)
    return fall.reshape(alpha.shape)
