"""HQ-SAM against transformers' own model, and against the authors' package with the same weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import SamHQConfig, SamHQModel

from sam.backends.sam import preprocess
from sam.backends.sam_hq import HqSegmenter, load
from tests.sam.backends.parity import (
    CASES,
    DECODER,
    answers_of,
    asked,
    assert_same,
    compare_with_original,
    inputs_of,
    noisy,
    shaken,
    write_original,
)

SIDE = 128
CONFIG: dict[str, Any] = {
    "vision_config": {
        "hidden_size": 24,
        "num_hidden_layers": 3,
        "num_attention_heads": 2,
        "image_size": SIDE,
        "output_channels": 32,
        "num_pos_feats": 16,
        "window_size": 3,
        "global_attn_indexes": [1, 2],
    },
    "prompt_encoder_config": {"hidden_size": 32, "image_size": SIDE},
    "mask_decoder_config": {**DECODER, "vit_dim": 24},
}


def with_the_image_that_was_attended_to(model: Any) -> Any:
    """transformers 5.23 upscales the image as it was before its transformer, which the authors' code does not.

    Here the transformer writes its own image where that decoder looks; a version that looks elsewhere is not disturbed.
    """

    def write_back(module: Any, inputs: Any, given: Any, found: Any) -> None:
        _, image = found
        before = given["image_embeddings"]
        before.copy_(image.transpose(2, 3).reshape(before.shape).transpose(2, 3))

    model.mask_decoder.transformer.register_forward_hook(write_back, with_kwargs=True)
    return model


@pytest.fixture(scope="module")
def peer() -> Any:
    torch.manual_seed(0)
    return with_the_image_that_was_attended_to(shaken(SamHQModel(SamHQConfig.from_dict(CONFIG))))


@pytest.fixture(scope="module")
def folder(peer: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hq")
    peer.save_pretrained(path)
    return path


@pytest.fixture(scope="module")
def model(folder: Path) -> HqSegmenter:
    return load(folder, name="tiny", device="cpu", dtype="float32")


@pytest.mark.parametrize("many", [True, False])
@pytest.mark.parametrize("guided", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_answers_are_those_of_transformers(case: str, guided: bool, many: bool, peer: Any, model: Any) -> None:
    image = noisy()
    prompt = asked(case, guided, SIDE // 4, many)
    pixels, input_hw = preprocess(image, SIDE)
    scale = np.array(input_hw[::-1]) / np.array(image.shape[1::-1])
    given = inputs_of(prompt, scale)
    with torch.no_grad():
        output = peer(pixel_values=torch.from_numpy(pixels), **given)
    assert_same(model.decode(model.embed(image), [prompt])[0], output)


def test_original_checkpoints_answer_as_the_authors_package(tmp_path: Path) -> None:
    path = write_original("sam_hq", tmp_path / "sam_hq.pth", wrap="")
    model = load(path, name="hq", device="cpu", dtype="float32")
    compare_with_original(model, answers_of("sam_hq")[1], side=64)
