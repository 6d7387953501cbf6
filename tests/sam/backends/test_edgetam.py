"""EdgeTAM against transformers' own model, and against SAM 2's code on timm's RepViT with the same weights."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from transformers import EdgeTamConfig, EdgeTamModel, EdgeTamVisionConfig, ResNetConfig

from sam import ModelUnavailable
from sam.backends._hires import HighResolutionSegmenter
from sam.backends._torch import squeeze
from sam.backends.edgetam import load
from sam.networks.repvit import Backbone
from tests.sam.backends.parity import (
    CASES,
    answers_of,
    asked,
    assert_same,
    compare_with_original,
    inputs_of,
    noisy,
    write_original,
)
from tests.sam.backends.tiny import tiny_model

SIDE = 64


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model("edgetam", tmp_path_factory.mktemp("edgetam") / "tiny")


@pytest.fixture(scope="module")
def model(folder: Path) -> HighResolutionSegmenter:
    return load(folder, name="tiny", device="cpu", dtype="float32")


class Timm(Backbone):
    """RepViT as transformers' wrapper around timm hands it on."""

    def forward(self, pixel_values: Any, **_: Any) -> Any:
        return SimpleNamespace(last_hidden_state=self.timm_model(pixel_values), hidden_states=None)


@pytest.fixture(scope="module")
def peer(folder: Path) -> Any:
    """transformers' EdgeTamModel, with RepViT where it would ask for timm."""
    import json

    from safetensors.torch import load_file

    config = json.loads((folder / "config.json").read_text())
    vision = {key: value for key, value in config["vision_config"].items() if key != "backbone_config"}
    own = EdgeTamConfig(
        vision_config=EdgeTamVisionConfig(**vision, backbone_config=ResNetConfig(hidden_sizes=[8] * 4, depths=[1] * 4)),
        prompt_encoder_config=config["prompt_encoder_config"],
        mask_decoder_config=config["mask_decoder_config"],
    )
    model = EdgeTamModel(own)
    model.vision_encoder.backbone = Timm([8, 16, 24, 32], [1, 1, 2, 1])
    model.load_state_dict(load_file(folder / "model.safetensors"))
    return model.eval()


@pytest.mark.parametrize("many", [True, False])
@pytest.mark.parametrize("guided", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_answers_are_those_of_transformers(case: str, guided: bool, many: bool, peer: Any, model: Any) -> None:
    image = noisy()
    prompt = asked(case, guided, SIDE // 4, many)
    scale = SIDE / np.array(image.shape[1::-1])
    with torch.no_grad():
        output = peer(pixel_values=squeeze(image, SIDE), **inputs_of(prompt, scale))
    assert_same(model.decode(model.embed(image), [prompt])[0], output)


@pytest.mark.slow
def test_original_checkpoints_answer_as_metas_code_on_timms_encoder(tmp_path: Path) -> None:
    path = write_original("edgetam", tmp_path / "edgetam.pt")
    model = load(path, name="edgetam", device="cpu", dtype="float32")
    compare_with_original(model, answers_of("edgetam")[1])


def test_other_originals_are_refused(tmp_path: Path) -> None:
    torch.save({"model": {"image_encoder.trunk.pos_embed": torch.zeros(1)}}, tmp_path / "other.pt")
    with pytest.raises(ModelUnavailable, match="expected the weights of an EdgeTAM"):
        load(tmp_path / "other.pt", name="other")
