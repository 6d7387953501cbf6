"""SAM's image encoder on a processor: transformers' weights, the same sums without a number for each pair of places.

The global layers' relative positions as a mask are 16 million numbers a head, written once and read twice, and take
longer than all the products of the layer. Here a few rows of the image are looked at at a time, so that scores stay in
a core's cache. Where the weights are bfloat16, only products with weights and with values are, and not in the first
layer: what is added up over the layers, norms, scores and both ends of the encoder stay float32.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

_ROWS = 4
"""Rows of the image whose scores are made at a time: 256 x 4096 numbers."""
EXACT_LAYERS = 1
"""First layers that stay float32. All others build on what they lose: with 12 made-up layers the embedding is 2.7 % off
without them, 1.2 % with one, 0.8 % with two (a tenth more time), and any three of the later ones bring it to 2.5 %."""


def keep_exact(encoder: Any, dtype: torch.dtype) -> None:
    """Put the large matrices of a SamVisionEncoder, or of SAM-HQ's, to `dtype`, and keep the rest float32.

    The rest includes the first `EXACT_LAYERS` layers whole.
    """
    encoder.float()
    for layer in encoder.layers[EXACT_LAYERS:]:
        for linear in (layer.attn.qkv, layer.attn.proj, layer.mlp.lin1, layer.mlp.lin2):
            linear.to(dtype)


def encode(encoder: Any, pixels: Tensor) -> tuple[Tensor, Tensor]:
    """What the encoder answers, after `keep_exact`; image by image, for caches are small.

    Args:
        encoder: a SamVisionEncoder or SamHQVisionEncoder.
        pixels: (B, 3, side, side) float32.

    Returns:
        (B, channels, h, w) float32, the image embeddings, and (B, h, w, width) float32, what the first global layer
        gave (HQ-SAM's early features; the last layer's where none is global).
    """
    found, early = zip(*(_encode_one(encoder, one[None]) for one in pixels), strict=True)
    return torch.cat(found), torch.cat(early)


def _encode_one(encoder: Any, pixels: Tensor) -> tuple[Tensor, Tensor]:
    x = encoder.patch_embed(pixels)
    if encoder.pos_embed is not None:
        x = x + encoder.pos_embed
    _, height, width, channels = x.shape
    x = x.reshape(-1, channels)
    early = None
    for layer in encoder.layers:
        size = layer.window_size
        dtype = layer.attn.qkv.weight.dtype
        qkv = layer.attn.qkv(layer.layer_norm1(x).to(dtype)).reshape(height, width, -1)
        found = _inside_windows(layer.attn, qkv, size) if size else _everywhere(layer.attn, qkv)
        x = x + layer.attn.proj(found)
        x += layer.mlp(layer.layer_norm2(x).to(dtype))
        if early is None and not size:
            early = x
    x = x.reshape(1, height, width, channels)
    return encoder.neck(x), x if early is None else early.reshape(x.shape)


def _everywhere(attn: Any, qkv: Tensor) -> Tensor:
    """(h, w, 3 * width) -> (h * w, width)."""
    height, width, heads = *qkv.shape[:2], attn.num_attention_heads
    query, key, value = qkv.reshape(height * width, 3, heads, -1).permute(1, 2, 0, 3).contiguous()
    dtype, query, key = qkv.dtype, query.float(), key.float()
    down, across = _relative(attn, query.reshape(heads, height, width, -1))
    query *= attn.scale
    step = _ROWS * width
    scores = query.new_empty(step, height * width)
    shares = torch.empty_like(scores)
    found = torch.empty_like(value)
    for head in range(heads):
        turned = key[head].t().contiguous()
        for start in range(0, height * width, step):
            end = min(start + step, height * width)
            some, share = scores[: end - start], shares[: end - start]
            torch.mm(query[head, start:end], turned, out=some)
            if down is not None and across is not None:
                pairs = some.reshape(-1, height, width)
                pairs += down[head, start:end, :, None]
                pairs += across[head, start:end, None, :]
            torch.softmax(some, -1, out=share)
            torch.mm(share.to(dtype), value[head], out=found[head, start:end])
    return found.transpose(0, 1).flatten(1)


def _inside_windows(attn: Any, qkv: Tensor, size: int) -> Tensor:
    """(h, w, 3 * width) -> (h * w, width); what pads the last windows is seen, as in the original, as zeros."""
    (height, width, channels), heads = qkv.shape, attn.num_attention_heads
    rows, columns = -(-height // size), -(-width // size)
    if (rows * size, columns * size) != (height, width):
        # Zeros projected are the bias: no product for them.
        bias = attn.qkv.bias
        padded = qkv.new_zeros(rows * size, columns * size, channels)
        if bias is not None:
            padded += bias
        padded[:height, :width] = qkv
        qkv = padded
    windows = qkv.reshape(rows, size, columns, size, 3, heads, -1).permute(4, 0, 2, 5, 1, 3, 6)
    query, key, value = windows.reshape(3, rows * columns, heads, size, size, -1)
    mask = None
    down, across = _relative(attn, query.flatten(0, 1))
    if down is not None and across is not None:
        mask = down[..., None] + across[:, :, None, :]
        mask = mask.reshape(rows * columns, heads, size * size, size * size)
    query, key, value = (one.flatten(2, 3) for one in (query, key, value))
    found = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
    found = found.reshape(rows, columns, heads, size, size, -1).permute(0, 3, 1, 4, 2, 5)
    return found.reshape(rows * size, columns * size, -1)[:height, :width].reshape(height * width, -1)


def _relative(attn: Any, query: Tensor) -> tuple[Tensor | None, Tensor | None]:
    """What the distance down and that across add to the scores: (N, h, w, D) -> (N, h * w, h) and (N, h * w, w)."""
    if not attn.use_rel_pos:
        return None, None
    _, height, width, _ = query.shape
    down = attn.get_rel_pos(height, height, attn.rel_pos_h).to(query.dtype)
    across = attn.get_rel_pos(width, width, attn.rel_pos_w).to(query.dtype)
    rows = query @ down.transpose(1, 2)
    columns = (query.transpose(1, 2) @ across.transpose(1, 2)).transpose(1, 2)
    return rows.flatten(1, 2), columns.flatten(1, 2)
