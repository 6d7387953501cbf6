"""The interface for finding a photo's main subject without a prompt."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .masks import drop_islands, fill_holes, logits_to_masks
from .types import Embedding, Image, Masks

MIN_SCORE = 0.3
"""Confidence, an expected IoU, below which nothing stands out. Kept after a look at training photos (nano's card)."""
SPECK = 0.02
"""Islands and holes smaller than this share of the subject are noise of a small model."""


@runtime_checkable
class SubjectFinder(Protocol):
    """A model that finds what a photo is of."""

    name: str

    def find_subject(self, image: Image | Embedding) -> Masks:
        """The main subject: one mask, its score the confidence in [0, 1] that this is it; N=0 where nothing stands out.

        Args:
            image: (H, W, 3) uint8 RGB, or its embedding, so that an image is encoded once for all that is done with it.

        Raises:
            ImageError: not such an array.
            ModelUnavailable: the embedding is another model's.
        """
        ...


def subject_masks(logits: ArrayLike, score: float, embedding: Embedding, min_score: float = MIN_SCORE) -> Masks:
    """A head's answer as masks of the image, N=1 or 0.

    Args:
        logits: (1, h, w) float32 of the model's padded square input.
        score: confidence in [0, 1].
        embedding: says how the image lies in that square.
        min_score: below it the answer is N=0.
    """
    if not score >= min_score:
        return Masks.empty(embedding.size_hw)
    low = np.asarray(logits, np.float32)
    mask = tidy(logits_to_masks(low, embedding)[0])
    if not mask.any():
        return Masks.empty(embedding.size_hw)
    return Masks(mask[None], np.array([min(1.0, score)], np.float32), low)


def tidy(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(H, W) bool without specks: small islands go, small holes are filled; several large parts all stay."""
    speck = SPECK * np.count_nonzero(mask)
    if speck < 1:
        return mask
    return fill_holes(drop_islands(mask, speck), speck)
