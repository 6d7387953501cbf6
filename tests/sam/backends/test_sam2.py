"""SAM 2 against transformers' own model, and against Meta's own package with the same weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import Sam2Config, Sam2Model

from sam import ModelUnavailable
from sam.backends._hires import HighResolutionSegmenter
from sam.backends._torch import squeeze
from sam.backends.sam2 import load
from sam.checkpoints import convert_sam2
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
        "backbone_config": {
            "model_type": "sam2_hiera_det_model",
            "hidden_size": 8,
            "blocks_per_stage": [1, 2, 2, 1],
            "embed_dim_per_stage": [8, 16, 32, 64],
            "num_attention_heads_per_stage": [1, 2, 4, 8],
            "window_size_per_stage": [8, 4, 6, 3],
            "global_attention_blocks": [4],
        },
        "backbone_channel_list": [64, 32, 16, 8],
        "backbone_feature_sizes": [[32, 32], [16, 16], [8, 8]],
        "fpn_hidden_size": 32,
    },
    "prompt_encoder_config": {"hidden_size": 32, "image_size": SIDE},
    "mask_decoder_config": DECODER,
}


@pytest.fixture(scope="module")
def peer() -> Any:
    torch.manual_seed(0)
    return shaken(Sam2Model(Sam2Config.from_dict(CONFIG)))


@pytest.fixture(scope="module")
def folder(peer: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sam2")
    peer.save_pretrained(path)
    return path


@pytest.fixture(scope="module")
def model(folder: Path) -> HighResolutionSegmenter:
    return load(folder, name="tiny", device="cpu", dtype="float32")


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


@pytest.fixture
def tiny_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """The narrow trunk of originals.py as if it were a published size."""
    sizes = {(8, (1, 2, 2, 1)): (1, [8, 4, 14, 7], [4])}
    monkeypatch.setattr(convert_sam2, "_HEADS_AND_WINDOWS", sizes)


@pytest.mark.slow
@pytest.mark.usefixtures("tiny_size")
def test_original_checkpoints_answer_as_metas_package(tmp_path: Path) -> None:
    model = load(write_original("sam2", tmp_path / "sam2.pt"), name="sam2", device="cpu", dtype="float32")
    compare_with_original(model, answers_of("sam2")[1])
    assert model.embed(noisy()).input_hw == (1024, 1024)


def test_bfloat16_is_close_to_float32(folder: Path, model: Any) -> None:
    fast = load(folder, name="tiny", device="cpu", dtype="bfloat16")
    assert fast.weights == model.weights
    image = noisy()
    one, two = model.embed(image), fast.embed(image)
    assert two.nbytes * 2 == one.nbytes
    prompt = asked("a box", False, SIDE // 4, True)
    ((logits, scores),), ((other, ranks),) = model.decode(one, [prompt]), fast.decode(two, [prompt])
    np.testing.assert_allclose(np.sort(scores), np.sort(ranks), atol=0.03)
    assert np.corrcoef(logits.max(0).ravel(), other.max(0).ravel())[0, 1] > 0.95


def test_a_video_models_folder_loads_too(folder: Path, model: Any, tmp_path: Path) -> None:
    """The hub's SAM 2 folders hold the video model: more weights, and a configuration with more in it."""
    import json
    import shutil

    from safetensors.torch import load_file, save_file

    copy = shutil.copytree(folder, tmp_path / "video")
    config = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps({**config, "model_type": "sam2_video", "num_maskmem": 7}))
    weights = load_file(copy / "model.safetensors")
    more = {"memory_attention.layers.0.x": torch.zeros(1), "no_memory_positional_encoding": torch.zeros(1, 1, 32)}
    save_file({**weights, **more}, copy / "model.safetensors", {"format": "pt"})
    assert load(copy, name="video", device="cpu", dtype="float32").weights == model.weights


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"image_encoder.patch_embed.proj.weight": torch.zeros(8, 3, 16, 16)}, "expected the weights of a SAM 2"),
        (
            {
                "image_encoder.trunk.patch_embed.proj.weight": torch.zeros(8, 3, 7, 7),
                "image_encoder.trunk.pos_embed": torch.zeros(1, 8, 7, 7),
                "image_encoder.trunk.blocks.0.norm2.weight": torch.zeros(8),
            },
            r"published size .* got 8 wide with \[1\] blocks",
        ),
    ],
)
def test_other_originals_are_refused(state: Any, words: str, tmp_path: Path) -> None:
    torch.save({"model": state}, tmp_path / "other.pt")
    with pytest.raises(ModelUnavailable, match=words):
        load(tmp_path / "other.pt", name="other")


def test_a_published_size_with_half_of_its_weights_is_refused(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(convert_sam2, "_HEADS_AND_WINDOWS", {(8, (1, 2, 2, 1)): (1, [8, 4, 14, 7], [4])})
    path = write_original("sam2", tmp_path / "sam2.pt")
    state = torch.load(path, weights_only=True)["model"]
    del state["sam_mask_decoder.conv_s0.weight"]
    torch.save({"model": state}, path)
    with pytest.raises(ModelUnavailable, match=r"weights of a SAM 2 \(missing: mask_decoder.conv_s0.weight\)"):
        load(path, name="half")
