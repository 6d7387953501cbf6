"""How much one call may ask for, and the sentence about it, the same at every door: the codec and the values ask."""

from __future__ import annotations

from ..errors import PromptError

MAX_POINTS = 256
"""Points of one prompt: nobody clicks more often at one object, and a decoder's cost grows with the square of them."""

MAX_BOXES = 500
"""Boxes of a call, which are as many prompts; also objects of a photo."""

MAX_MASKS = 500
"""Masks of a call."""

MAX_MASK_PIXELS = 1 << 30
"""Pixels of all masks together that a call is handed or answers: a gigabyte."""

MAX_VERTICES = 5000
"""Points of one brush stroke or outline."""

MAX_JSON_DEPTH = 32
"""Lists and objects inside one another; what any form here has comes to 6."""

MAX_JSON_CONTAINERS = 5_000_000
"""Lists and objects of one JSON text. Each takes a hundred bytes and more in memory, and three in the text."""

MAX_JSON_VALUES = 40_000_000
"""Values of one JSON text, likewise."""

MAX_TEXT = 100_000
"""Characters of points or boxes as text."""


def check_points(count: int) -> None:
    """Refuse a prompt of too many points.

    Raises:
        PromptError: more than `MAX_POINTS`.
    """
    if count > MAX_POINTS:
        raise PromptError(f"points: at most {MAX_POINTS} for one object, got {count:,}. Drag a box around it instead.")


def check_boxes(count: int) -> None:
    """Refuse a call with too many boxes.

    Raises:
        PromptError: more than `MAX_BOXES`.
    """
    if count > MAX_BOXES:
        raise PromptError(f"boxes: at most {MAX_BOXES} in one call, got {count:,}. Send them in several calls.")


def check_masks(count: int, size_hw: tuple[int, int]) -> None:
    """Refuse more masks than fit into memory at once.

    Raises:
        PromptError: more than `MAX_MASKS`, or than `MAX_MASK_PIXELS` hold at this size.
    """
    pixels = max(1, size_hw[0] * size_hw[1])
    most = min(MAX_MASKS, max(1, MAX_MASK_PIXELS // pixels))
    if count > most:
        raise PromptError(
            f"masks: at most {most} of {size_hw[1]} x {size_hw[0]} pixels in one call, got {count:,}. Use fewer."
        )
