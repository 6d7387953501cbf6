"""Alpha and mattes: near the truth, at every size, and refused with a sentence."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from sam import Cancelled, ImageError, PromptError
from sam.evaluation.benchmarks.alpha import make_composites
from sam.matting import alpha as alpha_module
from sam.matting import estimate_alpha, make_trimap, matte


@pytest.fixture(scope="module")
def scene():
    return list(make_composites(2, seed=4))[1]


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
    monkeypatch.setattr(alpha_module, "MAX_UNKNOWN", int((trimap == 128).sum() // 4))
    coarse = estimate_alpha(scene.image, trimap)
    assert not np.array_equal(coarse, exact)
    assert np.abs(coarse - scene.alpha).sum() < 0.75 * np.abs(scene.mask - scene.alpha).sum()
    assert (coarse[trimap == 255] == 1).all()


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
    code = "import sam.matting.alpha, sys; assert not {'cv2', 'scipy', 'torch'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
