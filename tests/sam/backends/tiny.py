"""A tiny model of each family, with the files that a user would have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

SIDE = 64
DECODER = {"hidden_size": 16, "mlp_dim": 16, "iou_head_hidden_dim": 16}
PROMPTS = {"hidden_size": 16, "image_size": SIDE}


def _sam() -> Any:
    from transformers import SamConfig, SamModel

    vision = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 1, "image_size": SIDE}
    vision |= {"output_channels": 16, "num_pos_feats": 8, "global_attn_indexes": [0]}
    return SamModel(SamConfig(vision_config=vision, prompt_encoder_config=PROMPTS, mask_decoder_config=DECODER))


def _sam_hq() -> Any:
    from transformers import SamHQConfig, SamHQModel

    vision = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 1, "image_size": SIDE}
    vision |= {"output_channels": 16, "num_pos_feats": 8, "global_attn_indexes": [0]}
    decoder = {**DECODER, "vit_dim": 16}
    return SamHQModel(SamHQConfig(vision_config=vision, prompt_encoder_config=PROMPTS, mask_decoder_config=decoder))


def _sam2() -> Any:
    from transformers import Sam2Config, Sam2Model

    trunk = {"model_type": "sam2_hiera_det_model", "hidden_size": 4, "blocks_per_stage": [1, 1, 2, 1]}
    trunk |= {"embed_dim_per_stage": [4, 8, 16, 32], "num_attention_heads_per_stage": [1, 1, 1, 1]}
    trunk |= {"window_size_per_stage": [8, 4, 4, 2], "global_attention_blocks": [3]}
    vision = {"backbone_config": trunk, "backbone_channel_list": [32, 16, 8, 4], "fpn_hidden_size": 16}
    vision |= {"backbone_feature_sizes": [[16, 16], [8, 8], [4, 4]]}
    return Sam2Model(
        Sam2Config.from_dict(
            {"vision_config": vision, "prompt_encoder_config": PROMPTS, "mask_decoder_config": DECODER}
        )
    )


MODELS: dict[str, Callable[[], Any]] = {"sam": _sam, "sam_hq": _sam_hq, "sam2": _sam2}


def tiny_model(family: str, folder: Path) -> Path:
    """The folder, with the files of a model of random weights; always the same ones."""
    import torch

    torch.manual_seed(0)
    MODELS[family]().save_pretrained(folder)
    return folder
