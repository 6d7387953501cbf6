"""Trimaps, alpha and clean colours: on pictures whose alpha is known."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from sam import Cancelled, ImageError, PromptError
from sam.evaluation.benchmarks.alpha import make_composites
from sam.matting import closed_form
from sam.matting.closed_form import auto_band, estimate_alpha, estimate_foreground, make_trimap, matte


def disc(radius: float, size: int = 80) -> np.ndarray:
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    return np.hypot(x, y) <= radius


@pytest.fixture(scope="module")
def scene():
    return list(make_composites(2, seed=4))[1]


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


def test_alpha_is_closer_to_the_truth_than_the_mask_and_sure_where_the_trimap_is(scene):
    trimap = make_trimap(scene.mask, 10)
    alpha = estimate_alpha(scene.image, trimap)
    assert alpha.dtype == np.float32
    assert alpha.min() >= 0
    assert alpha.max() <= 1
    assert (alpha[trimap == 255] == 1).all()
    assert (alpha[trimap == 0] == 0).all()
    assert np.abs(alpha - scene.alpha).sum() < 0.7 * np.abs(scene.mask - scene.alpha).sum()


def test_a_coarse_solve_refined_at_full_size_stays_close_to_the_exact_one(scene, monkeypatch):
    trimap = make_trimap(scene.mask, 10)
    exact = estimate_alpha(scene.image, trimap)
    monkeypatch.setattr(closed_form, "MAX_UNKNOWN", int((trimap == 128).sum() // 4))
    coarse = estimate_alpha(scene.image, trimap)
    assert not np.array_equal(coarse, exact)
    assert np.abs(coarse - scene.alpha).sum() < 0.75 * np.abs(scene.mask - scene.alpha).sum()
    assert (coarse[trimap == 255] == 1).all()


def test_colours_come_from_the_object_alone(scene):
    mixed = (scene.alpha > 0.1) & (scene.alpha < 0.9)
    colours = estimate_foreground(scene.image, scene.alpha)
    sure = (scene.alpha == 0) | (scene.alpha == 1)
    assert (colours[sure] == scene.image[sure]).all()
    truth = scene.foreground[mixed].astype(float)
    assert np.abs(colours[mixed] - truth).mean() < 0.5 * np.abs(scene.image[mixed] - truth).mean()


def test_a_matte_hides_what_is_transparent_and_leaves_the_image_alone(scene):
    before = scene.image.copy()
    cutout = matte(scene.image, scene.mask)
    assert cutout.shape == (*scene.mask.shape, 4)
    assert (cutout[cutout[..., 3] == 0] == 0).all()
    assert (scene.image == before).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (2, 2), (3, 3), (2, 40)])
def test_tiny_images_get_an_answer(shape):
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    mask = np.zeros(shape, bool)
    mask[0, 0] = True
    cutout = matte(image, mask)
    assert cutout.shape == (*shape, 4)
    assert cutout[0, 0, 3] > 0


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


def test_wrong_input_is_refused_and_stopping_stops(scene):
    with pytest.raises(PromptError, match="trimap: expected the size of the image"):
        estimate_alpha(scene.image, np.zeros((3, 3), np.uint8))
    with pytest.raises(ImageError):
        estimate_alpha(scene.image[..., 0], np.zeros(scene.mask.shape, np.uint8))

    def stop(fraction: float, message: str) -> None:
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        matte(scene.image, scene.mask, progress=stop)


def test_the_module_loads_no_heavy_library():
    code = "import sam.matting.closed_form, sys; assert not {'cv2', 'scipy', 'torch'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
