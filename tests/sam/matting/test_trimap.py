"""Trimaps: sure inside, sure outside, unknown between."""

from __future__ import annotations

import numpy as np
import pytest

from sam import PromptError
from sam.matting import auto_band, make_trimap


def disc(radius: float, size: int = 80) -> np.ndarray:
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    return np.hypot(x, y) <= radius


@pytest.mark.parametrize("band", [1, 3, 8])
def test_a_trimap_is_unknown_within_the_band_and_sure_beyond(band):
    mask = disc(25)
    trimap = make_trimap(mask, band)
    y, x = np.mgrid[:80, :80] - 39.5
    off = np.hypot(x, y) - 25
    assert set(np.unique(trimap)) == {0, 128, 255}
    assert (trimap[off < -band - 1.5] == 255).all()
    assert (trimap[off > band + 1.5] == 0).all()
    assert (trimap[np.abs(off) < band - 0.5] == 128).all()


def test_a_wider_band_knows_less_and_thin_parts_keep_their_middle():
    mask = disc(25)
    counts = [(make_trimap(mask, band) == 128).sum() for band in (2, 5, 10, 20)]
    assert counts == sorted(counts)
    assert len(set(counts)) == 4
    thin = np.zeros((40, 60), bool)
    thin[20:23, 5:55] = True
    assert (make_trimap(thin, 15)[21, 10:50] == 255).all()
    speck = np.zeros((9, 9), bool)
    speck[4, 4] = True
    assert make_trimap(speck)[4, 4] == 255


def test_the_border_of_the_image_is_no_edge_of_the_object():
    mask = np.zeros((40, 40), bool)
    mask[20:] = True
    trimap = make_trimap(mask, 5)
    assert (trimap[-1] == 255).all()
    assert (trimap[30:, [0, -1]] == 255).all()


@pytest.mark.parametrize(("value", "sure"), [(True, 255), (False, 0)])
def test_full_and_empty_masks_have_nothing_unknown(value, sure):
    assert (make_trimap(np.full((5, 7), value)) == sure).all()


@pytest.mark.parametrize(
    ("mask", "band", "words"),
    [
        (np.zeros((2, 3, 3), bool), 0, r"expected one mask as \(H, W\), got shape \(2, 3, 3\)"),
        (disc(5), -1, "to 512 pixels, got -1"),
        (disc(5), 9999, "got 9999"),
    ],
)
def test_what_is_no_mask_or_band_is_refused(mask, band, words):
    with pytest.raises(PromptError, match=words):
        make_trimap(mask, band)


def test_the_automatic_band_grows_with_the_object():
    bands = [auto_band(np.ones((side, side), bool)) for side in (1, 100, 1000, 5000)]
    assert bands == [3, 5, 50, 150]
