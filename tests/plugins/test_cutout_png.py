"""Image and masks to a picture with a transparent background, pixel by pixel."""

from __future__ import annotations

import numpy as np
import pytest

from plugins.cutout_png import cutout_png
from sam import Masks, PromptError


@pytest.fixture
def image():
    return np.random.default_rng(3).integers(1, 255, (20, 30, 3), dtype=np.uint8)


def block(*boxes: tuple[int, int, int, int], size_hw: tuple[int, int] = (20, 30)) -> Masks:
    masks = np.zeros((len(boxes), *size_hw), bool)
    for mask, (x0, y0, x1, y1) in zip(masks, boxes):
        mask[y0:y1, x0:x1] = True
    return Masks(masks)


def test_the_colours_of_the_object_stay_and_the_rest_is_gone(image):
    before = image.copy()
    masks = block((5, 4, 12, 9), (20, 10, 25, 20))
    cutout = cutout_png(image, masks)
    union = masks.union()
    assert cutout.shape == (20, 30, 4)
    assert cutout.dtype == np.uint8
    assert (cutout[..., 3] == np.where(union, 255, 0)).all()
    assert (cutout[union, :3] == image[union]).all()
    assert (cutout[~union] == 0).all(), "the background must not be recoverable"
    assert (image == before).all()


def test_feather_fades_the_edge_and_keeps_the_colours_under_it(image):
    cutout = cutout_png(image, block((8, 6, 22, 14)), feather=3)
    alpha = cutout[10, :, 3].astype(int)
    assert alpha[15] == 255
    assert alpha[0] == 0
    assert 0 < alpha[7] < alpha[8] < 255
    assert (np.diff(alpha[:15]) >= 0).all()
    assert (cutout[10, 7, :3] == image[10, 7]).all()
    assert set(np.unique(cutout_png(image, block((8, 6, 22, 14)))[..., 3])) == {0, 255}


@pytest.mark.parametrize(
    ("box", "margin", "shape"),
    [
        ((5, 4, 12, 9), 0, (5, 7)),
        ((5, 4, 12, 9), 2, (9, 11)),
        ((0, 0, 30, 20), 3, (26, 36)),
        ((29, 19, 30, 20), 1, (3, 3)),
    ],
)
def test_trim_is_tight_and_the_margin_exact_even_beyond_the_image(image, box, margin, shape):
    cutout = cutout_png(image, block(box), trim=True, margin=margin)
    assert cutout.shape[:2] == shape
    x0, y0, x1, y1 = box
    inner = cutout[margin : shape[0] - margin, margin : shape[1] - margin]
    assert (inner[..., 3] == 255).all()
    assert (inner[..., :3] == image[y0:y1, x0:x1]).all()
    assert np.count_nonzero(cutout[..., 3]) == (x1 - x0) * (y1 - y0)


def test_trim_keeps_all_of_a_feathered_edge(image):
    whole = cutout_png(image, block((10, 8, 18, 12)), feather=3)
    trimmed = cutout_png(image, block((10, 8, 18, 12)), feather=3, trim=True)
    assert np.count_nonzero(trimmed[..., 3]) == np.count_nonzero(whole[..., 3])
    assert trimmed[..., 3].any(0).all()
    assert trimmed[..., 3].any(1).all()


def test_margin_without_trim_changes_nothing(image):
    masks = block((5, 4, 12, 9))
    assert (cutout_png(image, masks, margin=7) == cutout_png(image, masks)).all()


@pytest.mark.parametrize(
    ("masks", "options", "words"),
    [
        (Masks.empty((20, 30)), {}, "nothing to cut out"),
        (block((0, 0, 0, 0)), {}, "nothing to cut out"),
        (block((0, 0, 3, 3), size_hw=(8, 8)), {}, r"size of the image, \(20, 30\), got \(8, 8\)"),
        (block((0, 0, 3, 3)), {"feather": -1.0}, "0 to 4096 pixels, got -1"),
        (block((0, 0, 3, 3)), {"feather": float("nan")}, "got nan"),
        (block((0, 0, 3, 3)), {"margin": -1}, "and -1"),
        (block((0, 0, 3, 3)), {"trim": True, "margin": 10**9}, "0 to 4096"),
    ],
)
def test_what_cannot_be_cut_out_is_explained(image, masks, options, words):
    with pytest.raises(PromptError, match=words):
        cutout_png(image, masks, **options)
