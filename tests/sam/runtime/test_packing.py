"""What goes between processes: small, and the same to the pixel when it is drawn."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from sam import Boxes, Masks
from sam.detection.detections import Detections
from sam.everything.proposals import Proposal
from sam.runtime.packing import flatten_away_from_edges, pack, register, unpack

register()


def blobs(seed, side=64, scale=8.0):
    """(side, side) float32 logits with islands, holes and numbers near 0."""
    import cv2

    noise = np.random.default_rng(seed).normal(size=(side, side)).astype(np.float32)
    return scale * cv2.GaussianBlur(noise, (0, 0), 1 + seed % 4)


@pytest.mark.parametrize(
    "array",
    [
        np.random.default_rng(0).random((3, 7, 11)) > 0.5,
        np.zeros((0, 5, 5), bool),
        np.random.default_rng(0).normal(size=(2, 3)).astype(np.float16),
        np.arange(6, dtype=np.int64).reshape(2, 3)[:, ::2],
        np.zeros((0, 0, 0), np.float32),
    ],
)
def test_arrays_come_back_to_the_bit(array):
    back = unpack(pack(array))
    assert back.dtype == array.dtype
    np.testing.assert_array_equal(back, array)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("size", [(301, 200), (64, 64), (20, 31)])
def test_flattened_logits_draw_the_same_mask(seed, size):
    import cv2

    logits = blobs(seed)
    flat = flatten_away_from_edges(logits)
    for one in (cv2.INTER_LINEAR,):
        np.testing.assert_array_equal(
            cv2.resize(flat, size, interpolation=one) > 0, cv2.resize(logits, size, interpolation=one) > 0
        )
    assert len(pack(flat)[0]) < len(pack(logits)[0])


def sent(value):
    data = pickle.dumps(value)
    return pickle.loads(data), len(data)  # noqa: S301 - our own bytes


@pytest.mark.parametrize("seed", range(8))
def test_a_proposal_draws_the_same_mask(seed):
    logits = blobs(seed, 40).astype(np.float16)
    to_cells = np.array([[0.1, 0, -0.3], [0, 0.12, -0.2]])
    proposal = Proposal(
        0.9, 0.95, np.array([20.0, 15, 330, 300]), (30.0, 40.0), (0, 0, 400, 330), None, logits, to_cells
    )
    back, size = sent(proposal)
    assert back.draw((330, 400)) == proposal.draw((330, 400))
    assert (back.predicted_iou, back.stability, back.point, back.crop) == (0.9, 0.95, (30.0, 40.0), (0, 0, 400, 330))
    assert size < logits.nbytes + 600
    drawn = Proposal(0.9, 0.95, proposal.box, (30.0, 40.0), (0, 0, 400, 330), proposal.draw((330, 400)))
    assert sent(drawn)[0].code == drawn.code


def test_masks_take_little_and_keep_their_logits():
    y, x = np.mgrid[:1200, :1600]
    disks = np.stack([(x - 200 * n) ** 2 + (y - 600) ** 2 < (50 * n) ** 2 for n in range(1, 6)])
    masks = Masks(disks, np.linspace(0.5, 0.9, 5), np.stack([blobs(n) for n in range(5)]))
    back, size = sent(masks)
    np.testing.assert_array_equal(back.masks, masks.masks)
    np.testing.assert_array_equal(back.logits, masks.logits)
    np.testing.assert_array_equal(back.boxes.xyxy, masks.boxes.xyxy)
    assert size < masks.logits.nbytes + 60_000 < disks.nbytes / 50


def test_detections_draw_the_same_masks():
    found = Detections(
        [[0, 0, 9, 9]] * 3, [0.5, 0.6, 0.7], ("a", "b", "a"), np.stack([blobs(n, 48) for n in range(3)]), (90, 120)
    )
    back, _ = sent(found)
    assert isinstance(back, Detections)
    np.testing.assert_array_equal(back.masks().masks, found.masks().masks)
    assert (back.labels, back.size_hw) == (found.labels, found.size_hw)
    assert not isinstance(sent(Boxes(found.xyxy))[0], Detections)
