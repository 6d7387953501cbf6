"""KNN matting finds a soft edge, also where the background shows through a hole that closed form cannot reach."""

from __future__ import annotations

import numpy as np
import pytest

from sam.matting.closed_form import estimate_alpha
from sam.matting.knn import knn_alpha


@pytest.fixture(scope="module")
def scene():
    """A soft red disc over green with a little noise, and a hole in it that the trimap leaves open."""
    y, x = np.mgrid[:70, :70]
    alpha = np.clip((24 - np.hypot(y - 35, x - 35)) / 6 + 0.5, 0, 1)
    alpha *= np.clip((np.hypot(y - 35, x - 35) - 5) / 2 + 0.5, 0, 1)
    rng = np.random.default_rng(0)
    image = alpha[..., None] * (200, 40, 40) + (1 - alpha[..., None]) * (30, 160, 60) + rng.normal(0, 3, (70, 70, 3))
    trimap = np.full((70, 70), 128, np.uint8)
    radius = np.hypot(y - 35, x - 35)
    trimap[radius > 32] = 0
    trimap[(radius > 13) & (radius < 17)] = 255
    return np.clip(image, 0, 255).astype(np.uint8), trimap, alpha


def test_it_is_near_the_truth_and_sees_through_the_hole(scene):
    image, trimap, truth = scene
    alpha = knn_alpha(image, trimap)
    binary = np.abs((truth > 0.5) - truth).sum()
    assert np.abs(alpha - truth).sum() < binary
    inside = np.hypot(*(np.mgrid[:70, :70] - 35)) < 3
    assert alpha[inside].max() < 0.3
    assert estimate_alpha(image, trimap)[inside].min() > 0.5, "closed form has no known background in the hole"


def test_sure_pixels_stay(scene):
    image, trimap, _ = scene
    alpha = knn_alpha(image, trimap)
    assert (alpha[trimap == 255] == 1).all()
    assert (alpha[trimap == 0] == 0).all()
    assert alpha.dtype == np.float32


@pytest.mark.parametrize(("value", "expected"), [(255, 1), (0, 0)])
def test_with_one_side_only_the_rest_is_that_side(value, expected):
    trimap = np.full((9, 9), 128, np.uint8)
    trimap[0] = value
    assert (knn_alpha(np.zeros((9, 9, 3), np.uint8), trimap) == expected).all()


def test_estimate_alpha_offers_it(scene):
    image, trimap, _ = scene
    assert np.array_equal(estimate_alpha(image, trimap, engine="knn"), knn_alpha(image, trimap))
