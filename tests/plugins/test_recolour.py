"""Another colour, the same shading, and nothing else touched."""

from __future__ import annotations

import numpy as np
import pytest

from plugins import recolour as plugin
from plugins.recolour import recolour
from sam import Masks, PromptError


@pytest.fixture
def scene():
    image = np.full((40, 60, 3), 90, np.uint8)
    image[10:30, 10:50] = np.linspace(80, 180, 40).astype(np.uint8)[None, :, None]
    mask = np.zeros((40, 60), bool)
    mask[10:30, 10:50] = True
    return image, Masks(mask)


def test_the_colour_changes_and_the_shading_stays(scene):
    image, masks = scene
    result = recolour(image, masks, colour="#d01010").astype(int)
    inside = result[20, 12:48]
    assert (inside[:, 0] > inside[:, 1] + 40).all()
    assert (np.diff(inside.sum(1)) >= -1).all(), "what was lighter must stay lighter"
    assert (result[:8] == image[:8]).all()
    assert np.abs(recolour(image, masks, strength=0).astype(int) - image).max() <= 1


@pytest.mark.parametrize(
    ("options", "words"),
    [({"colour": "reddish"}, "colour: expected"), ({"strength": 2.0}, "strength: expected 0 to 1")],
)
def test_what_cannot_be_painted_is_explained(scene, options, words):
    image, masks = scene
    with pytest.raises(PromptError, match=words):
        recolour(image, masks, **options)
    with pytest.raises(PromptError, match="Nothing is selected"):
        recolour(image, Masks.empty((40, 60)))


def test_the_tab_applies(scene, visitor):
    image, masks = scene
    visitor.build(plugin.build_tab)
    outputs = visitor.fire("click", visitor.find("Recolour"), {visitor.image: image, visitor.objects: masks})
    assert (outputs[visitor.result] == recolour(image, masks)).all()
