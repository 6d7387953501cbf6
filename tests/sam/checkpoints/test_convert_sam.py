"""Meta's names and shapes against transformers' own."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from transformers import SamConfig, SamModel

from sam import ModelUnavailable
from sam.checkpoints.convert_sam import config_of, to_transformers


def meta_model(config: SamConfig) -> SamModel:
    with torch.device("meta"):
        return SamModel(config)


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ["small", "full"])
def test_names_and_shapes_are_those_of_transformers_own_model(
    architecture: str, request: pytest.FixtureRequest
) -> None:
    original = torch.load(request.getfixturevalue(architecture).model, weights_only=True)
    own = meta_model(SamConfig.from_dict(config_of(original))).state_dict()
    converted = to_transformers(original)
    assert converted.keys() == own.keys()
    assert {key: weight.shape for key, weight in converted.items()} == {key: value.shape for key, value in own.items()}
    # One array has two names in transformers; but for that, nothing is dropped and nothing is used twice.
    assert len({id(weight) for weight in converted.values()}) == len(original) == len(own) - 1


def test_config_is_read_off_the_shapes(small: Any) -> None:
    config = config_of(torch.load(small.model, weights_only=True))
    assert config["vision_config"] == {
        "hidden_size": 32,
        "output_channels": 64,
        "num_hidden_layers": 3,
        "num_attention_heads": 2,
        "num_channels": 3,
        "image_size": 256,
        "patch_size": 16,
        "qkv_bias": True,
        "mlp_dim": 96,
        "window_size": 7,
        "global_attn_indexes": [1],
        "num_pos_feats": 32,
    }
    assert config["prompt_encoder_config"] == {
        "hidden_size": 64,
        "image_size": 256,
        "patch_size": 16,
        "mask_input_channels": 16,
        "num_point_embeddings": 4,
    }
    assert config["mask_decoder_config"] == {
        "hidden_size": 64,
        "mlp_dim": 96,
        "num_hidden_layers": 2,
        "attention_downsample_rate": 2,
        "num_multimask_outputs": 3,
        "iou_head_depth": 4,
        "iou_head_hidden_dim": 48,
        "layer_norm_eps": 1e-5,
    }


# Sizes from build_sam.py of segment-anything; the weights themselves are never made.
PUBLISHED = {
    "vit_b": (768, 12, 12, [2, 5, 8, 11]),
    "vit_l": (1024, 24, 16, [5, 11, 17, 23]),
    "vit_h": (1280, 32, 16, [7, 15, 23, 31]),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_sizes_are_recognised(name: str, full: Any) -> None:
    width, depth, heads, global_layers = PUBLISHED[name]
    head = width // heads
    shapes = {
        key: torch.empty(weight.shape, device="meta")
        for key, weight in torch.load(full.model, weights_only=True).items()
        if not key.startswith("image_encoder.blocks.")
    }

    def weight(key: str, *sizes: int) -> None:
        shapes[f"image_encoder.{key}"] = torch.empty(sizes, device="meta")

    weight("patch_embed.proj.weight", width, 3, 16, 16)
    weight("patch_embed.proj.bias", width)
    weight("pos_embed", 1, 64, 64, width)
    weight("neck.0.weight", 256, width, 1, 1)
    for i in range(depth):
        span = 64 if i in global_layers else 14
        for norm in ("norm1", "norm2"):
            weight(f"blocks.{i}.{norm}.weight", width)
            weight(f"blocks.{i}.{norm}.bias", width)
        for axis in ("h", "w"):
            weight(f"blocks.{i}.attn.rel_pos_{axis}", 2 * span - 1, head)
        for layer, rows, columns in (
            ("attn.qkv", 3 * width, width),
            ("attn.proj", width, width),
            ("mlp.lin1", 4 * width, width),
            ("mlp.lin2", width, 4 * width),
        ):
            weight(f"blocks.{i}.{layer}.weight", rows, columns)
            weight(f"blocks.{i}.{layer}.bias", rows)
    config = SamConfig.from_dict(config_of(shapes))
    vision: Any = config.vision_config
    assert (vision.hidden_size, vision.num_hidden_layers, vision.num_attention_heads) == (width, depth, heads)
    assert (list(vision.global_attn_indexes), vision.window_size) == (global_layers, 14)
    own = meta_model(config).state_dict()
    assert {k: v.shape for k, v in to_transformers(shapes).items()} == {k: v.shape for k, v in own.items()}


def test_unknown_names_stay_to_be_reported() -> None:
    assert to_transformers({"mask_decoder.hf_token.weight": 1}) == {"mask_decoder.hf_token.weight": 1}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, "it has no 'image_encoder.patch_embed.proj.weight'; found nothing"),
        ({"image_encoder.pos_embed": (1, 16, 8, 32)}, "its image is 8 x 16 patches"),
        ({"image_encoder.blocks.0.attn.rel_pos_h": (9, 16)}, r"several sizes: \[5, 7\]"),
        ({"image_encoder.blocks.0.attn.rel_pos_h": (13, 15)}, "heads have 15 channels in layers of 32"),
        ({"image_encoder.pos_embed": (16, 32)}, "expected the weights of a SAM 1"),
    ],
)
def test_shapes_of_no_sam_are_refused(change: dict[str, tuple[int, ...]], reason: str, small: Any) -> None:
    weights = torch.load(small.model, weights_only=True) if change else {}
    weights |= {key: torch.empty(shape, device="meta") for key, shape in change.items()}
    with pytest.raises(ModelUnavailable, match=reason):
        config_of(weights)
