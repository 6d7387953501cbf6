"""What a head's answer becomes: one mask of the image's own size, or none."""

from __future__ import annotations

import numpy as np
import pytest

import sam
from sam.subject import SubjectFinder, subject_masks, tidy


def embedding(size_hw: tuple[int, int], input_hw: tuple[int, int]) -> sam.Embedding:
    return sam.Embedding("test", "w", {}, size_hw, input_hw, 512)


def block(x0: int, y0: int, x1: int, y1: int, size: int = 256) -> np.ndarray:
    logits = np.full((1, size, size), -5.0, np.float32)
    logits[:, y0:y1, x0:x1] = 5
    return logits


@pytest.mark.parametrize(
    ("size_hw", "input_hw", "box"),
    [
        ((512, 512), (512, 512), (100, 200, 300, 400)),
        ((300, 600), (256, 512), (117, 234, 352, 300)),  # the mask reaches into the padding below
        ((2000, 1000), (512, 256), (391, 781, 1000, 1562)),
    ],
)
def test_the_mask_lies_where_the_logits_say(size_hw, input_hw, box):
    found = subject_masks(block(50, 100, 150, 200), 0.9, embedding(size_hw, input_hw))
    assert found.masks.shape == (1, *size_hw)
    assert found.scores == pytest.approx([0.9])
    assert found.logits.shape == (1, 256, 256)
    assert np.abs(found.boxes.xyxy[0] - box).max() <= 4


@pytest.mark.parametrize(
    ("logits", "score", "count"),
    [
        (block(50, 50, 150, 150), 0.31, 1),
        (block(50, 50, 150, 150), 0.29, 0),
        (block(50, 50, 150, 150), float("nan"), 0),
        (block(0, 0, 0, 0), 0.99, 0),
        (block(50, 50, 150, 150), 1.0000001, 1),
    ],
)
def test_nothing_stands_out_is_no_mask(logits, score, count):
    found = subject_masks(logits, score, embedding((100, 100), (512, 512)), min_score=0.3)
    assert found.masks.shape == (count, 100, 100)
    assert (found.scores <= 1).all()


def test_a_subject_outside_the_image_is_none():
    found = subject_masks(block(0, 200, 256, 256), 0.9, embedding((100, 200), (256, 512)))
    assert len(found) == 0


def test_specks_go_and_large_parts_stay():
    mask = np.zeros((100, 100), bool)
    mask[10:50, 10:50] = True
    mask[60:80, 60:80] = True
    expected = mask.copy()
    mask[90, 90] = True
    mask[20:23, 20:23] = False
    assert (tidy(mask) == expected).all()


def test_a_hole_that_matters_stays():
    ring = np.zeros((100, 100), bool)
    ring[10:90, 10:90] = True
    ring[30:70, 30:70] = False
    assert (tidy(ring) == ring).all()


@pytest.mark.parametrize("shape", [(1, 1), (3, 900)])
def test_tiny_masks_are_left_alone(shape):
    mask = np.ones(shape, bool)
    assert (tidy(mask) == mask).all()
    assert not tidy(~mask).any()


def test_the_kind_is_public_and_tells_models_apart(colour_model):
    assert sam.SubjectFinder is SubjectFinder
    assert isinstance(sam.load_model("nano-subject", sam.SubjectFinder), SubjectFinder)
    assert not isinstance(colour_model, SubjectFinder)
