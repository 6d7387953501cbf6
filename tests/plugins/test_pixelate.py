"""Objects in squares: each on its own, nothing else touched, nothing left to recognise."""

from __future__ import annotations

import numpy as np
import pytest

from plugins import pixelate as plugin
from plugins.pixelate import pixelate
from sam import Masks, PromptError


@pytest.fixture
def image():
    return np.random.default_rng(2).integers(0, 256, (60, 80, 3), dtype=np.uint8)


def test_an_object_has_few_colours_and_the_rest_is_identical(image):
    mask = np.zeros((60, 80), bool)
    mask[10:42, 20:52] = True
    result = pixelate(image, Masks(mask), blocks=4)
    assert (result[~mask] == image[~mask]).all()
    assert len(np.unique(result[mask], axis=0)) <= 16
    assert np.abs(result[10:18, 20:28] - np.round(image[10:18, 20:28].mean((0, 1)))).max() <= 1
    assert len(np.unique(pixelate(image, Masks(mask), blocks=1)[mask], axis=0)) == 1


def test_what_cannot_be_hidden_is_explained_and_the_tab_applies(image, visitor):
    one = Masks(np.eye(60, 80, dtype=bool))
    for masks, options, words in (
        (Masks.empty((60, 80)), {}, "Nothing is selected"),
        (Masks(np.ones((2, 2), bool)), {}, "expected the size of the image"),
        (one, {"blocks": 0}, "blocks: expected 1 to 64"),
    ):
        with pytest.raises(PromptError, match=words):
            pixelate(image, masks, **options)
    visitor.build(plugin.build_tab)
    outputs = visitor.fire("click", visitor.find("Pixelate"), {visitor.image: image, visitor.objects: one})
    assert (outputs[visitor.result] == pixelate(image, one)).all()
