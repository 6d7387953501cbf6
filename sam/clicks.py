"""Clicks predicted one after another, as people make them: each sees the mask of those before."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .boxes import masks_to_boxes
from .masks import logits_to_masks
from .segmenter import Segmenter
from .types import Embedding, Masks, Points, Prompt

MOST_PARTS = 4
SMALL_PART = 0.05
"""Share of a mask's area below which a part of it gets no click."""
MOST_TURNS = 8
"""Turns that are replayed; the clicks before them are given at once, so that a hundred do not take a hundred turns."""


def turns(prompt: Prompt) -> list[Prompt]:
    """The prompts that lead to this one: the box or the first click, then a click more each time.

    A prompt with a mask input, or with nothing to add, is its own only turn.
    """
    points = prompt.points
    if points is None or prompt.mask_input is not None:
        return [prompt]
    first = 0 if prompt.box is not None else 1
    first = max(first, len(points) - MOST_TURNS + 1)
    counts = range(first, len(points) + 1)
    some = [points if count == len(points) else Points(points.xy[:count], points.labels[:count]) for count in counts]
    return [Prompt(part if len(part) else None, prompt.box, None, prompt.multimask_output) for part in some]


def decode_in_turn(
    model: Segmenter, embedding: Embedding, prompt: Prompt
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """As `Segmenter.decode` for one prompt, with each turn's best logits as the next turn's mask input.

    This is how SAM is trained and evaluated with several clicks (paper, sections 3 and D.1). The same prompt always
    gets the same answer: nothing is kept between calls.

    Raises:
        PromptError, ModelUnavailable: as `Segmenter.predict`.
    """
    model.check(embedding, [prompt])
    logits, scores = np.empty((0, 0, 0), np.float32), np.empty(0, np.float32)
    for number, turn in enumerate(turns(prompt)):
        seen = Prompt(turn.points, turn.box, logits[0], turn.multimask_output) if number else turn
        logits, scores = model.decode(embedding, [seen])[0]
    return logits, scores


def predict_in_turn(model: Segmenter, embedding: Embedding, prompt: Prompt) -> Masks:
    """As `Segmenter.predict`, clicks taken in turn; see `decode_in_turn`."""
    logits, scores = decode_in_turn(model, embedding, prompt)
    return Masks(logits_to_masks(logits, embedding), np.clip(scores, 0, 1), logits)


def clicks_inside(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Clicks that stand for a mask: the place deepest inside each of its large parts, `MOST_PARTS` at most.

    A decoder takes clicks more seriously than a mask, and what holds none of them may be tidied away.

    Args:
        mask: (H, W) bool.

    Returns:
        (N, 2) x, y in pixels, the largest part first; N = 0 for an empty mask.
    """
    import cv2

    x0, y0, x1, y1 = masks_to_boxes(mask[None])[0].astype(int)
    part = mask[y0:y1, x0:x1].view(np.uint8)
    if not part.size:
        return np.empty((0, 2), np.float32)
    depth = cv2.distanceTransform(np.pad(part, 1), cv2.DIST_L2, 3)[1:-1, 1:-1]
    _, parts, stats, _ = cv2.connectedComponentsWithStats(part)
    largest = 1 + np.argsort(-stats[1:, cv2.CC_STAT_AREA], kind="stable")[:MOST_PARTS]
    found = []
    for number in largest:
        if stats[number, cv2.CC_STAT_AREA] < SMALL_PART * part.sum():
            continue
        y, x = np.unravel_index(np.argmax(np.where(parts == number, depth, 0)), depth.shape)
        found.append([x0 + int(x) + 0.5, y0 + int(y) + 0.5])
    return np.array(found, np.float32)
