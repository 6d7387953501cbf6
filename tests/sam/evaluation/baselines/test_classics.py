"""Segmentation without weights, on scenes with a known answer."""

from __future__ import annotations

import numpy as np
import pytest

from sam.evaluation.baselines import classics
from sam.evaluation.measures import best_iou, mask_iou


@pytest.fixture(scope="module")
def scene() -> tuple[np.ndarray, np.ndarray]:
    """A red disk on green grass, both noisy."""
    random = np.random.default_rng(0)
    rows, columns = np.ogrid[:120, :160]
    mask = (rows - 60) ** 2 + (columns - 70) ** 2 < 30**2
    image = np.where(mask[..., None], (190, 50, 40), (60, 130, 60)) + random.normal(0, 8, (120, 160, 3))
    return np.clip(image, 0, 255).astype(np.uint8), mask


def test_disks_have_the_stated_areas_and_hold_the_click() -> None:
    disks = classics.disks((200, 300), np.array([150.5, 100.5], np.float32))
    assert [round(disk.sum() / disk.size, 3) for disk in disks] == list(classics.DISK_AREAS)
    assert all(disk[100, 150] for disk in disks)


def test_a_region_is_the_object_under_the_click(scene: tuple[np.ndarray, np.ndarray]) -> None:
    image, mask = scene
    found = classics.regions(classics.region_maps(image), np.array([70.5, 60.5], np.float32))
    assert best_iou(found, mask) > 0.9


def test_grabcut_beats_the_filled_box_on_a_disk(scene: tuple[np.ndarray, np.ndarray]) -> None:
    image, mask = scene
    box = np.array([40, 30, 101, 91], np.float32)
    assert mask_iou(classics.grabcut(image, box), mask) > 0.95 > mask_iou(classics.filled_box((120, 160), box), mask)


@pytest.mark.parametrize("box", [(0, 0, 160, 120), (5, 5, 6, 6)])
def test_grabcut_falls_back_where_it_cannot_work(scene: tuple[np.ndarray, np.ndarray], box: tuple[int, ...]) -> None:
    box_array = np.array(box, np.float32)
    expected = classics.filled_box((120, 160), box_array)
    assert (classics.grabcut(scene[0], box_array) == expected).all()
