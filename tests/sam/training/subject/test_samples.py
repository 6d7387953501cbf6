"""Scenes: the image top left with real padding, truth where the image shows it, the same for the same seed."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as PillowImage

from sam import SamError
from sam.training.image_store import Pack
from sam.training.split import is_validation
from sam.training.subject.samples import (
    MEAN,
    PAD,
    STD,
    Labelled,
    SubjectPhotos,
    SubjectSampler,
    fitted,
    halved,
    soften,
    uncut,
)
from sam.training.subject.truth import Truth, nothing

from ...subjects import draw_folder, scene

SIZE = 128


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> SubjectPhotos:
    """Scenes with a subject, house fronts without, and one emoji."""
    root = tmp_path_factory.mktemp("subjects")
    draw_folder(root / "shapes")
    draw_folder(root / "facades", 6)
    (root / "fluent_emoji").mkdir()
    art = np.zeros((40, 40, 4), np.uint8)
    cv2.circle(art, (20, 20), 18, (250, 200, 20, 255), -1)
    PillowImage.fromarray(art).save(root / "fluent_emoji" / "1f600.png")
    return SubjectPhotos(Pack(root, root / "pack"), root)


def test_only_training_photos_with_a_sure_truth_are_kept(photos: SubjectPhotos) -> None:
    training = [number for number in range(14) if not is_validation(f"scene{number}.png")]
    assert set(photos.subjects) == {"shapes"}
    assert len(photos.subjects["shapes"]) == len(training) < 14
    assert set(photos.empty) == {"facades"}
    assert len(photos.plain) == len(photos.empty["facades"])
    assert len(photos.whole) == len(training)
    for number, entry in zip(training, photos.subjects["shapes"]):
        assert (entry.truth().mask == scene(number)[1][0]).all()


def test_scenes_have_the_promised_shapes(photos: SubjectPhotos) -> None:
    sampler = SubjectSampler(photos, 0)
    drawn = [sampler.draw(SIZE) for _ in range(60)]
    for one in drawn:
        assert one.pixels.shape == (3, SIZE, SIZE)
        assert one.pixels.dtype == np.float32
        assert one.target.shape == one.known.shape == (SIZE // 2, SIZE // 2)
        assert max(one.input_hw) == SIZE
        assert one.target.min() >= 0
        assert one.target.max() <= 1
        padding = np.ones((SIZE, SIZE), bool)
        padding[: one.input_hw[0], : one.input_hw[1]] = False
        assert np.abs(one.pixels.transpose(1, 2, 0)[padding] - (np.array(PAD) - MEAN) / STD).max(initial=0) < 1e-4
        assert one.target[halved(padding) == 1].sum() == 0
        assert one.known[halved(padding) > 0.02].sum() == 0
        assert one.known.sum() > 0
    present = [one.target.max() > 0.5 for one in drawn]
    assert 0.5 < np.mean(present) < 1
    assert len({one.input_hw for one in drawn}) > 10


def test_the_same_seed_draws_the_same(photos: SubjectPhotos) -> None:
    first, second = ([SubjectSampler(photos, seed).draw(SIZE).pixels for _ in range(2)] for seed in (3, 3))
    assert all((a == b).all() for a, b in zip(first, second))
    assert not (first[0] == SubjectSampler(photos, 4).draw(SIZE).pixels).all()


def test_the_truth_follows_the_picture(photos: SubjectPhotos) -> None:
    """A photo that shows its own truth in white: after any crop, flip and scale both must still agree."""
    sampler = SubjectSampler(photos, 1)
    mask = scene(1)[1][0]
    picture = np.repeat(mask[..., None].astype(np.uint8) * 255, 3, 2)
    sampler.base.colour = lambda image: image  # type: ignore[method-assign]
    for _ in range(25):
        one = sampler.view(picture, Truth(mask, np.ones_like(mask)))
        grey = (one.pixels.transpose(1, 2, 0) * STD + MEAN).mean(-1)
        shown = np.asarray(cv2.resize(grey, (256, 256), interpolation=cv2.INTER_AREA)) > 127
        inside = one.known > 0
        wrong = (shown != (one.target > 0.5)) & inside
        assert wrong.sum() < 0.03 * inside.sum()


def test_crops_keep_the_subject_in_view(photos: SubjectPhotos) -> None:
    sampler = SubjectSampler(photos, 2)
    mask = scene(2)[1][0]
    for _ in range(50):
        x, y, width, height = sampler.crop(Truth(mask, np.ones_like(mask)))
        inside = np.zeros_like(mask)
        inside[max(0, round(y)) : round(y + height), max(0, round(x)) : round(x + width)] = True
        assert (mask & inside).sum() > 0.6 * mask.sum()
        assert min(width, height) >= 48


def test_pasted_things_are_large_and_near_the_middle(photos: SubjectPhotos) -> None:
    sampler = SubjectSampler(photos, 5)
    for _ in range(20):
        image, truth = sampler.pasted()
        assert image.shape == (*truth.mask.shape, 3)
        assert image.dtype == np.uint8
        assert truth.mask.mean() > 0.02
        rows, columns = np.nonzero(truth.mask)
        assert abs(rows.mean() / truth.mask.shape[0] - 0.5) < 0.35
        assert abs(columns.mean() / truth.mask.shape[1] - 0.5) < 0.35


def test_a_folder_without_subjects_is_refused(tmp_path: Path) -> None:
    draw_folder(tmp_path / "camvid", 10)
    with pytest.raises(SamError, match="expected photos with one thing that stands out"):
        SubjectPhotos(Pack(tmp_path, tmp_path / "pack"), tmp_path)


@pytest.mark.parametrize(("box", "whole"), [((5, 5, 20, 20), True), ((0, 5, 20, 20), False), ((5, 5, 20, 30), False)])
def test_a_thing_that_the_border_cuts_is_not_pasted(box: tuple[int, ...], whole: bool) -> None:
    mask = np.zeros((30, 40), bool)
    mask[box[1] : box[3], box[0] : box[2]] = True
    assert uncut(Truth(mask, np.ones_like(mask))) == whole
    assert not uncut(Truth(mask, ~mask))


def test_truth_survives_packing_and_a_smaller_picture() -> None:
    mask = np.random.default_rng(0).random((37, 53)) > 0.5
    truth = Labelled.of(3, Truth(mask, ~mask)).truth()
    assert (truth.mask == mask).all()
    assert (truth.known == ~mask).all()
    small = fitted(truth, np.zeros((20, 30, 3), np.uint8))
    assert small.mask.shape == small.known.shape == (20, 30)
    same = nothing((4, 4))
    assert fitted(same, np.zeros((4, 4, 3), np.uint8)) is same


def test_soften_takes_detail_away() -> None:
    image = np.random.default_rng(0).integers(0, 255, (64, 48, 3), np.uint8)
    soft = soften(image, 0.4)
    assert soft.shape == image.shape
    assert soft.std() < 0.7 * image.std()
