"""Meta's original SAM checkpoints as transformers' SamModel wants them: its configuration, its names of the weights.

Pure functions of names and shapes; nothing here imports torch.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Protocol, TypeVar

from ..errors import ModelUnavailable


class Shaped(Protocol):
    """A tensor, as far as this module looks at one."""

    @property
    def shape(self) -> Any:
        """Its sizes."""
        ...


Weight = TypeVar("Weight")

POSITIONS = "shared_image_embedding.positional_embedding"
TIED_POSITIONS = "prompt_encoder.shared_embedding.positional_embedding"
"""transformers names one array twice: the first for the image, the second for the prompts."""

# Applied in order; every one that matches at its place is used.
_RENAMES = [
    (re.compile(pattern), replacement)
    for pattern, replacement in [
        (r"^image_encoder\.patch_embed\.proj\.", "vision_encoder.patch_embed.projection."),
        (r"^image_encoder\.blocks\.(\d+)\.norm([12])\.", r"vision_encoder.layers.\1.layer_norm\2."),
        (r"^image_encoder\.blocks\.", "vision_encoder.layers."),
        (r"^image_encoder\.neck\.0\.", "vision_encoder.neck.conv1."),
        (r"^image_encoder\.neck\.1\.", "vision_encoder.neck.layer_norm1."),
        (r"^image_encoder\.neck\.2\.", "vision_encoder.neck.conv2."),
        (r"^image_encoder\.neck\.3\.", "vision_encoder.neck.layer_norm2."),
        (r"^image_encoder\.", "vision_encoder."),
        (r"^prompt_encoder\.pe_layer\.positional_encoding_gaussian_matrix$", POSITIONS),
        (r"^prompt_encoder\.point_embeddings\.", "prompt_encoder.point_embed."),
        (r"^prompt_encoder\.mask_downscaling\.0\.", "prompt_encoder.mask_embed.conv1."),
        (r"^prompt_encoder\.mask_downscaling\.1\.", "prompt_encoder.mask_embed.layer_norm1."),
        (r"^prompt_encoder\.mask_downscaling\.3\.", "prompt_encoder.mask_embed.conv2."),
        (r"^prompt_encoder\.mask_downscaling\.4\.", "prompt_encoder.mask_embed.layer_norm2."),
        (r"^prompt_encoder\.mask_downscaling\.6\.", "prompt_encoder.mask_embed.conv3."),
        (
            r"^mask_decoder\.transformer\.layers\.(\d+)\.norm([1-4])\.",
            r"mask_decoder.transformer.layers.\1.layer_norm\2.",
        ),
        (r"^mask_decoder\.transformer\.norm_final_attn\.", "mask_decoder.transformer.layer_norm_final_attn."),
        (r"^mask_decoder\.output_upscaling\.0\.", "mask_decoder.upscale_conv1."),
        (r"^mask_decoder\.output_upscaling\.1\.", "mask_decoder.upscale_layer_norm."),
        (r"^mask_decoder\.output_upscaling\.3\.", "mask_decoder.upscale_conv2."),
    ]
]
_MLP = re.compile(r"^(mask_decoder\.(?:iou_prediction_head|output_hypernetworks_mlps\.\d+))\.layers\.(\d+)\.(\w+)$")


def to_transformers(state: Mapping[str, Weight]) -> dict[str, Weight]:
    """The same weights under SamModel's names; names that SAM does not have stay as they are."""
    last: dict[str, int] = {}
    for key in state:
        if match := _MLP.match(key):
            last[match[1]] = max(last.get(match[1], 0), int(match[2]))
    renamed = {}
    for key, weight in state.items():
        if match := _MLP.match(key):
            stem, index, kind = match[1], int(match[2]), match[3]
            place = "proj_in" if index == 0 else "proj_out" if index == last[stem] else f"layers.{index - 1}"
            key = f"{stem}.{place}.{kind}"
        else:
            for pattern, replacement in _RENAMES:
                key = pattern.sub(replacement, key)
        renamed[key] = weight
    if POSITIONS in renamed:
        renamed[TIED_POSITIONS] = renamed[POSITIONS]
    return renamed


