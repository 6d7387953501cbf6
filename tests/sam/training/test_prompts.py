"""Prompts drawn from masks."""

from __future__ import annotations

import numpy as np
import pytest

from sam.training.prompts import SLOTS, box_around, damaged, inner_point, outer_point, sample_prompts


@pytest.fixture
def mask() -> np.ndarray:
    """A ring with a hole: its centroid is not part of it."""
    rows, columns = np.ogrid[:128, :128]
    squared = (rows - 60) ** 2 + (columns - 70) ** 2
    return (squared < 40**2) & (squared > 20**2)


@pytest.mark.parametrize("seed", range(20))
def test_points_lie_where_they_say(mask: np.ndarray, seed: int) -> None:
    random = np.random.default_rng(seed)
    x, y = inner_point(mask, random)
    assert mask[int(y), int(x)]
    outer = outer_point(mask, random)
    assert outer is not None
    assert not mask[int(outer[1]), int(outer[0])]


def test_a_full_mask_has_no_background_point() -> None:
    assert outer_point(np.ones((64, 64), bool), np.random.default_rng(0)) is None


@pytest.mark.parametrize("seed", range(20))
def test_boxes_are_near_the_mask_and_inside_the_crop(mask: np.ndarray, seed: int) -> None:
    box = box_around(mask, np.random.default_rng(seed))
    assert (box >= 0).all()
    assert (box <= 128).all()
    assert np.abs(box - [31, 21, 110, 100]).max() <= 20.5


def test_a_damaged_mask_is_like_the_mask_but_not_it(mask: np.ndarray) -> None:
    random = np.random.default_rng(1)
    small = mask[::2, ::2]
    ious = [(small & (d > 0)).sum() / (small | (d > 0)).sum() for d in (damaged(mask, random) for _ in range(20))]
    assert 0.35 < np.mean(ious) < 0.97


def test_prompts_come_in_all_kinds_and_agree_with_the_masks(mask: np.ndarray) -> None:
    prompts = sample_prompts([mask] * 200, np.random.default_rng(0))
    assert prompts.coords.shape == (200, SLOTS, 2)
    kinds = {tuple(sorted(set(row[row >= 0].tolist()))) for row in prompts.labels}
    assert {(1,), (2, 3), (0, 1)} <= kinds
    assert 0 < prompts.has_mask.mean() < 0.5
    for coords, labels in zip(prompts.coords, prompts.labels):
        for (x, y), label in zip(coords, labels):
            if label in (0, 1):
                assert mask[int(y), int(x)] == bool(label)
