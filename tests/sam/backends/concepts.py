"""Tiny SAM 3s with random weights that are asked in words, as the hub has them."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

from .owls import write_clip_words

SIDE = 112
_SCALES = {
    "presence_head.layer3": 0.05,
    "reference_points": 1.5,
    "box_head.layer3": 0.05,
    "query_proj": 0.3,
    "text_proj": 0.15,
}


def tiny_sam3(words: int, most_tokens: int = 16) -> Any:
    """A Sam3Model that tells boxes and words apart: a fresh one answers the same to everything."""
    import torch

    from sam.backends.sam3_tracker import register_encoder

    register_encoder()
    network = importlib.import_module("transformers.models.sam3.modeling_sam3")
    config = importlib.import_module("transformers.models.sam3.configuration_sam3")
    small = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2}
    backbone = {**small, "model_type": "sam3_vit_model", "image_size": SIDE, "patch_size": 14, "window_size": 4}
    backbone |= {"global_attn_indexes": [1], "pretrain_image_size": 56}
    vision = {
        "backbone_config": backbone,
        "fpn_hidden_size": 32,
        "backbone_feature_sizes": [[32, 32], [16, 16], [8, 8]],
    }
    text: dict[str, Any] = {**small, "vocab_size": words, "max_position_embeddings": most_tokens, "projection_dim": 32}
    text |= {"bos_token_id": words - 2, "eos_token_id": words - 1, "pad_token_id": 0, "hidden_act": "gelu"}
    detr = {"hidden_size": 32, "num_layers": 2, "num_attention_heads": 4, "intermediate_size": 48}
    torch.manual_seed(3)
    model = network.Sam3Model(
        config.Sam3Config(
            vision_config=vision,
            text_config=text,
            geometry_encoder_config=detr,
            detr_encoder_config=detr,
            detr_decoder_config={**detr, "num_queries": 20},
            mask_decoder_config={"hidden_size": 32, "num_attention_heads": 4},
        )
    )
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.ndim > 1:
                # Boxes all over the picture, and scores on both sides of every threshold.
                scale = next((scale for part, scale in _SCALES.items() if part in name), 0.25)
                weight.copy_(torch.randn_like(weight) * scale)
            if name.endswith("presence_head.layer3.bias"):
                weight.fill_(2.0)
    return model.eval()


def write_tiny_sam3(folder: Path, *, most_tokens: int = 16, whole: bool = False) -> Path:
    """A folder as save_pretrained writes it; `whole` with the tracker's weights beside, as the hub has it."""
    model = tiny_sam3(write_clip_words(folder), most_tokens)
    model.save_pretrained(folder)
    if whole:
        import torch
        from safetensors.torch import load_file, save_file

        own = {f"detector_model.{key}": value for key, value in load_file(folder / "model.safetensors").items()}
        others = {"tracker_model.memory.weight": torch.zeros(1), "tracker_neck.weight": torch.zeros(1)}
        save_file({**own, **others}, folder / "model.safetensors", {"format": "pt"})
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps({"model_type": "sam3_video", "detector_config": config}))
    settings = {"image_processor_type": "Sam3ImageProcessor", "size": {"height": SIDE, "width": SIDE}}
    (folder / "processor_config.json").write_text(json.dumps({"image_processor": settings}))
    return folder
