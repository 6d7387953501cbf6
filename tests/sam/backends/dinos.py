"""Tiny Grounding DINOs with random weights, in the layouts of the hub and of the original files."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

WORDS = ["a", "cat", "dog", "red", "car", "the", "house", "tree", "man", "hat", "window", "thing", "s", "##s"]
# The model finds the ends of phrases by BERT's numbers of these.
FIXED = {0: "[PAD]", 100: "[UNK]", 101: "[CLS]", 102: "[SEP]", 1010: ",", 1012: ".", 1029: "?"}
VOCABULARY = 1100


def write_vocabulary(folder: Path) -> Path:
    """vocab.txt of few words, with the special tokens where BERT has them."""
    words = [FIXED.get(number, f"[unused{number}]") for number in range(VOCABULARY)]
    letters = [*"abcdefghijklmnopqrstuvwxyz0123456789", *(f"##{c}" for c in "abcdefghijklmnopqrstuvwxyz0123456789")]
    free = iter(range(110, 1000))
    for word in dict.fromkeys([*WORDS, *letters]):
        words[next(free)] = word
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.txt").write_text("\n".join(words) + "\n", encoding="utf-8")
    return folder


def text_config() -> dict[str, Any]:
    return {
        "model_type": "bert",
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 48,
        "vocab_size": VOCABULARY,
        "max_position_embeddings": 128,
    }


def tiny_config(most_tokens: int = 64) -> dict[str, Any]:
    return {
        "backbone_config": {
            "model_type": "swin",
            "embed_dim": 8,
            "depths": [1, 1, 1, 1],
            "num_heads": [1, 2, 2, 2],
            "window_size": 4,
            "image_size": 64,
            "out_indices": [2, 3, 4],
        },
        "text_config": text_config(),
        "d_model": 32,
        "encoder_layers": 2,
        "decoder_layers": 2,
        "encoder_ffn_dim": 64,
        "decoder_ffn_dim": 64,
        "num_queries": 30,
        "encoder_attention_heads": 4,
        "decoder_attention_heads": 4,
        "max_text_len": most_tokens,
    }


def lively(model: Any, seed: int = 0) -> Any:
    """Random weights that tell boxes and words apart: fresh models answer the same to everything."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            scale = 1.0 if "fusion_layer" in name and "param" in name else 0.25
            if weight.ndim > 1 or "param" in name:
                weight.copy_(torch.randn(weight.shape, generator=generator) * scale)
            # Scores on both sides of every threshold.
            if name == "model.decoder.layer_norm.weight":
                weight.fill_(0.06)
            if "class_embed" in name and name.endswith("bias"):
                weight.zero_()
    return model.eval()


def write_tiny_dino(folder: Path, *, kind: str = "grounding-dino", most_tokens: int = 64, side: int = 96) -> Path:
    """A folder as save_pretrained and the hub have it."""
    from transformers import (
        GroundingDinoConfig,
        GroundingDinoForObjectDetection,
        MMGroundingDinoConfig,
        MMGroundingDinoForObjectDetection,
    )

    make: dict[str, tuple[Any, Any]] = {
        "grounding-dino": (GroundingDinoConfig, GroundingDinoForObjectDetection),
        "mm-grounding-dino": (MMGroundingDinoConfig, MMGroundingDinoForObjectDetection),
    }
    make_config, make_model = make[kind]
    lively(make_model(make_config(**tiny_config(most_tokens)))).save_pretrained(folder)
    write_vocabulary(folder)
    settings = {"image_processor_type": "GroundingDinoImageProcessor", "do_pad": True}
    settings["size"] = {"shortest_edge": side, "longest_edge": 2 * side}
    (folder / "preprocessor_config.json").write_text(json.dumps(settings))
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "BertTokenizer"}))
    return folder


