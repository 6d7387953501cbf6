"""Closed-form matting on pictures whose answer can be told."""

from __future__ import annotations

import numpy as np

from sam.matting import estimate_alpha, make_trimap


def disc(radius: float, size: int = 80) -> np.ndarray:
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    return np.hypot(x, y) <= radius


def test_a_flat_picture_has_an_alpha_between_the_sure_parts():
    alpha = estimate_alpha(np.full((60, 60, 3), 90, np.uint8), make_trimap(disc(15, 60), 6))
    assert np.isfinite(alpha).all()
    assert 0 < alpha[30, 15] < 1 or alpha[30, 15] in (0, 1)


def test_strong_contrast_along_one_line_of_colours_can_be_solved():
    """Nine such colours have a covariance that is singular but for epsilon, which float32 loses beside them."""
    light = np.random.default_rng(0).integers(0, 240, (160, 160, 1))
    image = np.add(light, [2, 12, 0]).astype(np.uint8)
    alpha = estimate_alpha(image, make_trimap(disc(50, 160), 20))
    assert np.isfinite(alpha).all()
    assert (alpha[80, 80], alpha[0, 0]) == (1, 0)
