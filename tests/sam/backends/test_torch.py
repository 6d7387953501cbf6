from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from sam import Embedding, ImageError, Prompt, Segmenter, load_model
from sam.backends._torch import IMAGENET_MEAN, IMAGENET_STD, TorchSegmenter, _batches, exact_scores, squeeze, stacked
from sam.backends.sam import load
from tests.sam.backends.parity import noisy
from tests.sam.backends.tiny import FILES, MODELS, tiny_model

NONE = Embedding("m", "w", {}, (50, 100), (32, 64), 64)


def test_an_image_of_the_right_size_is_only_normalised() -> None:
    image = np.random.default_rng(0).integers(0, 255, (16, 16, 3), np.uint8)
    expected = (image / 255 - np.array(IMAGENET_MEAN)) / np.array(IMAGENET_STD)
    np.testing.assert_allclose(squeeze(image, 16)[0].permute(1, 2, 0).numpy(), expected, atol=1e-6)


@pytest.mark.parametrize("size_hw", [(10, 90), (90, 10), (1, 1)])
def test_any_shape_becomes_a_square(size_hw: tuple[int, int]) -> None:
    """Stretched, not padded: a slope stays one from edge to edge."""
    image = np.tile(np.linspace(0, 255, size_hw[1]).astype(np.uint8)[None, :, None], (size_hw[0], 1, 3))
    found = squeeze(image, 32, mean=(0, 0, 0), std=(1, 1, 1))[0, 0].numpy()
    assert found.shape == (32, 32)
    assert (np.diff(found, axis=1) >= -1e-6).all()
    assert found[:, -1].max() == pytest.approx(image.max() / 255, abs=0.06)


def test_shrinking_averages_what_it_skips_unless_told_not_to() -> None:
    image = np.zeros((64, 64, 3), np.uint8)
    image[:, ::4] = 255
    smooth = squeeze(image, 16, mean=(0, 0, 0), std=(1, 1, 1))
    assert smooth.std() < 0.02
    assert smooth.mean() == pytest.approx(0.25, abs=0.02)
    assert squeeze(image, 16, mean=(0, 0, 0), std=(1, 1, 1), antialias=False).mean() == 0


def test_prompts_are_put_into_the_models_pixels() -> None:
    prompts = [Prompt.of(points=[[50, 25]], labels=[0], boxes=[[0, 0, 100, 50]])] * 2
    points, labels, boxes, masks = stacked(prompts, NONE)
    assert points is not None and labels is not None and boxes is not None  # noqa: PT018
    np.testing.assert_allclose(points, np.full((2, 1, 1, 2), [32, 16]))
    np.testing.assert_array_equal(labels, np.zeros((2, 1, 1)))
    np.testing.assert_allclose(boxes, np.full((2, 1, 4), [0, 0, 64, 32]))
    assert masks is None


def test_batches_hold_prompts_of_one_shape_and_every_row_once() -> None:
    one, two, box = ({"points": [[1, 1]]}, {"points": [[1, 1], [2, 2]]}, {"boxes": [[0, 0, 9, 9]]})
    prompts = [Prompt.of(**given) for given in (one, two, box, one, one, box)]
    prompts.append(Prompt.of(**one, multimask_output=False))
    rows = list(_batches(prompts, 2))
    assert sorted(row for batch in rows for row in batch) == list(range(7))
    assert [0, 3] in rows
    assert [2, 5] in rows
    assert all(len(batch) <= 2 for batch in rows)


def test_scores_are_computed_in_float32() -> None:
    head = torch.nn.Linear(4, 1).to(torch.bfloat16)
    exact_scores(head)
    assert head(torch.ones(1, 4, dtype=torch.bfloat16)).dtype == torch.float32


@pytest.mark.slow
@pytest.mark.parametrize("family", [*MODELS, *FILES])
def test_several_images_at_once_are_encoded_as_each_alone(family: str, tmp_path: Path) -> None:
    folder = tiny_model(family, tmp_path / "m")
    model = load_model(folder if (folder / "config.json").is_file() else next(folder.iterdir()), Segmenter)
    images = [noisy(size_hw) for size_hw in ((30, 50), (50, 30))]
    alone = model.embed_many(images)
    model.images_at_once = 2
    for one, together in zip(alone, model.embed_many(images), strict=True):
        assert (together.size_hw, together.input_hw) == (one.size_hw, one.input_hw)
        for name, array in one.arrays.items():
            np.testing.assert_allclose(together.arrays[name], array, atol=1e-4)
            held = together.arrays[name]
            while held.base is not None:
                held = held.base
            assert held.nbytes == array.nbytes, "it holds the other images, too"
    assert model.embed_many([]) == []
    with pytest.raises(ImageError):
        model.embed_many([images[0], images[0][..., 0]])


def test_without_memory_for_several_images_they_are_encoded_one_by_one(tmp_path: Path, monkeypatch) -> None:
    model = load_model(tiny_model("sam", tmp_path / "m"), Segmenter)
    assert isinstance(model, TorchSegmenter)
    encode = model._encode
    sizes: list[int] = []

    def encode_one(pixels: torch.Tensor) -> dict[str, torch.Tensor]:
        sizes.append(len(pixels))
        if len(pixels) > 1:
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return encode(pixels)

    monkeypatch.setattr(model, "_encode", encode_one)
    model.images_at_once = 3
    assert len(model.embed_many([noisy()] * 4)) == 4
    assert sizes == [3, 1, 1, 1, 1]


def test_masks_that_score_too_little_are_not_drawn(small: Any) -> None:
    model = load(small.model, name="small", device="cpu", dtype="float32")
    embedding = model.embed(small.images["landscape"])
    prompts = [Prompt.of(points=[[60 * x + 10, 20 * x + 5]]) for x in range(6)]
    answers = model.decode(embedding, prompts)
    least = float(np.median([scores[0] for _, scores in answers]))  # of some prompts no mask scores as much
    found = model.decode_above(embedding, prompts, least)
    assert {len(logits) > 0 for logits, _ in found} == {True, False}
    for (logits, scores), (all_logits, all_scores) in zip(found, answers, strict=True):
        np.testing.assert_array_equal(scores, all_scores)
        np.testing.assert_array_equal(logits, all_logits[all_scores > least])
