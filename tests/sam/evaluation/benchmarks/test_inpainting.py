"""The measures by hand, and what patches do better than a smooth filling: structure that repeats, and texture."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from sam import ImageError
from sam.evaluation.benchmarks.inpainting import compare_fill, draw_cases, evaluate_inpainting, make_cases


@pytest.fixture(scope="module")
def cases():
    return [case for case in make_cases() if case.name in ("bricks", "grass", "sky beside a tower")]


def test_the_truth_itself_is_perfect(cases):
    error = compare_fill(cases[0].image, cases[0].image, cases[0].hole)
    assert (error.ssim, error.psnr, error.texture) == (pytest.approx(1), 99.0, 0)


def test_an_error_by_hand():
    truth = np.full((40, 40, 3), 100, np.uint8)
    hole = np.zeros((40, 40), bool)
    hole[10:20, 10:20] = True
    filled = truth.copy()
    filled[hole] = 110
    error = compare_fill(filled, truth, hole)
    assert error.psnr == pytest.approx(10 * np.log10(255**2 / 100))
    assert 0 < error.ssim < 1
    assert error.texture > 0


def test_pictures_that_do_not_fit_are_refused(cases):
    case = cases[0]
    with pytest.raises(ValueError, match="expected pictures of one shape"):
        compare_fill(case.image[:5], case.image, case.hole)
    with pytest.raises(ValueError, match="expected pictures of one shape"):
        compare_fill(case.image, case.image, np.zeros_like(case.hole))


@pytest.mark.slow
def test_patches_continue_bricks_and_keep_the_texture_of_grass(cases):
    table = evaluate_inpainting(cases)
    assert set(table) == {"auto", "patches", "blend", "telea", "navier-stokes"}
    assert table["patches"]["bricks"]["ssim"] > table["telea"]["bricks"]["ssim"] + 0.1
    assert table["patches"]["grass"]["texture"] < 0.5 * table["telea"]["grass"]["texture"]
    assert all(table["auto"][case.name]["ssim"] > table["telea"][case.name]["ssim"] for case in cases)
    assert table["auto"]["mean"]["ssim"] > table["telea"]["mean"]["ssim"] + 0.03
    assert table["auto"]["mean"]["texture"] < 0.85 * table["telea"]["mean"]["texture"]


def test_holes_are_drawn_in_photos_of_a_folder(tmp_path):
    for number, size_hw in enumerate([(200, 240), (300, 180), (250, 250), (100, 400)]):
        Image.fromarray(np.full((*size_hw, 3), number, np.uint8)).save(tmp_path / f"{number}.png")
    cases = list(draw_cases(tmp_path, 9, seed=4))
    assert {case.name for case in cases} == {"0.png", "1.png", "2.png"}, "the flat one is too small"
    assert all(500 < np.count_nonzero(case.hole) < 0.3 * case.hole.size for case in cases)
    again = list(draw_cases(tmp_path, 9, seed=4))
    assert all((one.hole == two.hole).all() for one, two in zip(cases, again))
    with pytest.raises(ImageError, match="found none"):
        list(draw_cases(tmp_path / "none"))
