"""Shadows in a cut-out's own transparency."""

from __future__ import annotations

import numpy as np
import pytest

from plugins.cutout import matte
from plugins.cutout.shadow import keep_shadow, with_shadow
from sam import Masks
from sam.compositing.backgrounds import lay_over
from sam.compositing.shadows import measure_shadow


def test_a_shadow_in_the_transparency_looks_like_a_drawn_one(image, masks):
    cutout = matte(image, masks)
    white = np.full_like(image, 255)
    drawn = lay_over(cutout, white, 0.6).astype(int)
    carried = lay_over(with_shadow(cutout, 0.6), white).astype(int)
    assert np.abs(drawn - carried).max() <= 3


def test_the_objects_own_shadow_is_kept_when_asked():
    y, x = np.mgrid[:120, :160]
    mask = np.hypot(x - 60, y - 60) < 20
    photo = np.full((120, 160, 3), 200, np.uint8)
    photo[60:80, 60:100] = 120
    photo[mask] = (30, 90, 200)
    cutout = matte(photo, Masks(mask))
    kept = keep_shadow(cutout, measure_shadow(photo, mask))
    assert kept[70, 90, 3] == pytest.approx(0.4 * 255, abs=30)
    assert (kept[70, 90, :3] == 0).all()
    assert kept[20, 140, 3] == 0
    assert (kept[60, 60] == cutout[60, 60]).all()
    shown = lay_over(kept, np.full_like(photo, 200))[70, 90]
    assert np.abs(shown.astype(int) - 120).max() < 25
