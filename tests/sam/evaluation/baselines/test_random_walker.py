"""The random walker on scenes with a known answer."""

from __future__ import annotations

import numpy as np
import pytest

from sam.evaluation.baselines import random_walker
from sam.evaluation.measures import mask_iou


def scene(size_hw: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(image, mask, click, box) of a noisy red disk on noisy green."""
    height, width = size_hw
    random = np.random.default_rng(0)
    rows, columns = np.ogrid[:height, :width]
    radius = min(size_hw) / 4
    mask = (rows + 0.5 - height / 2) ** 2 + (columns + 0.5 - width / 2) ** 2 < radius**2
    image = np.where(mask[..., None], (190, 50, 40), (60, 130, 60)) + random.normal(0, 8, (height, width, 3))
    y, x = np.nonzero(mask)
    box = np.array([x.min(), y.min(), x.max() + 1, y.max() + 1], np.float32)
    return np.clip(image, 0, 255).astype(np.uint8), mask, np.array([width / 2, height / 2], np.float32), box


@pytest.mark.parametrize("size_hw", [(120, 160), (400, 300)])
def test_it_finds_a_disk(size_hw):
    image, mask, click, box = scene(size_hw)
    assert mask_iou(random_walker.walk_from_box(image, box), mask) > 0.93
    assert mask_iou(random_walker.walk_from_click(image, click), mask) > 0.93


def test_a_box_bounds_the_answer_and_only_its_surroundings_matter():
    image, _, _, box = scene((120, 160))
    found = random_walker.walk_from_box(image, box)
    _, y0, x1, _ = box.astype(int)
    assert not found[:y0].any()
    assert not found[:, x1:].any()
    far = image.copy()
    far[:10], far[:, -10:] = 0, 255
    np.testing.assert_array_equal(random_walker.walk_from_box(far, box), found)


@pytest.mark.parametrize("box", [(0, 0, 160, 120), (5, 5, 7, 7), (5, 5, 6, 50)])
def test_a_box_that_leaves_nothing_to_decide_is_filled(box):
    image = scene((120, 160))[0]
    filled = np.zeros((120, 160), bool)
    filled[box[1] : box[3], box[0] : box[2]] = True
    np.testing.assert_array_equal(random_walker.walk_from_box(image, np.array(box, np.float32)), filled)


@pytest.mark.parametrize("click", [(0.5, 0.5), (159.5, 119.5), (80, 0.5), (3, 117)])
def test_a_click_at_the_border_still_has_background_elsewhere(click):
    found = random_walker.walk_from_click(scene((120, 160))[0], np.array(click, np.float32))
    assert found[int(click[1]), int(click[0])]
    assert not found.all()


@pytest.mark.parametrize("size_hw", [(1, 1), (1, 30), (3, 3)])
def test_tiny_images(size_hw):
    image = np.full((*size_hw, 3), 90, np.uint8)
    found = random_walker.walk_from_click(image, np.array([0.5, 0.5], np.float32))
    assert found.shape == size_hw
    assert found[0, 0]