def config_of(state: Mapping[str, Shaped]) -> dict[str, Any]:
    """What SamConfig takes, read off the shapes of Meta's weights: vit_b, vit_l, vit_h or any other size.

    Two numbers leave no trace in the shapes and are SAM's own: 8 heads in the decoder, and the epsilon of its
    layer norms, 1e-5 in Meta's code against 1e-6 in transformers' defaults.

    Raises:
        ModelUnavailable: these are not the weights of a SAM 1.
    """
    try:
        return _config_of({key: tuple(int(size) for size in weight.shape) for key, weight in state.items()})
    except (KeyError, IndexError, ValueError, ZeroDivisionError) as error:
        reason = f"it has no {error}" if isinstance(error, KeyError) else str(error)
        raise ModelUnavailable(
            f"expected the weights of a SAM 1 (vit_b, vit_l or vit_h), but {reason}; found {some(state)}. "
            "Other families (SAM 2, HQ-SAM, MobileSAM, ...) do not load as SAM 1."
        ) from error


def _config_of(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Any]:
    hidden, channels, patch, _ = shapes["image_encoder.patch_embed.proj.weight"]
    _, grid, across, _ = shapes["image_encoder.pos_embed"]
    if grid != across:
        raise ValueError(f"its image is {across} x {grid} patches, not a square")
    depth = _count(shapes, r"image_encoder\.blocks\.(\d+)\.")
    # A layer that looks at the whole image has relative positions for the whole grid, the others for one window.
    spans = [(shapes[f"image_encoder.blocks.{i}.attn.rel_pos_h"][0] + 1) // 2 for i in range(depth)]
    windows = {span for span in spans if span != grid}
    if len(windows) > 1:
        raise ValueError(f"its windows have several sizes: {sorted(windows)} patches")
    head = shapes["image_encoder.blocks.0.attn.rel_pos_h"][1]
    if hidden % head:
        raise ValueError(f"its heads have {head} channels in layers of {hidden}")
    width = shapes["mask_decoder.iou_token.weight"][1]
    features = shapes["prompt_encoder.pe_layer.positional_encoding_gaussian_matrix"][1]
    image_size = grid * patch
    return {
        "vision_config": {
            "hidden_size": hidden,
            "output_channels": shapes["image_encoder.neck.0.weight"][0],
            "num_hidden_layers": depth,
            "num_attention_heads": hidden // head,
            "num_channels": channels,
            "image_size": image_size,
            "patch_size": patch,
            "qkv_bias": "image_encoder.blocks.0.attn.qkv.bias" in shapes,
            "mlp_dim": shapes["image_encoder.blocks.0.mlp.lin1.weight"][0],
            "window_size": windows.pop() if windows else 0,
            "global_attn_indexes": [i for i, span in enumerate(spans) if span == grid],
            "num_pos_feats": features,
        },
        "prompt_encoder_config": {
            "hidden_size": width,
            "image_size": image_size,
            "patch_size": patch,
            "mask_input_channels": shapes["prompt_encoder.mask_downscaling.3.weight"][0],
            "num_point_embeddings": _count(shapes, r"prompt_encoder\.point_embeddings\.(\d+)\."),
        },
        "mask_decoder_config": {
            "hidden_size": width,
            "mlp_dim": shapes["mask_decoder.transformer.layers.0.mlp.lin1.weight"][0],
            "num_hidden_layers": _count(shapes, r"mask_decoder\.transformer\.layers\.(\d+)\."),
            "attention_downsample_rate": width
            // shapes["mask_decoder.transformer.layers.0.cross_attn_token_to_image.q_proj.weight"][0],
            "num_multimask_outputs": shapes["mask_decoder.mask_tokens.weight"][0] - 1,
            "iou_head_depth": _count(shapes, r"mask_decoder\.iou_prediction_head\.layers\.(\d+)\."),
            "iou_head_hidden_dim": shapes["mask_decoder.iou_prediction_head.layers.0.weight"][0],
            "layer_norm_eps": 1e-5,
        },
    }


def _count(keys: Iterable[str], pattern: str) -> int:
    """How many numbers stand at the group of `pattern`."""
    return len({match[1] for key in keys if (match := re.match(pattern, key))})


def some(keys: Iterable[str], limit: int = 3) -> str:
    """The first few of `keys`, for a message."""
    ordered = sorted(keys)
    more = f" and {len(ordered) - limit} more" if len(ordered) > limit else ""
    return (", ".join(ordered[:limit]) or "nothing") + more
