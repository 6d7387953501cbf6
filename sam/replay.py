"""Decode objects anew with another model, from the prompts that they were made from, and compare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import rle as run_lengths
from .boxes import masks_to_boxes
from .clicks import decode_in_turn
from .errors import PromptError
from .io.prompts import read_prompt
from .masks import logits_to_masks
from .rle import Rle
from .segmenter import Segmenter
from .stopping import check_stopped
from .types import Embedding, Prompt

PROMPTS, BOX = "prompts", "box"


@dataclass(frozen=True)
class Replayed:
    """An object's mask by another model.

    Attributes:
        key: of the object, as it was given.
        by: "prompts", or "box" where it has none and its box stood for them.
        iou: of the old mask and the new one, in [0, 1].
        rle: the new mask; None where it would be empty.
        area: its pixels.
        box: tight half-open xyxy; zeros where it is empty.
        score: what the new model predicts as its IoU.
    """

    key: str
    by: str
    iou: float
    rle: Rle | None
    area: int
    box: tuple[float, float, float, float]
    score: float


def prompt_of(prompts: Mapping[str, Any]) -> Prompt | None:
    """What an object was made from; None where that is not known, or cannot be said to a model."""
    if not prompts.get("points") and not prompts.get("box"):
        return None
    try:
        return read_prompt(prompts)
    except PromptError:
        return None


def replay(
    model: Segmenter,
    embedding: Embedding,
    objects: Iterable[tuple[str, Mapping[str, Any], Mapping[str, Any]]],
    *,
    boxes: bool = False,
) -> Iterator[Replayed]:
    """Each object's mask by a model, one after the other; those without prompts are left out.

    Clicks are taken in turn, as they were made. Of several masks for one click the one most like the old one counts:
    it says which of part and whole was meant.

    Args:
        model: that decodes.
        embedding: of the photo, by that model.
        objects: (key, prompts as JSON, mask as RLE) each.
        boxes: those without prompts are decoded from the box of their mask.

    Raises:
        PromptError: prompts outside of the photo, or a mask of another size.
        Cancelled: see `sam.stopping`.
    """
    for key, prompts, code in objects:
        check_stopped()
        prompt, by = prompt_of(prompts), PROMPTS
        if prompt is None and boxes:
            old = run_lengths.decode(code)
            if old.any():
                prompt, by = Prompt.of(boxes=masks_to_boxes(old[None])), BOX
        if prompt is not None:
            yield _decoded(model, embedding, key, by, prompt, code)


def _decoded(
    model: Segmenter, embedding: Embedding, key: str, by: str, prompt: Prompt, code: Mapping[str, Any]
) -> Replayed:
    logits, scores = decode_in_turn(model, embedding, prompt)
    masks = logits_to_masks(logits, embedding)
    codes = [run_lengths.encode(mask) for mask in masks]
    likeness = run_lengths.iou([code], codes)[0]
    best = int(np.argmax(likeness))
    mask = masks[best]
    area = int(mask.sum())
    if not area:
        return Replayed(key, by, 0.0, None, 0, (0, 0, 0, 0), 0.0)
    x0, y0, x1, y1 = (float(side) for side in masks_to_boxes(mask[None])[0])
    score = float(np.clip(scores[best], 0, 1))
    return Replayed(key, by, float(likeness[best]), codes[best], area, (x0, y0, x1, y1), score)
