"""Original Grounding DINO checkpoints under the names that models on the hub use: configuration and weights.

Those names, and not the current ones of transformers' modules: the hub's are fixed, and transformers itself reads them
into whatever its modules are called in a later version.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..errors import ModelUnavailable
from .convert_sam import Shaped, some

# Computed when the model is built, or used only to train it.
_UNUSED = re.compile(
    r"relative_position_index$|attn_mask$|position_ids$|^bert\.pooler\.|^label_enc\.|^transformer\.(reference_points)\."
)
_SWIN = r"^backbone\.0\."
_VISION = "model.backbone.conv_encoder.model."
_ENCODER = r"^transformer\.encoder\.layers\.(\d+)\."
_TEXT = r"^transformer\.encoder\.text_layers\.(\d+)\."
_FUSION = r"^transformer\.encoder\.fusion_layers\.(\d+)\."
_DECODER = r"^transformer\.decoder\.layers\.(\d+)\."

# Applied in order; every one that matches at its place is used.
_RENAMES = [
    (re.compile(pattern), replacement)
    for pattern, replacement in [
        (_SWIN + r"patch_embed\.proj\.", _VISION + "embeddings.patch_embeddings.projection."),
        (_SWIN + r"patch_embed\.norm\.", _VISION + "embeddings.norm."),
        (_SWIN + r"(layers\.\d+\.blocks\.\d+)\.norm1\.", _VISION + r"encoder.\1.layernorm_before."),
        (_SWIN + r"(layers\.\d+\.blocks\.\d+)\.norm2\.", _VISION + r"encoder.\1.layernorm_after."),
        (_SWIN + r"(layers\.\d+\.blocks\.\d+)\.attn\.proj\.", _VISION + r"encoder.\1.attention.output.dense."),
        (_SWIN + r"(layers\.\d+\.blocks\.\d+)\.attn\.", _VISION + r"encoder.\1.attention.self."),
        (_SWIN + r"(layers\.\d+\.blocks\.\d+)\.mlp\.fc1\.", _VISION + r"encoder.\1.intermediate.dense."),
        (_SWIN + r"(layers\.\d+\.blocks\.\d+)\.mlp\.fc2\.", _VISION + r"encoder.\1.output.dense."),
        (_SWIN + r"(layers\.\d+\.downsample)\.", _VISION + r"encoder.\1."),
        (_ENCODER + r"norm1\.", r"model.encoder.layers.\1.deformable_layer.self_attn_layer_norm."),
        (_ENCODER + r"norm2\.", r"model.encoder.layers.\1.deformable_layer.final_layer_norm."),
        (_ENCODER + r"linear([12])\.", r"model.encoder.layers.\1.deformable_layer.fc\2."),
        (_ENCODER, r"model.encoder.layers.\1.deformable_layer."),
        (_TEXT + r"norm1\.", r"model.encoder.layers.\1.text_enhancer_layer.layer_norm_before."),
        (_TEXT + r"norm2\.", r"model.encoder.layers.\1.text_enhancer_layer.layer_norm_after."),
        (_TEXT + r"linear([12])\.", r"model.encoder.layers.\1.text_enhancer_layer.fc\2."),
        (_TEXT, r"model.encoder.layers.\1.text_enhancer_layer."),
        (_FUSION + r"gamma_v$", r"model.encoder.layers.\1.fusion_layer.vision_param"),
        (_FUSION + r"gamma_l$", r"model.encoder.layers.\1.fusion_layer.text_param"),
        (_FUSION + r"layer_norm_v\.", r"model.encoder.layers.\1.fusion_layer.layer_norm_vision."),
        (_FUSION + r"layer_norm_l\.", r"model.encoder.layers.\1.fusion_layer.layer_norm_text."),
        (_FUSION + r"attn\.(values_|out_)?v_proj\.", r"model.encoder.layers.\1.fusion_layer.attn.\2vision_proj."),
        (_FUSION + r"attn\.(values_|out_)?l_proj\.", r"model.encoder.layers.\1.fusion_layer.attn.\2text_proj."),
        (_DECODER + r"cross_attn\.", r"model.decoder.layers.\1.encoder_attn."),
        (_DECODER + r"ca_text\.", r"model.decoder.layers.\1.encoder_attn_text."),
        (_DECODER + r"catext_norm\.", r"model.decoder.layers.\1.encoder_attn_text_layer_norm."),
        (_DECODER + r"norm1\.", r"model.decoder.layers.\1.encoder_attn_layer_norm."),
        (_DECODER + r"norm2\.", r"model.decoder.layers.\1.self_attn_layer_norm."),
        (_DECODER + r"norm3\.", r"model.decoder.layers.\1.final_layer_norm."),
        (_DECODER + r"linear([12])\.", r"model.decoder.layers.\1.fc\2."),
        (_DECODER, r"model.decoder.layers.\1."),
        (r"^transformer\.decoder\.ref_point_head\.", "model.decoder.reference_points_head."),
        (r"^transformer\.decoder\.bbox_embed\.", "model.decoder.bbox_embed."),
        (r"^transformer\.decoder\.norm\.", "model.decoder.layer_norm."),
        (r"^transformer\.enc_out_bbox_embed\.", "model.encoder_output_bbox_embed."),
        (r"^transformer\.(enc_output|enc_output_norm)\.", r"model.\1."),
        (r"^transformer\.level_embed$", "model.level_embed"),
        (r"^transformer\.tgt_embed\.", "model.query_position_embeddings."),
        (r"^bert\.", "model.text_backbone."),
        (r"^input_proj\.", "model.input_proj_vision."),
        (r"^feat_map\.", "model.text_projection."),
    ]
]
_NORM = re.compile(_SWIN + r"norm(\d+)\.")
_PACKED = re.compile(r"^(.*)(attention\.self\.qkv\.|self_attn\.in_proj_|encoder_attn_text\.in_proj_)(weight|bias)$")


def dino_to_hub(state: Mapping[str, Any]) -> dict[str, Any]:
    """The same weights under the hub's names; names that Grounding DINO does not have stay as they are.

    Queries, keys and values, one array each in the original, become three.
    """
    renamed: dict[str, Any] = {}
    for key, weight in state.items():
        if _UNUSED.search(key):
            continue
        # transformers counts the stages from 1, and the stem as stage 0.
        name = _NORM.sub(lambda match: f"{_VISION}hidden_states_norms.stage{int(match[1]) + 1}.", key)
        for pattern, replacement in _RENAMES:
            name = pattern.sub(replacement, name)
        if match := _PACKED.match(name):
            stem = match[1] + (
                match[2].removesuffix("qkv.") if "qkv" in match[2] else match[2].removesuffix("in_proj_")
            )
            third = len(weight) // 3
            for place, part in enumerate(("query", "key", "value")):
                renamed[f"{stem}{part}.{match[3]}"] = weight[place * third : (place + 1) * third]
        else:
            renamed[name] = weight
    return renamed


def dino_config(state: Mapping[str, Shaped]) -> dict[str, Any]:
    """What GroundingDinoConfig takes, read off the shapes of the original weights: Swin-T, Swin-B or any other size.

    Numbers that leave no trace in the shapes are the published ones: 8 heads, and 64 channels for each head of BERT.

    Raises:
        ModelUnavailable: these are not the weights of a Grounding DINO.
    """
    try:
        return _config({key: tuple(int(size) for size in weight.shape) for key, weight in state.items()})
    except (KeyError, IndexError, ValueError, ZeroDivisionError) as error:
        reason = f"it has no {error}" if isinstance(error, KeyError) else str(error)
        raise ModelUnavailable(
            f"expected the weights of a Grounding DINO, but {reason}; found {some(state)}."
        ) from error


def _config(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Any]:
    stages = _count(shapes, r"backbone\.0\.layers\.(\d+)\.")
    tables = [shapes[f"backbone.0.layers.{i}.blocks.0.attn.relative_position_bias_table"] for i in range(stages)]
    width, ffn = shapes["transformer.encoder.layers.0.linear1.weight"][1::-1]
    heads = 8
    levels = shapes["transformer.level_embed"][0]
    words, hidden = shapes["bert.embeddings.word_embeddings.weight"]
    points = shapes["transformer.encoder.layers.0.self_attn.attention_weights.weight"][0] // (heads * levels)
    return {
        "backbone_config": {
            "model_type": "swin",
            "embed_dim": shapes["backbone.0.patch_embed.proj.weight"][0],
            "patch_size": shapes["backbone.0.patch_embed.proj.weight"][2],
            "depths": [_count(shapes, rf"backbone\.0\.layers\.{i}\.blocks\.(\d+)\.") for i in range(stages)],
            "num_heads": [table[1] for table in tables],
            "window_size": (round(tables[0][0] ** 0.5) + 1) // 2,
            "out_indices": sorted(
                int(m[1]) + 1 for key in shapes if (m := re.match(_SWIN + r"norm(\d+)\.weight", key))
            ),
        },
        "text_config": {
            "model_type": "bert",
            "vocab_size": words,
            "hidden_size": hidden,
            "num_hidden_layers": _count(shapes, r"bert\.encoder\.layer\.(\d+)\."),
            "num_attention_heads": max(1, hidden // 64),
            "intermediate_size": shapes["bert.encoder.layer.0.intermediate.dense.weight"][0],
            "max_position_embeddings": shapes["bert.embeddings.position_embeddings.weight"][0],
            "type_vocab_size": shapes["bert.embeddings.token_type_embeddings.weight"][0],
        },
        "d_model": width,
        "num_queries": shapes["transformer.tgt_embed.weight"][0],
        "num_feature_levels": levels,
        "encoder_layers": _count(shapes, r"transformer\.encoder\.layers\.(\d+)\."),
        "encoder_ffn_dim": ffn,
        "encoder_attention_heads": heads,
        "encoder_n_points": points,
        "decoder_layers": _count(shapes, r"transformer\.decoder\.layers\.(\d+)\."),
        "decoder_ffn_dim": shapes["transformer.decoder.layers.0.linear1.weight"][0],
        "decoder_attention_heads": heads,
        "decoder_n_points": points,
    }


def _count(shapes: Mapping[str, Any], pattern: str) -> int:
    return len({match[1] for key in shapes if (match := re.match(pattern, key))})
