"""Prompts drawn from masks the way users give them: a click, a box, several clicks, a mask to correct."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

SLOTS = 8
"""Points that one prompt may carry in training, corners of the box counted."""


@dataclass(frozen=True, eq=False)
class Prompts:
    """P prompts in the decoder's layout.

    Attributes:
        coords: (P, SLOTS, 2) float32, x, y in pixels of the crop.
        labels: (P, SLOTS) int64: 1, 0, 2 and 3 for corners, -1 for an empty slot.
        mask_input: (P, 1, S/2, S/2) float32 logits, 0 where there is none.
        has_mask: (P,) float32, 1 or 0.
    """

    coords: NDArray[np.float32]
    labels: NDArray[np.int64]
    mask_input: NDArray[np.float32]
    has_mask: NDArray[np.float32]


def inner_point(mask: NDArray[np.bool_], random: np.random.Generator) -> NDArray[np.float32]:
    """A point of the mask: half the time its middle (farthest from the edge), else nearly anywhere."""
    distance = cv2.distanceTransform(np.pad(mask, 1).astype(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
    peak = distance.max()
    low = peak * (0.95 if random.random() < 0.5 else random.uniform(0, 0.6))
    rows, columns = np.nonzero((distance >= low) & mask)
    pick = random.integers(len(rows))
    return np.array([columns[pick] + 0.5, rows[pick] + 0.5], np.float32)


def outer_point(mask: NDArray[np.bool_], random: np.random.Generator) -> NDArray[np.float32] | None:
    """A background point near the mask, or None where the mask fills the crop."""
    reach = int(max(5, 0.35 * np.sqrt(mask.sum())))
    near = cv2.dilate(mask.astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0
    rows, columns = np.nonzero(near & ~mask)
    if not len(rows):
        return None
    pick = random.integers(len(rows))
    return np.array([columns[pick] + 0.5, rows[pick] + 0.5], np.float32)


def box_around(mask: NDArray[np.bool_], random: np.random.Generator) -> NDArray[np.float32]:
    """(4,) the tight box; every third with noise of 10% of its sides, at most 20 px (SAM paper, appendix A)."""
    rows, columns = np.nonzero(mask.any(1))[0], np.nonzero(mask.any(0))[0]
    box = np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], np.float32)
    sides = np.tile(box[2:] - box[:2], 2)
    spread = 0.1 if random.random() < 0.33 else 0.015
    noise = np.clip(random.normal(0, 1, 4) * sides * spread, -20, 20)
    noisy = box + noise.astype(np.float32)
    good = (noisy[2:] - noisy[:2] > 0.5 * sides[:2]).all()
    return np.clip(noisy if good else box, 0, mask.shape[0]).astype(np.float32)


def damaged(mask: NDArray[np.bool_], random: np.random.Generator) -> NDArray[np.float32]:
    """(S/2, S/2) logits of a mask somewhat like this one: grown or shrunk, a piece missing, a piece too many."""
    size = mask.shape[0] // 2
    soft = cv2.resize(mask.astype(np.float32), (size, size), interpolation=cv2.INTER_AREA)
    sigma = max(1.0, 0.08 * np.sqrt(soft.sum()))
    noise = cv2.GaussianBlur(random.normal(0, 1, (size, size)).astype(np.float32), (0, 0), 2 * sigma)
    field = noise / (noise.std() + 1e-6)
    blurred = cv2.GaussianBlur(soft, (0, 0), sigma * random.uniform(0.3, 1.5))
    logits = (blurred - 0.5 + random.uniform(-0.15, 0.15)) * random.uniform(6, 16) + field * random.uniform(0.3, 2)
    return logits.astype(np.float32)


def sample_prompts(masks: list[NDArray[np.bool_]], random: np.random.Generator) -> Prompts:
    """One prompt a mask: 45% a click, 35% a box, 20% several clicks, with or without a box or an earlier mask."""
    count, size = len(masks), masks[0].shape[0]
    coords = np.zeros((count, SLOTS, 2), np.float32)
    labels = np.full((count, SLOTS), -1, np.int64)
    mask_input = np.zeros((count, 1, size // 2, size // 2), np.float32)
    has_mask = np.zeros(count, np.float32)
    for i, mask in enumerate(masks):
        kind = random.random()
        points: list[tuple[NDArray[np.float32], int]] = []
        if kind < 0.45 or kind >= 0.8:
            points.append((inner_point(mask, random), 1))
        if 0.45 <= kind < 0.8 or kind >= 0.93:
            box = box_around(mask, random)
            points += [(box[:2], 2), (box[2:], 3)]
        if kind >= 0.8:
            for _ in range(random.integers(0, 3)):
                points.append((inner_point(mask, random), 1))
            for _ in range(random.integers(0, 3)):
                outer = outer_point(mask, random)
                if outer is not None:
                    points.append((outer, 0))
            if random.random() < 0.5:
                mask_input[i, 0], has_mask[i] = damaged(mask, random), 1
        for slot, (xy, label) in enumerate(points[:SLOTS]):
            coords[i, slot], labels[i, slot] = xy, label
    return Prompts(coords, labels, mask_input, has_mask)
