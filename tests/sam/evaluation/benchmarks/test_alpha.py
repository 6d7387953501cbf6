"""The four measures by hand, and the bar that matting has to clear."""

from __future__ import annotations

import numpy as np
import pytest

from sam.evaluation.benchmarks.alpha import compare_alpha, engines, evaluate_matting, make_composites


def square(size: int = 40) -> np.ndarray:
    alpha = np.zeros((size, size), np.float32)
    alpha[10:30, 10:30] = 1
    return alpha


def test_a_perfect_alpha_has_no_error():
    error = compare_alpha(square(), square())
    assert (error.sad, error.mse, error.gradient, error.connectivity) == (0, 0, 0, 0)


def test_sad_and_mse_are_sums_by_hand():
    guess = square()
    guess[0, :8] = 0.5
    error = compare_alpha(guess, square())
    assert error.sad == pytest.approx(8 * 0.5 / 1000)
    assert error.mse == pytest.approx(8 * 0.25 / 1600 * 1000)
    assert error.gradient > 0


def test_an_island_hurts_connectivity_and_a_small_fade_does_not():
    island, fade = square(), square()
    island[0:5, 0:5] = 1
    fade[10:30, 10:30] = 0.95
    assert compare_alpha(island, square()).connectivity == pytest.approx(25 / 1000)
    assert compare_alpha(fade, square()).connectivity == 0


def test_different_shapes_are_refused():
    with pytest.raises(ValueError, match=r"shape of the truth, \(40, 40\), got \(3, 3\)"):
        compare_alpha(np.zeros((3, 3)), square())


def test_composites_are_what_their_parts_say_and_repeatable():
    one, two = next(make_composites(1, seed=7)), next(make_composites(1, seed=7))
    assert (one.image == two.image).all()
    solid = one.alpha == 1
    assert solid.any()
    assert np.abs(one.image[solid].astype(int) - one.foreground[solid]).mean() < 3
    assert ((one.alpha > 0) & (one.alpha < 1)).any()


def test_matting_is_at_least_forty_percent_better_than_the_binary_mask():
    result = evaluate_matting(3, seed=1)
    assert set(result) >= {"binary", "closed-form"}
    assert result["closed-form"]["sad"] <= 0.6 * result["binary"]["sad"]
    assert result["closed-form"]["mse"] < result["binary"]["mse"]
    assert result["closed-form"]["halo"] < 0.6 * result["binary"]["halo"]
    assert result["closed-form"]["seconds"] > 0


def test_networks_take_part_only_where_their_files_are(monkeypatch, tmp_path):
    monkeypatch.setenv("SAM_STUDIO_MODELS_DIR", str(tmp_path))
    assert engines() == ["closed-form"]
    (tmp_path / "vitmatte-small").mkdir()
    (tmp_path / "vitmatte-small" / "config.json").write_text("{}")
    assert engines() == ["closed-form", "vitmatte-small"]
