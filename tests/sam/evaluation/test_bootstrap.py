"""Intervals by resampling images."""

from __future__ import annotations

import numpy as np
import pytest

from sam.evaluation.bootstrap import interval, resampled_means
from tests.present import present


def test_two_images_have_three_possible_means():
    means = resampled_means([0, 1], ["a", "b"], 0, 4000)
    values, counts = np.unique(means, return_counts=True)
    assert values.tolist() == [0, 0.5, 1]
    np.testing.assert_allclose(counts / 4000, [0.25, 0.5, 0.25], atol=0.03)


def test_images_are_drawn_and_not_objects():
    """Fifty objects of one image are no more evidence than one."""
    values = np.repeat([0.2, 0.8, 0.5, 0.4], 50)
    together = present(interval(resampled_means(values, np.repeat(list("abcd"), 50).tolist(), 0)))
    alone = interval(resampled_means([0.2, 0.8, 0.5, 0.4], list("abcd"), 0))
    assert together == pytest.approx(alone)
    objects = present(interval(resampled_means(values, range(200), 0)))
    assert objects[1] - objects[0] < 0.3 * (together[1] - together[0])


def test_images_with_more_objects_weigh_more():
    means = resampled_means([0, 0, 0, 1], ["a", "a", "a", "b"], 0, 4000)
    assert set(np.unique(means)) == {0, 0.25, 1}


def test_the_seed_decides_and_figures_get_the_same_draws():
    random = np.random.default_rng(0)
    values, images = random.random((30, 2)), [f"photo{i // 3}" for i in range(30)]
    both = resampled_means(values, images, 7)
    assert both.shape == (1000, 2)
    np.testing.assert_allclose(both[:, 1], resampled_means(values[:, 1], images, 7))
    assert (resampled_means(values[:, 0], images, 8) != both[:, 0]).any()


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    random = np.random.default_rng(1)
    covered = 0
    for trial in range(200):
        values = random.normal(0.5, 0.1, 40)
        low, high = present(interval(resampled_means(values, range(40), trial, 300)))
        covered += low <= 0.5 <= high
    assert 0.88 <= covered / 200 <= 0.99


@pytest.mark.parametrize(("values", "images"), [([0.5, 0.7], ["a", "a"]), ([], [])])
def test_one_image_says_nothing_about_the_spread(values, images):
    assert interval(resampled_means(values, images, 0)) is None
