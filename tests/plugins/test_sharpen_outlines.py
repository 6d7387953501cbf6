"""The tool: the engine's masks, by its name in a chain, and a sentence where nothing is given."""

from __future__ import annotations

import numpy as np
import pytest

from plugins import load_plugins
from plugins.sharpen_outlines import sharpen_outlines
from sam import Boxes, Masks, PromptError, load_model
from sam.evaluation.benchmarks.closeups import drawn_scenes
from sam.high_resolution.sharpen_outlines import refine


def test_a_chain_finds_and_sharpens():
    scene = next(drawn_scenes(1, 5, (900, 1200), 2))
    boxes = Boxes(Masks(np.stack([scene.mask(0), scene.mask(1)])).boxes.xyxy, None, ("one", "two"))
    host = load_plugins(names=["click", "sharpen_outlines"])
    coarse = host.chain("boxes_to_masks")(image=scene.image, boxes=boxes)["masks"]
    sharp = host.chain("boxes_to_masks", "sharpen_outlines")(image=scene.image, boxes=boxes)["masks"]
    expected = refine(load_model("nano"), scene.image, coarse).masks
    assert np.array_equal(sharp.masks, expected.masks)
    assert (sharp.masks != coarse.masks).any()
    assert sharp.boxes.labels == ("one", "two")


def test_nothing_and_numbers_out_of_range_are_explained():
    image = np.zeros((60, 80, 3), np.uint8)
    with pytest.raises(PromptError, match="Nothing is selected"):
        sharpen_outlines(image, Masks.empty((60, 80)))
    with pytest.raises(PromptError, match=r"margin: expected 0\.1 to 2"):
        sharpen_outlines(image, Masks(np.ones((60, 80), bool)), margin=9)
