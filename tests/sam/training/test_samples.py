"""Samples: crops, pasted objects, masks that still fit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from sam.training.image_store import Pack
from sam.training.samples import Sampler


@pytest.fixture(scope="module")
def pack(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return Pack(data, tmp_path_factory.mktemp("pack"))


def test_samples_have_the_stated_shapes(pack: Pack) -> None:
    sampler = Sampler(pack, 0, 3)
    for _ in range(10):
        sample = sampler.draw(96)
        assert sample.image.shape == (3, 96, 96)
        assert sample.masks.shape == (3, 48, 48)
        assert sample.masks.min() >= 0
        assert sample.masks.max() <= 1
        assert np.isfinite(sample.image).all()
        for coords, labels, mask in zip(sample.prompts.coords, sample.prompts.labels, sample.masks):
            for (x, y), label in zip(coords, labels):
                if label == 1:
                    assert mask[int(y) // 2, int(x) // 2] > 0


def test_the_same_seed_gives_the_same_sample(pack: Pack) -> None:
    first, second = (Sampler(pack, 7, 2).draw(64) for _ in range(2))
    assert (first.image == second.image).all()
    assert (first.prompts.coords == second.prompts.coords).all()


def test_a_pasted_object_hides_what_is_under_it(data: Path, tmp_path: Path) -> None:
    import shutil

    root = tmp_path / "data"
    shutil.copytree(data, root)
    (root / "fluent_emoji").mkdir()
    art = np.zeros((64, 64, 4), np.uint8)
    art[8:56, 8:56] = (255, 0, 0, 255)
    PillowImage.fromarray(art).save(root / "fluent_emoji" / "1f534.png")
    sampler = Sampler(Pack(root, tmp_path / "pack"), 0, 2)
    below = np.ones((96, 96), bool)
    for _ in range(12):
        image, masks = sampler.paste(np.zeros((96, 96, 3), np.uint8), [below])
        on = masks[-1]
        if len(masks) == 2 and on.any():
            assert not (masks[0] & on).any()
            assert image[on].mean() > image[~on].mean()
            return
    pytest.fail("nothing was pasted in 12 tries")


def test_validation_photos_are_not_packed(data: Path, pack: Pack) -> None:
    from sam.training.split import is_validation

    names = {photo.path.name for photo, _ in pack.photos["shapes"]}
    assert names
    assert not any(is_validation(name) for name in names)


def test_masks_follow_a_photo_that_was_packed_smaller(tmp_path: Path) -> None:
    from sam.training.coco import Photo
    from sam.training.samples import fitted_mask

    annotation = {"segmentation": [[100.0, 200.0, 300.0, 200.0, 300.0, 600.0, 100.0, 600.0]]}
    mask = fitted_mask(annotation, Photo("x", tmp_path, (800, 1000), ()), np.zeros((400, 500, 3), np.uint8))
    assert mask.shape == (400, 500)
    assert mask[100:300, 50:150].mean() > 0.98
    assert mask.sum() < 1.02 * 200 * 100
