"""The film meets its border, has no bumps, and carries a slope across the hole."""

from __future__ import annotations

import numpy as np
import pytest

from sam.inpainting import laplace
from sam.inpainting.laplace import stretch_membrane


def slope(size: int = 60) -> np.ndarray:
    y, x = np.mgrid[:size, :size].astype(np.float32)
    return np.dstack([2 * x, 3 * y, x + y])


@pytest.mark.parametrize("exact", [4000, 100])
def test_a_slope_goes_on(monkeypatch, exact):
    monkeypatch.setattr(laplace, "_EXACT", exact)
    truth, hole = slope(), np.zeros((60, 60), bool)
    hole[15:45, 20:50] = True
    holed = np.where(hole[..., None], np.float32(500), truth)
    film = stretch_membrane(holed, hole)
    assert (film[~hole] == truth[~hole]).all()
    assert np.abs(film - truth).max() < (0.01 if exact > 900 else 6)


def test_nothing_lies_beyond_what_is_around():
    rng = np.random.default_rng(0)
    image = rng.uniform(50, 90, (40, 40, 3)).astype(np.float32)
    hole = np.zeros((40, 40), bool)
    hole[5:30, 0:25] = True
    film = stretch_membrane(image, hole)
    assert film.min() > 49.9
    assert film.max() < 90.1


@pytest.mark.parametrize("value", [True, False])
def test_without_hole_or_border_the_image_stays(value):
    image = slope(8)
    assert (stretch_membrane(image, np.full((8, 8), value)) == image).all()
