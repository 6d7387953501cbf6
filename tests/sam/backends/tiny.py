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

    vision: dict[str, Any] = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 1, "image_size": SIDE}
    vision |= {"output_channels": 16, "num_pos_feats": 8, "global_attn_indexes": [0]}
    return SamModel(SamConfig(vision_config=vision, prompt_encoder_config=PROMPTS, mask_decoder_config=DECODER))


def _sam_hq() -> Any:
    from transformers import SamHQConfig, SamHQModel

    vision: dict[str, Any] = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 1, "image_size": SIDE}
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


SAM3_SIDE = 112


def _sam3_tracker() -> Any:
    from transformers import Sam3TrackerConfig, Sam3TrackerModel

    from sam.backends.sam3_tracker import register_encoder
    from tests.sam.backends.parity import shaken

    register_encoder()
    trunk = {"model_type": "sam3_vit_model", "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2}
    trunk |= {"num_attention_heads": 2, "image_size": SAM3_SIDE, "patch_size": 14, "window_size": 4}
    trunk |= {"global_attn_indexes": [1], "pretrain_image_size": 56}
    vision = {"model_type": "sam3_vision_model", "backbone_config": trunk, "fpn_hidden_size": 32}
    vision |= {"backbone_feature_sizes": [[32, 32], [16, 16], [8, 8]]}
    parts = {
        "vision_config": vision,
        "prompt_encoder_config": {"hidden_size": 32, "image_size": SAM3_SIDE, "patch_size": 14},
        "mask_decoder_config": {"hidden_size": 32, "mlp_dim": 48, "iou_head_hidden_dim": 24},
    }
    return shaken(Sam3TrackerModel(Sam3TrackerConfig.from_dict(parts)))


def _edgetam(folder: Path) -> None:
    """transformers cannot make one without timm: the files are those that it would write."""
    import json

    import torch
    from safetensors.torch import save_file
    from transformers import Sam2Config, Sam2Model

    from sam.networks.repvit import Backbone

    widths, depths = [8, 16, 24, 32], [1, 1, 2, 1]
    vision = {"backbone_channel_list": widths[::-1], "fpn_hidden_size": 16}
    vision |= {"backbone_feature_sizes": [[16, 16], [8, 8], [4, 4]]}
    parts = {"vision_config": vision, "prompt_encoder_config": PROMPTS, "mask_decoder_config": DECODER}
    model = Sam2Model(Sam2Config.from_dict(parts))
    model.vision_encoder.backbone = Backbone(widths, depths)
    for name, value in model.vision_encoder.backbone.named_buffers():
        if name.endswith("running_mean"):
            value += torch.randn_like(value) * 0.1
    vision |= {"backbone_config": {"model_type": "timm_wrapper", "architecture": "repvit_m1"}}
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"model_type": "edgetam", **parts}))
    save_file({name: value.contiguous() for name, value in model.state_dict().items()}, folder / "model.safetensors")


MODELS: dict[str, Callable[[], Any]] = {"sam": _sam, "sam_hq": _sam_hq, "sam2": _sam2, "sam3_tracker": _sam3_tracker}


def _mobile_sam(folder: Path) -> None:
    """A narrow TinyViT under the names of mobile_sam.pt; the image stays 1024 pixels wide, a constant there."""
    import torch

    from tests.sam.backends.made_up import state_of
    from tests.sam.backends.parity import answers_of

    layout = answers_of("mobile_sam")[0]
    narrow = {64: 8, 128: 16, 160: 24, 320: 32}
    heads = {2: 1, 4: 2, 5: 3, 10: 4}

    def less(name: str, shape: list[int]) -> list[int]:
        if name == "image_encoder.neck.0.weight":
            return [shape[0], narrow[shape[1]], 1, 1]
        if not name.startswith("image_encoder.") or "neck" in name:
            return shape
        if name.endswith("attention_biases"):
            return [heads[shape[0]], shape[1]]
        return [_less(size, narrow) for size in shape]

    kept = {
        name: less(name, shape)
        for name, shape in layout.items()
        if not any(f".blocks.{number}." in name for number in range(1, 6))
    }
    folder.mkdir()
    torch.save(state_of(kept), folder / "mobile_sam.pt")


def _less(size: int, narrow: dict[int, int]) -> int:
    """A width, or a small multiple or part of one, in the narrow size."""
    for wide in sorted(narrow, reverse=True):
        for factor in (1, 3, 4):
            if size == wide * factor:
                return narrow[wide] * factor
    return narrow[64] // 2 if size == 32 else size


def _efficient_sam(folder: Path) -> None:
    """The weights that originals.py made up, under both names that are published."""
    from tests.sam.backends.parity import write_original

    folder.mkdir()
    for letter in "ts":
        write_original("efficient_sam", folder / f"efficient_sam_vit{letter}.pt")


FILES: dict[str, Callable[[Path], None]] = {
    "edgetam": _edgetam,
    "mobile_sam": _mobile_sam,
    "efficient_sam": _efficient_sam,
}


def tiny_model(family: str, folder: Path) -> Path:
    """The folder, with the files of a model of random weights; always the same ones."""
    import torch

    torch.manual_seed(0)
    if family in FILES:
        FILES[family](folder)
    else:
        MODELS[family]().save_pretrained(folder)
    return folder
