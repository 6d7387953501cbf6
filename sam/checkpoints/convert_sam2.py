"""Meta's original SAM 2 checkpoints as transformers' Sam2Model wants them: configuration and names of the weights.

SAM 2 and what was made of it (EdgeTAM) differ in the trunk of the image encoder; neck, prompts, decoder are the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import torch

from ..errors import ModelUnavailable
from .convert_sam import some

State = dict[str, torch.Tensor]

POSITIONS = "shared_image_embedding.positional_embedding"
TIED_POSITIONS = "prompt_encoder.shared_embedding.positional_embedding"

# The memory of the video model, under Meta's names and under transformers'; an image needs none of it.
VIDEO = (
    r"^memory_",
    r"^maskmem_tpos_enc$",
    r"^no_mem_pos_enc$",
    r"^mask_downsample",
    r"^obj(ect)?_(ptr|pointer)_",
    r"^no_(obj|object)_",
    r"^temporal_positional_encoding_projection_layer",
    r"^no_memory_positional_encoding$",
    r"^occlusion_spatial_embedding_parameter$",
    r"^spatial_perceiver",
)

# Applied in order; every one that matches at its place is used.
_RENAMES = [
    (re.compile(pattern), replacement)
    for pattern, replacement in [
        (r"^no_mem_embed$", "no_memory_embedding"),
        (r"^image_encoder\.neck\.convs\.(\d+)\.conv\.", r"vision_encoder.neck.convs.\1."),
        (r"^image_encoder\.trunk\.body\.", "vision_encoder.backbone.timm_model."),
        (r"^image_encoder\.trunk\.patch_embed\.proj\.", "vision_encoder.backbone.patch_embed.projection."),
        (r"^image_encoder\.trunk\.blocks\.(\d+)\.norm([12])\.", r"vision_encoder.backbone.blocks.\1.layer_norm\2."),
        (r"^image_encoder\.trunk\.", "vision_encoder.backbone."),
        (r"^sam_prompt_encoder\.pe_layer\.positional_encoding_gaussian_matrix$", POSITIONS),
        (r"^sam_prompt_encoder\.mask_downscaling\.0\.", "prompt_encoder.mask_embed.conv1."),
        (r"^sam_prompt_encoder\.mask_downscaling\.1\.", "prompt_encoder.mask_embed.layer_norm1."),
        (r"^sam_prompt_encoder\.mask_downscaling\.3\.", "prompt_encoder.mask_embed.conv2."),
        (r"^sam_prompt_encoder\.mask_downscaling\.4\.", "prompt_encoder.mask_embed.layer_norm2."),
        (r"^sam_prompt_encoder\.mask_downscaling\.6\.", "prompt_encoder.mask_embed.conv3."),
        (r"^sam_prompt_encoder\.", "prompt_encoder."),
        (r"^(sam_mask_decoder\.transformer\.layers\.\d+)\.norm([1-4])\.", r"\1.layer_norm\2."),
        (r"^sam_mask_decoder\.transformer\.norm_final_attn\.", "sam_mask_decoder.transformer.layer_norm_final_attn."),
        (r"^(sam_mask_decoder\.transformer\..*)\.out_proj\.", r"\1.o_proj."),
        (r"^sam_mask_decoder\.output_upscaling\.0\.", "sam_mask_decoder.upscale_conv1."),
        (r"^sam_mask_decoder\.output_upscaling\.1\.", "sam_mask_decoder.upscale_layer_norm."),
        (r"^sam_mask_decoder\.output_upscaling\.3\.", "sam_mask_decoder.upscale_conv2."),
        (r"^sam_mask_decoder\.", "mask_decoder."),
    ]
]
_MLP = re.compile(
    r"^(.*\.(?:mlp|iou_prediction_head|pred_obj_score_head|output_hypernetworks_mlps\.\d+))\.layers\.(\d+)\.(\w+)$"
)
_POINT = re.compile(r"^sam_prompt_encoder\.point_embeddings\.(\d+)\.weight$")


def to_transformers(state: Mapping[str, torch.Tensor]) -> State:
    """The same weights under Sam2Model's names, without those that only a video needs; unknown names stay."""
    kept = {key: weight for key, weight in state.items() if not any(re.search(pattern, key) for pattern in VIDEO)}
    last: dict[str, int] = {}
    for key in kept:
        if match := _MLP.match(key):
            last[match[1]] = max(last.get(match[1], 0), int(match[2]))
    renamed: State = {}
    points: dict[int, torch.Tensor] = {}
    for key, weight in kept.items():
        if match := _POINT.match(key):
            points[int(match[1])] = weight
            continue
        if match := _MLP.match(key):
            stem, index = match[1], int(match[2])
            place = "proj_in" if index == 0 else "proj_out" if index == last[stem] else f"layers.{index - 1}"
            key = f"{stem}.{place}.{match[3]}"
        for pattern, replacement in _RENAMES:
            key = pattern.sub(replacement, key)
        renamed[key] = weight
    if points:
        renamed["prompt_encoder.point_embed.weight"] = torch.cat([points[index] for index in sorted(points)])
    if POSITIONS in renamed:
        renamed[TIED_POSITIONS] = renamed[POSITIONS]
    return renamed


