"""The object's own colours, without a halo of the old background."""

from __future__ import annotations

import numpy as np
import pytest

from sam.evaluation.benchmarks.alpha import make_composites
from sam.matting import estimate_foreground


@pytest.fixture(scope="module")
def scene():
    return list(make_composites(2, seed=4))[1]


def test_colours_come_from_the_object_alone(scene):
    mixed = (scene.alpha > 0.1) & (scene.alpha < 0.9)
    colours = estimate_foreground(scene.image, scene.alpha)
    sure = (scene.alpha == 0) | (scene.alpha == 1)
    assert (colours[sure] == scene.image[sure]).all()
    truth = scene.foreground[mixed].astype(float)
    assert np.abs(colours[mixed] - truth).mean() < 0.5 * np.abs(scene.image[mixed] - truth).mean()
