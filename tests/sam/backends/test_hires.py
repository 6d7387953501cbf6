from __future__ import annotations

import numpy as np
import pytest
import torch
from transformers import Sam2Config, Sam2Model

from sam import Embedding, ModelUnavailable, Prompt, PromptError
from sam.backends._hires import HighResolutionSegmenter, built, parts_of
from sam.backends.sam2 import LAYOUT
from tests.sam.backends.parity import noisy, shaken
from tests.sam.backends.test_sam2 import CONFIG, SIDE


@pytest.fixture(scope="module")
def model() -> HighResolutionSegmenter:
    torch.manual_seed(0)
    peer = shaken(Sam2Model(Sam2Config.from_dict(CONFIG)))
    return HighResolutionSegmenter(peer, name="tiny", weights="w" * 64, device=torch.device("cpu"), dtype=torch.float32)


def test_an_embedding_has_three_resolutions(model: HighResolutionSegmenter) -> None:
    embedding = model.embed(noisy())
    shapes = {name: array.shape for name, array in embedding.arrays.items()}
    assert shapes == {
        "high_res_feats_0": (1, 4, 32, 32),
        "high_res_feats_1": (1, 8, 16, 16),
        "image_embeddings": (1, 32, 8, 8),
    }
    assert (embedding.input_hw, embedding.input_size) == ((SIDE, SIDE), SIDE)
    again = Embedding.from_bytes(embedding.to_bytes())
    assert all(np.array_equal(again.arrays[name], array) for name, array in embedding.arrays.items())


def test_a_batch_is_answered_as_alone(model: HighResolutionSegmenter) -> None:
    embedding = model.embed(noisy())
    mask = np.random.default_rng(0).normal(size=(32, 32)).astype(np.float32)
    prompts = [Prompt.of(points=[[20 * k + 5, 10 * k + 5]]) for k in range(5)]
    prompts += [Prompt.of(mask_input=mask), Prompt.of(boxes=[[5, 5, 60, 60]], mask_input=mask)]
    for prompt, (logits, scores) in zip(prompts, model.decode(embedding, prompts), strict=True):
        ((alone, alone_scores),) = model.decode(embedding, [prompt])
        np.testing.assert_allclose(logits, alone, atol=1e-5)
        np.testing.assert_allclose(scores, alone_scores, atol=1e-5)


def test_masks_cover_a_picture_of_any_shape(model: HighResolutionSegmenter) -> None:
    for size_hw in ((30, 200), (200, 30), (1, 1)):
        image = noisy(size_hw)
        assert model.predict(model.embed(image), points=[[0.5, 0.5]]).masks.shape == (3, *size_hw)


def test_what_is_not_the_models_is_refused(model: HighResolutionSegmenter) -> None:
    embedding = model.embed(noisy())
    with pytest.raises(PromptError, match=r"expected \(32, 32\)"):
        model.decode(embedding, [Prompt.of(mask_input=np.zeros((9, 9), np.float32))])
    arrays = {name: array for name, array in embedding.arrays.items() if name != "high_res_feats_0"}
    half = Embedding("tiny", embedding.weights, arrays, embedding.size_hw, embedding.input_hw, SIDE)
    with pytest.raises(ModelUnavailable, match=r"high_res_feats_0 of shape .* got none"):
        model.decode(half, [Prompt.of(points=[[1, 1]])])


def test_the_image_part_of_a_video_models_configuration() -> None:
    assert parts_of({"vision_config": 1, "num_maskmem": 7, "model_type": "sam2_video"}) == {"vision_config": 1}


def test_an_impossible_configuration_is_named() -> None:
    config = {"mask_decoder_config": {"hidden_size": "?"}}
    with pytest.raises(ModelUnavailable, match="makes no SAM 2"):
        built(config, {}, "folder", LAYOUT, Sam2Model, Sam2Config)