# (width of the first stage, blocks of each stage) -> what leaves no trace in the shapes.
_HEADS_AND_WINDOWS: dict[tuple[int, tuple[int, ...]], tuple[int, list[int], list[int]]] = {
    (96, (1, 2, 7, 2)): (1, [8, 4, 14, 7], [5, 7, 9]),
    (96, (1, 2, 11, 2)): (1, [8, 4, 14, 7], [7, 10, 13]),
    (112, (2, 3, 16, 3)): (2, [8, 4, 14, 7], [12, 16, 20]),
    (144, (2, 6, 36, 4)): (2, [8, 4, 16, 8], [23, 33, 43]),
}
"""SAM 2's tiny, small, base-plus and large: heads of the first stage, windows, blocks that see the whole image."""


def config_of(state: Mapping[str, torch.Tensor]) -> dict[str, Any]:
    """What Sam2Config takes, read off the shapes of Meta's weights: tiny, small, base-plus or large.

    Raises:
        ModelUnavailable: these are not the weights of a SAM 2, or of a size that was never published.
    """
    try:
        trunk = "image_encoder.trunk."
        width = int(state[trunk + "patch_embed.proj.weight"].shape[0])
        blocks = sorted(
            {int(match[1]) for key in state if (match := re.match(re.escape(trunk) + r"blocks\.(\d+)", key))}
        )
        widths = [int(state[f"{trunk}blocks.{block}.norm2.weight"].shape[0]) for block in blocks]
        background = list(state[trunk + "pos_embed"].shape[2:])
    except KeyError as error:
        raise ModelUnavailable(
            f"expected the weights of a SAM 2, but it has no {error}; found {some(state)}."
        ) from error
    stages = sorted(set(widths))
    counts = tuple(widths.count(stage) for stage in stages)
    if (width, counts) not in _HEADS_AND_WINDOWS:
        known = "; ".join(f"{first} wide with {list(blocks)}" for first, blocks in _HEADS_AND_WINDOWS)
        raise ModelUnavailable(
            f"expected a SAM 2 of a published size ({known} blocks), got {width} wide with {list(counts)} blocks."
        )
    heads, windows, everywhere = _HEADS_AND_WINDOWS[width, counts]
    return {
        "vision_config": {
            "backbone_config": {
                "model_type": "sam2_hiera_det_model",
                "hidden_size": width,
                "num_attention_heads": heads,
                "blocks_per_stage": list(counts),
                "embed_dim_per_stage": stages,
                "num_attention_heads_per_stage": [heads * 2**stage for stage in range(len(stages))],
                "window_size_per_stage": windows,
                "global_attention_blocks": everywhere,
                "window_positional_embedding_background_size": background,
            },
            "backbone_channel_list": stages[::-1],
        }
    }
