"""The photo gets the frame of its cut-out."""

from __future__ import annotations

import numpy as np
import pytest

from plugins import load_plugins
from plugins.cutout import frame_cutout
from plugins.frame_photo import frame_photo
from sam import PromptError


@pytest.fixture
def scene():
    """A photo that says in its colours where each pixel is, and a cut-out near its left border."""
    y, x = np.mgrid[:60, :90].astype(np.uint8)
    image = np.stack([x, y, np.full_like(x, 200)], -1)
    alpha = np.zeros((60, 90), np.uint8)
    alpha[20:50, 2:12] = 255
    return image, np.dstack([image, alpha])


@pytest.mark.parametrize("frame", ["full", "trim", "square", "passport"])
def test_photo_and_cutout_stay_on_each_other(scene, frame):
    image, cutout = scene
    framed, part = frame_photo(image, cutout, frame=frame), frame_cutout(cutout, frame=frame)
    assert framed.shape[:2] == part.shape[:2]
    inside = part[..., 3] > 0
    assert inside.sum() == 300
    np.testing.assert_array_equal(framed[inside], part[..., :3][inside])
    assert (framed[..., 2] == 200).all(), "beyond the photo there is its border, not black"


def test_what_cannot_be_framed(scene):
    image, cutout = scene
    with pytest.raises(PromptError, match="expected the size of the image"):
        frame_photo(image, frame_cutout(cutout))
    with pytest.raises(PromptError):
        frame_photo(image, np.zeros_like(cutout))


def test_it_is_a_step_between_matte_and_compose():
    host = load_plugins(names=["cutout", "frame_photo"], strict=True)
    chain = host.chain("matte", "frame_photo", "frame_cutout", "compose")
    assert set(chain.inputs) == {"image", "masks"}
