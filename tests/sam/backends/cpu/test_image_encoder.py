"""The encoder's sums in another order, against transformers' own encoders with the same random weights."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from transformers import SamHQVisionConfig, SamVisionConfig
from transformers.models.sam.modeling_sam import SamVisionEncoder
from transformers.models.sam_hq.modeling_sam_hq import SamHQVisionEncoder

from sam.backends.cpu.image_encoder import EXACT_LAYERS, encode, keep_exact

SIZES: dict[str, Any] = {
    "hidden_size": 40,
    "num_hidden_layers": 3,
    "num_attention_heads": 5,
    "image_size": 160,
    "patch_size": 16,
    "output_channels": 24,
    "mlp_ratio": 2.0,
}


def made(hq: bool, **sizes: Any) -> Any:
    """An encoder whose weights, biases and relative positions are all random."""
    torch.manual_seed(0)
    config, kind = (SamHQVisionConfig, SamHQVisionEncoder) if hq else (SamVisionConfig, SamVisionEncoder)
    model = kind(config(**SIZES, **sizes)).eval().requires_grad_(False)
    for parameter in model.parameters():
        parameter += torch.randn_like(parameter) * 0.1
    return model


@pytest.mark.parametrize("hq", [False, True])
@pytest.mark.parametrize(
    "sizes",
    [
        {"window_size": 4, "global_attn_indexes": [1]},  # windows are padded: 10 = 4 + 4 + 2
        {"window_size": 5, "global_attn_indexes": [0, 2]},
        {"window_size": 4, "global_attn_indexes": [1], "qkv_bias": False},
        {"window_size": 4, "global_attn_indexes": [1], "use_rel_pos": False, "use_abs_pos": False},
    ],
)
def test_the_answers_are_those_of_transformers(hq: bool, sizes: dict[str, Any]) -> None:
    model = made(hq, **sizes)
    pixels = torch.randn(1, 3, 160, 160)
    with torch.inference_mode():
        theirs = model(pixels)
        keep_exact(model, torch.float32)
        found, early = encode(model, pixels)
    torch.testing.assert_close(found, theirs.last_hidden_state, rtol=1e-4, atol=1e-5)
    if hq:
        torch.testing.assert_close(early, theirs.intermediate_embeddings[0], rtol=1e-4, atol=1e-5)


def test_places_go_through_matrices_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    model = made(True, window_size=4, global_attn_indexes=[1])
    pixels = torch.randn(1, 3, 160, 160)
    with torch.inference_mode():
        whole = encode(model, pixels)
        monkeypatch.setattr("sam.backends.cpu.image_encoder._TOKENS", 30)  # of 100
        parts = encode(model, pixels)
    for one, other in zip(whole, parts, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


def test_bfloat16_loses_less_than_transformers_own() -> None:
    model = made(False, window_size=4, global_attn_indexes=[1])
    pixels = torch.randn(1, 3, 160, 160)
    half, mixed = copy.deepcopy(model).bfloat16(), copy.deepcopy(model)
    keep_exact(mixed, torch.bfloat16)
    kept = [layer.mlp.lin1.weight.dtype == torch.float32 for layer in mixed.layers]
    assert kept == [True] * EXACT_LAYERS + [False] * (len(kept) - EXACT_LAYERS)
    with torch.inference_mode():
        exact = model(pixels).last_hidden_state
        theirs, ours = half(pixels.bfloat16()).last_hidden_state, encode(mixed, pixels)[0]
    far, near = (float((one.float() - exact).square().mean().sqrt()) for one in (theirs, ours))
    assert near <= 0.9 * far
