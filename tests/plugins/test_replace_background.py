"""A cut-out before another picture."""

from __future__ import annotations

import numpy as np
import pytest

from plugins import load_plugins
from plugins.replace_background import replace_background
from sam import Image, Masks, PromptError


def test_the_object_stays_and_the_other_picture_is_behind():
    cutout = np.zeros((30, 40, 4), np.uint8)
    cutout[10:20, 10:20] = (200, 10, 10, 255)
    result = replace_background(cutout, np.full((7, 9, 3), 77, np.uint8))
    assert (result[10:20, 10:20] == (200, 10, 10)).all()
    assert (result[0] == 77).all()
    with pytest.raises(PromptError, match="shadow: expected 0"):
        replace_background(cutout, np.zeros((3, 3, 3), np.uint8), shadow=5.0)


def test_it_follows_matte_in_a_chain():
    chain = load_plugins(names=["cutout", "replace_background"], strict=True).chain("matte", "replace_background")
    assert chain.inputs == {"image": Image, "masks": Masks, "background": Image}
