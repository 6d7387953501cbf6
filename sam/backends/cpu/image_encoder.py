"""SAM's image encoder on a CPU: transformers' weights, without a bias for each pair of tokens.

The global layers' relative positions as a mask are 16 million numbers a head, written once and read twice, and take
longer than all the products of the layer. Here a few rows of the image or of windows are looked at at a time, and a few
hundred places go through norms and matrices. So what is between two steps stays in the cores' caches, and in memory
that the process has: to get as much anew takes longer than many a step's sums. Where the weights are bfloat16, only
products with weights and with values are, and not in the first layer: what is added up over the layers, norms, scores
and both ends of the encoder stay float32.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

_TOKENS = 512
"""Places that go through norms and matrices at a time."""
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
        one_layer(layer, x, (height, width))
        if early is None and not layer.window_size:
            early = x.reshape(1, height, width, channels).clone()
    x = x.reshape(1, height, width, channels)
    return encoder.neck(x), x if early is None else early


def one_layer(layer: Any, x: Tensor, size_hw: tuple[int, int]) -> None:
    """What one layer makes of x (h * w, width), written over it."""
    attn, size = layer.attn, layer.window_size
    dtype = attn.qkv.weight.dtype
    qkv = x.new_empty(len(x), 3 * x.shape[1], dtype=dtype)
    for some, into in zip(x.split(_TOKENS), qkv.split(_TOKENS), strict=True):
        into[:] = attn.qkv(layer.layer_norm1(some).to(dtype))
    qkv = qkv.reshape(*size_hw, -1)
    found = _inside_windows(attn, qkv, size) if size else _everywhere(attn, qkv)
    for some, own in zip(x.split(_TOKENS), found.split(_TOKENS), strict=True):
        some += attn.proj(own)
        some += layer.mlp(layer.layer_norm2(some).to(dtype))


def _everywhere(attn: Any, qkv: Tensor) -> Tensor:
    """(h, w, 3 * width) -> (h * w, width)."""
    height, width, heads = *qkv.shape[:2], attn.num_attention_heads
    places = height * width
    parts = qkv.reshape(places, 3, heads, -1)
    room = qkv.new_empty(_ROWS * width, places, dtype=torch.float32)
    found = qkv.new_empty(places, heads, parts.shape[-1])
    positions = _positions(attn, height, width, torch.float32)
    for head in range(heads):
        query, turned = parts[:, 0, head].float(), parts[:, 1, head].t().float().contiguous()
        value = parts[:, 2, head].contiguous()
        relative = None if positions is None else _relative(query.reshape(1, height, width, -1), positions)
        query = query * attn.scale
        for start in range(0, places, len(room)):
            some = query[start : start + len(room)]
            end = start + len(some)
            scores = room[: len(some)]
            if relative is None:
                torch.mm(some, turned, out=scores)
            else:
                down, across = relative[0, start:end].split([height, width], 1)
                torch.add(down[:, :, None], across[:, None, :], out=scores.view(-1, height, width))
                scores.addmm_(some, turned)
            torch.softmax(scores, -1, out=scores)
            found[start:end, head] = scores.to(qkv.dtype) @ value
    return found.flatten(1)


def _inside_windows(attn: Any, qkv: Tensor, size: int) -> Tensor:
    """(h, w, 3 * width) -> (h * w, width); what pads the last windows is seen, as in the original, as zeros."""
    (height, width, channels), heads = qkv.shape, attn.num_attention_heads
    columns = -(-width // size)
    strip = qkv.new_empty(size, columns * size, channels)
    found = qkv.new_empty(height, width, channels // 3)
    positions = _positions(attn, size, size, qkv.dtype)
    # Which row and which column a place lies in: a product with it is many times faster than a sum of two views.
    unit = torch.eye(size, dtype=qkv.dtype, device=qkv.device)
    where = torch.cat([unit.repeat_interleave(size, 1), unit.repeat(1, size)])
    for top in range(0, height, size):
        rows = min(size, height - top)
        if top == 0 or rows < size:
            # Zeros projected are the bias: no product for them.
            strip[:] = 0 if attn.qkv.bias is None else attn.qkv.bias
        strip[:rows, :width] = qkv[top : top + rows]
        windows = strip.reshape(size, columns, size, 3, heads, -1).permute(3, 1, 4, 0, 2, 5).contiguous()
        query, key, value = windows.flatten(3, 4)
        mask = None
        if positions is not None:
            relative = _relative(windows[0].flatten(0, 1), positions) @ where
            mask = relative.reshape(columns, heads, size * size, size * size)
        seen = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        seen = seen.reshape(columns, heads, size, size, -1).permute(2, 0, 3, 1, 4).reshape(size, columns * size, -1)
        found[top : top + rows] = seen[:rows, :width]
    return found.reshape(height * width, -1)


def _positions(attn: Any, height: int, width: int, dtype: torch.dtype) -> tuple[Tensor, Tensor] | None:
    """(h, D, h) and (w, D, w), of the distances down and across; None where the model has none."""
    if not attn.use_rel_pos:
        return None
    down = attn.get_rel_pos(height, height, attn.rel_pos_h)
    across = attn.get_rel_pos(width, width, attn.rel_pos_w)
    return down.to(dtype).transpose(1, 2), across.to(dtype).transpose(1, 2)


def _relative(query: Tensor, positions: tuple[Tensor, Tensor]) -> Tensor:
    """(N, h, w, D) -> (N, h * w, h + w): what each row, then what each column, adds to a place's scores."""
    down, across = positions
    rows = query @ down
    columns = (query.transpose(1, 2) @ across).transpose(1, 2)
    return torch.cat([rows, columns], 3).flatten(1, 2)