def original_shapes(
    *,
    depths: tuple[int, ...] = (2, 2, 2, 2),
    heads: tuple[int, ...] = (1, 2, 4, 8),
    embed: int = 8,
    window: int = 4,
    width: int = 32,
    ffn: int = 64,
    layers: int = 2,
    hidden: int = 64,
    queries: int = 30,
) -> dict[str, tuple[int, ...]]:
    """Name -> shape of every weight in an original file, as the published groundingdino_swint_ogc.pth has them."""
    shapes: dict[str, tuple[int, ...]] = {}

    def linear(name: str, out: int, into: int) -> None:
        shapes[f"{name}.weight"], shapes[f"{name}.bias"] = (out, into), (out,)

    def norm(name: str, size: int) -> None:
        shapes[f"{name}.weight"], shapes[f"{name}.bias"] = (size,), (size,)

    def attention(name: str) -> None:
        shapes[f"{name}.in_proj_weight"], shapes[f"{name}.in_proj_bias"] = (3 * width, width), (3 * width,)
        linear(f"{name}.out_proj", width, width)

    def deformable(name: str) -> None:
        linear(f"{name}.sampling_offsets", 8 * 4 * 4 * 2, width)
        linear(f"{name}.attention_weights", 8 * 4 * 4, width)
        linear(f"{name}.value_proj", width, width)
        linear(f"{name}.output_proj", width, width)

    def head(name: str, sizes: tuple[int, ...]) -> None:
        for i, (into, out) in enumerate(pairwise(sizes)):
            linear(f"{name}.layers.{i}", out, into)

    for i in range(layers):
        layer = f"transformer.encoder.layers.{i}"
        deformable(f"{layer}.self_attn")
        norm(f"{layer}.norm1", width)
        linear(f"{layer}.linear1", ffn, width)
        linear(f"{layer}.linear2", width, ffn)
        norm(f"{layer}.norm2", width)
        layer = f"transformer.encoder.text_layers.{i}"
        attention(f"{layer}.self_attn")
        linear(f"{layer}.linear1", ffn // 2, width)
        linear(f"{layer}.linear2", width, ffn // 2)
        norm(f"{layer}.norm1", width)
        norm(f"{layer}.norm2", width)
        layer = f"transformer.encoder.fusion_layers.{i}"
        shapes[f"{layer}.gamma_v"] = shapes[f"{layer}.gamma_l"] = (width,)
        norm(f"{layer}.layer_norm_v", width)
        norm(f"{layer}.layer_norm_l", width)
        for part in ("v_proj", "l_proj", "values_v_proj", "values_l_proj"):
            linear(f"{layer}.attn.{part}", ffn // 2, width)
        for part in ("out_v_proj", "out_l_proj"):
            linear(f"{layer}.attn.{part}", width, ffn // 2)
        layer = f"transformer.decoder.layers.{i}"
        deformable(f"{layer}.cross_attn")
        norm(f"{layer}.norm1", width)
        attention(f"{layer}.ca_text")
        norm(f"{layer}.catext_norm", width)
        attention(f"{layer}.self_attn")
        norm(f"{layer}.norm2", width)
        linear(f"{layer}.linear1", ffn, width)
        linear(f"{layer}.linear2", width, ffn)
        norm(f"{layer}.norm3", width)
        head(f"transformer.decoder.bbox_embed.{i}", (width, width, width, 4))
        head(f"bbox_embed.{i}", (width, width, width, 4))
    norm("transformer.decoder.norm", width)
    head("transformer.decoder.ref_point_head", (2 * width, width, width))
    linear("transformer.enc_output", width, width)
    norm("transformer.enc_output_norm", width)
    head("transformer.enc_out_bbox_embed", (width, width, width, 4))
    shapes["transformer.level_embed"] = (4, width)
    shapes["transformer.tgt_embed.weight"] = (queries, width)
    linear("feat_map", width, hidden)

    shapes["backbone.0.patch_embed.proj.weight"] = (embed, 3, 4, 4)
    shapes["backbone.0.patch_embed.proj.bias"] = (embed,)
    norm("backbone.0.patch_embed.norm", embed)
    for stage, depth in enumerate(depths):
        size = embed * 2**stage
        for block in range(depth):
            name = f"backbone.0.layers.{stage}.blocks.{block}"
            norm(f"{name}.norm1", size)
            shapes[f"{name}.attn.relative_position_bias_table"] = ((2 * window - 1) ** 2, heads[stage])
            shapes[f"{name}.attn.relative_position_index"] = (window**2, window**2)
            linear(f"{name}.attn.qkv", 3 * size, size)
            linear(f"{name}.attn.proj", size, size)
            norm(f"{name}.norm2", size)
            linear(f"{name}.mlp.fc1", 4 * size, size)
            linear(f"{name}.mlp.fc2", size, 4 * size)
        if stage < len(depths) - 1:
            shapes[f"backbone.0.layers.{stage}.downsample.reduction.weight"] = (2 * size, 4 * size)
            norm(f"backbone.0.layers.{stage}.downsample.norm", 4 * size)
        if stage:
            norm(f"backbone.0.norm{stage}", size)
            shapes[f"input_proj.{stage - 1}.0.weight"] = (width, size, 1, 1)
            shapes[f"input_proj.{stage - 1}.0.bias"] = (width,)
            norm(f"input_proj.{stage - 1}.1", width)
    shapes["input_proj.3.0.weight"], shapes["input_proj.3.0.bias"] = (width, size, 3, 3), (width,)
    norm("input_proj.3.1", width)

    shapes["bert.embeddings.position_ids"] = (1, 128)
    shapes["bert.embeddings.word_embeddings.weight"] = (VOCABULARY, hidden)
    shapes["bert.embeddings.position_embeddings.weight"] = (128, hidden)
    shapes["bert.embeddings.token_type_embeddings.weight"] = (2, hidden)
    norm("bert.embeddings.LayerNorm", hidden)
    for i in range(layers):
        name = f"bert.encoder.layer.{i}"
        for part in ("query", "key", "value"):
            linear(f"{name}.attention.self.{part}", hidden, hidden)
        linear(f"{name}.attention.output.dense", hidden, hidden)
        norm(f"{name}.attention.output.LayerNorm", hidden)
        linear(f"{name}.intermediate.dense", 48, hidden)
        linear(f"{name}.output.dense", hidden, 48)
        norm(f"{name}.output.LayerNorm", hidden)
    linear("bert.pooler.dense", hidden, hidden)
    return shapes


def original_weights(**sizes: Any) -> dict[str, Any]:
    """Random weights in the original layout; the box heads of all layers are one, as they were when saved."""
    import torch

    generator = torch.Generator().manual_seed(3)
    state = {}
    for name, shape in original_shapes(**sizes).items():
        whole = name.endswith(("position_ids", "position_index"))
        state[name] = torch.zeros(shape, dtype=torch.int64) if whole else torch.randn(shape, generator=generator) * 0.2
    for name in list(state):
        if "bbox_embed." in name and "enc_out" not in name:
            state[name] = state["bbox_embed.0.layers." + name.rpartition("layers.")[2]]
    return state


def calm_weights() -> dict[str, Any]:
    """A Swin-T's checkpoint, small otherwise, whose answers are settled by more than rounding.

    Fresh random numbers saturate the boxes, where the authors' code and transformers' clamp differently (1e-3, 1e-5),
    and tie the scores by which places are asked about.
    """
    import torch

    state = original_weights(embed=96, depths=(2, 2, 6, 2), heads=(3, 6, 12, 24), window=7, width=256)
    for name, weight in list(state.items()):
        if name.endswith(("position_index", "position_ids")):
            # Computed by whoever loads it; the zeros that stand for it here would be taken for true.
            del state[name]
        elif name in ("transformer.enc_output.bias", "transformer.enc_output_norm.bias"):
            state[name] = weight * 0
        elif "bbox_embed" in name and "layers.2." in name:
            state[name] = weight * 0.03
        elif name == "transformer.decoder.norm.weight":
            state[name] = torch.full_like(weight, 0.06)
        elif "gamma" in name:
            state[name] = weight * 1.5
        elif weight.ndim == 1 and name.endswith("weight"):
            state[name] = 1 + weight / 2
        elif weight.ndim == 2 and "embed" not in name:
            state[name] = weight * 5 / weight.shape[1] ** 0.5
    return state
