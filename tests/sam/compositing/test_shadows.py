"""A drawn shadow is found and measured; stripes, other things and nothing at all are not taken for one."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from sam import PromptError
from sam.compositing.shadows import find_shadow, measure_shadow


def scene(darkness: float, size_hw: tuple[int, int] = (240, 300)) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A red disc on sand with noise, and a soft shadow right of it; (image, mask, light that the shadow takes)."""
    y, x = np.mgrid[: size_hw[0], : size_hw[1]]
    mask = np.hypot(x - 130, y - 110) < 35
    cast = cv2.GaussianBlur((np.hypot((x - 165) / 1.5, y - 128) < 24).astype(np.float32), (0, 0), 4) * darkness
    ground = np.array([190, 170, 130]) + 0.1 * (x - 150)[..., None]
    picture = ground * (1 - cast[..., None]) + np.random.default_rng(0).normal(0, 4, (*size_hw, 1))
    picture[mask] = (200, 30, 30)
    return np.clip(picture, 0, 255).astype(np.uint8), mask, np.where(mask, 0, cast)


@pytest.mark.parametrize("darkness", [0.3, 0.6])
def test_a_shadow_is_found_and_measured(darkness):
    image, mask, truth = scene(darkness)
    found = measure_shadow(image, mask)
    core = truth > 0.8 * darkness
    assert np.abs(found[core] - truth[core]).mean() < 0.1
    shadow = find_shadow(image, mask)
    assert shadow[core].mean() > 0.95
    assert shadow[(truth < 0.01) & ~mask].mean() < 0.03
    assert not shadow[mask].any()


def test_without_shadow_nothing_is_found():
    image, mask, _ = scene(0.0)
    assert find_shadow(image, mask).mean() < 0.01


def test_a_dark_thing_of_another_colour_is_no_shadow():
    image, mask, _ = scene(0.0)
    image[90:140, 170:200] = (30, 30, 160)
    assert not find_shadow(image, mask)[95:135, 175:195].any()


@pytest.mark.parametrize("value", [True, False])
def test_nothing_or_everything_has_none(value):
    image, _, _ = scene(0.5)
    assert not find_shadow(image, np.full((240, 300), value)).any()


def test_a_mask_of_another_size_is_refused():
    with pytest.raises(PromptError, match="size of the image"):
        find_shadow(np.zeros((9, 9, 3), np.uint8), np.ones((3, 3), bool))
