"""What can be foretold is, what cannot fades to the trend; and nothing outside the hole moves."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from sam.inpainting import kriging
from sam.inpainting.kriging import krige


def grain(seed: int = 0, size: int = 160) -> np.ndarray:
    """Streaks along the rows: what lies left and right of a hole says much of what is in it."""
    noise = np.random.default_rng(seed).normal(0, 200, (size, size, 3)).astype(np.float32)
    return np.asarray(128 + cv2.GaussianBlur(noise, (0, 0), sigmaX=6, sigmaY=0.8), np.float32)


def block(box: tuple[int, int, int, int], size: int = 160) -> np.ndarray:
    x0, y0, x1, y1 = box
    hole = np.zeros((size, size), bool)
    hole[y0:y1, x0:x1] = True
    return hole


FLAT = np.full((160, 160, 3), 128, np.float32)


@pytest.mark.parametrize("seed", [0, 1])
def test_grain_runs_on_into_the_hole(seed):
    image, hole = grain(seed), block((70, 50, 82, 110))
    found = krige(image, FLAT, hole)
    assert np.square(found - image)[hole].mean() < 0.6 * np.square(FLAT - image)[hole].mean()
    assert (found[~hole] == image[~hole]).all()


def test_what_nothing_foretells_is_the_trend():
    image, hole = grain(), block((40, 40, 120, 120))
    trend = FLAT + np.linspace(-20, 20, 160, dtype=np.float32)[None, :, None]
    found = krige(image - FLAT + trend, trend, hole)
    assert np.abs(found - trend)[75:85, 75:85].mean() < 0.3 * np.abs(found - trend)[75:85, 40:44].mean()


def test_what_is_in_the_hole_does_not_matter():
    image, hole = grain(), block((60, 60, 90, 90))
    other = np.where(hole[..., None], np.float32(9000), image)
    assert (krige(image, FLAT, hole) == krige(other, FLAT, hole)).all()


def test_tiles_meet_without_a_seam(monkeypatch):
    image, hole = grain(), block((30, 30, 130, 130))
    whole = krige(image, FLAT, hole)
    monkeypatch.setattr(kriging, "_TILE", 30)
    tiled = krige(image, FLAT, hole)
    assert np.abs(tiled - whole).mean() < 0.1 * np.abs(whole - FLAT)[hole].mean()


@pytest.mark.parametrize(
    "hole",
    [np.ones((160, 160), bool), block((4, 4, 156, 156)), np.zeros((160, 160), bool)],
    ids=["everything", "all but a rim", "nothing"],
)
def test_too_little_to_learn_from_leaves_the_trend(hole):
    image = grain()
    assert (krige(image, FLAT, hole) == np.where(hole[..., None], FLAT, image)).all()


def test_a_picture_without_texture_stays_flat():
    hole = block((60, 60, 90, 90))
    assert np.abs(krige(FLAT.copy(), FLAT, hole) - FLAT).max() < 1e-3


@pytest.mark.parametrize("wave", [3.7, 7.3, 12.1])
def test_a_regular_pattern_neither_explodes_nor_is_lost(wave):
    """Its autoregression is all but singular: an unguarded solver runs away."""
    y, x = np.mgrid[:160, :160].astype(np.float32)
    image = FLAT + (60 * np.sign(np.sin(2 * np.pi * x / wave) + np.sin(2 * np.pi * y / wave)))[..., None]
    hole = block((50, 50, 110, 110))
    found = krige(image.astype(np.float32), FLAT, hole)
    assert np.abs(found - FLAT).max() < 150
    near = hole & ~block((53, 53, 107, 107))
    assert np.square(found - image)[near].mean() < 0.8 * np.square(FLAT - image)[near].mean()
