"""What is selected stays sharp, the rest does not, and the object does not glow."""

from __future__ import annotations

import numpy as np
import pytest

from plugins import blur_background as plugin
from plugins.blur_background import blur_background
from sam import Masks, PromptError


@pytest.fixture
def scene():
    rng = np.random.default_rng(0)
    image = rng.integers(0, 120, (120, 160, 3), dtype=np.uint8)
    mask = np.zeros((120, 160), bool)
    mask[40:80, 60:100] = True
    image[mask] = (255, 40, 40)
    return image, Masks(mask)


@pytest.mark.parametrize("falloff", [True, False])
def test_the_object_stays_and_the_background_softens(scene, falloff):
    image, masks = scene
    result = blur_background(image, masks, blur=3, falloff=falloff)
    assert (result[50:70, 70:90] == image[50:70, 70:90]).all()
    assert result[:25].std() < 0.5 * image[:25].std()
    assert result[:25, :, 0].max() < 140, "the red object must not shine into the background"


def test_nothing_selected_is_explained_and_the_tab_applies(scene, visitor):
    image, masks = scene
    with pytest.raises(PromptError, match="Nothing is selected"):
        blur_background(image, Masks.empty((120, 160)))
    visitor.build(plugin.build_tab)
    outputs = visitor.fire("click", visitor.find("Blur the background"), {visitor.image: image, visitor.objects: masks})
    assert (outputs[visitor.result] == blur_background(image, masks)).all()
