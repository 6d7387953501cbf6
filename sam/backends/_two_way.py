"""SAM's mask decoder for many prompts on one image: transformers' weights, the same sums in a cheaper order.

Of a few tokens and thousands of places, attention need not project the places: with s = (tokens Wq) (places Wk)^T =
((tokens Wq) Wk^T) places^T a head costs 2 * T * M * width instead of 2 * M * width * inner / heads; the page's graphs
do the same (`sam.export.attention`). What does not depend on the prompt is computed once for all of them, and the
upscaling's pixels stay in the order in which it makes them until only the logits are left to be put in order.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

_CHUNK = 512
"""Places that are upscaled at a time: what comes of them stays in a core's cache."""


def decode_prompts(
    decoder: Any, image: Tensor, positions: Tensor, sparse: Tensor | None, dense: Tensor, many: bool
) -> tuple[Tensor, Tensor]:
    """What a SamMaskDecoder answers to N prompts.

    Args:
        decoder: a SamMaskDecoder.
        image: (1, width, h, w), the image embedding.
        positions: (1, width, h, w), the places' own.
        sparse: (N, 1, P, width) of points and boxes, or None.
        dense: (N, width, h, w) of the masks, or (1, width, h, w) where all prompts have the same.
        many: three masks, or the one.

    Returns:
        (N, K, 4 h, 4 w) logits, (N, K) predicted IoU.
    """
    start = torch.cat([decoder.iou_token.weight, decoder.mask_tokens.weight])[None]
    if sparse is None:
        prompts = start.expand(len(dense), -1, -1)
    else:
        prompts = torch.cat([start.expand(len(sparse), -1, -1), sparse[:, 0].to(start.dtype)], 1)
    tokens, places = attend(decoder.transformer, prompts, image, positions, dense)
    wanted = range(1, decoder.num_mask_tokens) if many else range(1)
    scores = decoder.iou_prediction_head(tokens[:, 0])[:, wanted.start : wanted.stop]
    kernels = torch.stack([decoder.output_hypernetworks_mlps[one](tokens[:, 1 + one]) for one in wanted], 1)
    logits = _draw(decoder, places, kernels.transpose(1, 2))
    # Rows are y, x, then the first doubling's y, x, then the second's.
    height, width = image.shape[2:]
    logits = logits.reshape(len(tokens), height, width, 2, 2, 2, 2, len(wanted)).permute(0, 7, 1, 3, 5, 2, 4, 6)
    return logits.reshape(len(tokens), len(wanted), 4 * height, 4 * width), scores


def attend(transformer: Any, prompts: Tensor, image: Tensor, positions: Tensor, dense: Tensor) -> tuple[Tensor, Tensor]:
    """What a SamTwoWayTransformer makes of tokens and places.

    Args:
        prompts: (N, T, width), the decoder's own tokens among them.
        image, positions, dense: see `decode_prompts`.

    Returns:
        (N, T, width), (N, h * w, width).
    """
    where = positions.flatten(2).transpose(1, 2).contiguous()
    places = (image + dense).flatten(2).transpose(1, 2).contiguous()
    tokens = prompts
    # As `SamTwoWayAttentionBlock` goes: the first layer's self attention neither adds nor keeps the prompts.
    for number, layer in enumerate(transformer.layers):
        if number == 0:
            tokens = _itself(layer.self_attn, tokens, tokens)
        else:
            query = tokens + prompts
            tokens = tokens + _itself(layer.self_attn, query, tokens)
        tokens = layer.layer_norm1(tokens)
        at = places + where
        tokens = layer.layer_norm2(tokens + _gather(layer.cross_attn_token_to_image, tokens + prompts, at, places))
        tokens = layer.layer_norm3(tokens + layer.mlp(tokens))
        spread = _spread(layer.cross_attn_image_to_token, at, tokens + prompts, tokens)
        places = layer.layer_norm4(spread.add_(places))
    last = transformer.final_attn_token_to_image
    tokens = tokens + _gather(last, tokens + prompts, places + where, places)
    return transformer.layer_norm_final_attn(tokens), places


def _split(x: Tensor, heads: int) -> Tensor:
    """(N, T, inner) -> (N, heads, T, inner / heads)."""
    return x.reshape(len(x), x.shape[1], heads, -1).transpose(1, 2)


def _by_head(weight: Tensor, heads: int) -> Tensor:
    """(inner, width) -> (heads, inner / heads, width)."""
    return weight.reshape(heads, -1, weight.shape[1])


def _itself(layer: Any, query: Tensor, value: Tensor) -> Tensor:
    heads = layer.num_attention_heads
    q, k, v = (_split(one, heads) for one in (layer.q_proj(query), layer.k_proj(query), layer.v_proj(value)))
    found = functional.scaled_dot_product_attention(q, k, v)
    return layer.out_proj(found.transpose(1, 2).flatten(2))


def _gather(layer: Any, tokens: Tensor, at: Tensor, places: Tensor) -> Tensor:
    """Tokens (N, T, width) attend to the places (1 or N, M, width), looked for by `at`."""
    heads, (count, some, width) = layer.num_attention_heads, tokens.shape
    query = _split(layer.q_proj(tokens), heads) * layer.scaling
    # The keys' bias adds the same to all places, which a softmax does not see.
    query = (query @ _by_head(layer.k_proj.weight, heads)).reshape(len(at), -1, width)
    shares = (_match(one, there).softmax(-1) for one, there in zip(query, at))
    found = torch.stack([share @ there for share, there in zip(shares, places)])
    found = found.reshape(count, heads, some, width) @ _by_head(layer.v_proj.weight, heads).transpose(1, 2)
    # Shares add up to 1, so that the values' bias can be added last.
    return layer.out_proj(found.transpose(1, 2).flatten(2) + layer.v_proj.bias)


def _spread(layer: Any, at: Tensor, tokens: Tensor, values: Tensor) -> Tensor:
    """Places, by `at` (1 or N, M, width), attend to the tokens (N, T, width): (N, M, width)."""
    heads, (count, some, width) = layer.num_attention_heads, tokens.shape
    key = _split(layer.k_proj(tokens), heads) * layer.scaling
    bias = (key @ layer.q_proj.bias.reshape(heads, -1, 1)).reshape(count, heads, some, 1)
    key = (key @ _by_head(layer.q_proj.weight, heads)).reshape(len(at), -1, width)
    # Tokens before places: so the softmax over a handful of tokens runs along memory.
    alike = torch.stack([_match(one, there) for one, there in zip(key, at)])
    share = (alike.reshape(count, heads, some, -1) + bias).softmax(2).reshape(count, heads * some, -1)
    out = _by_head(layer.out_proj.weight.t().contiguous(), heads)
    value = (_split(layer.v_proj(values), heads) @ out).reshape(count, heads * some, width)
    return torch.stack([torch.addmm(layer.out_proj.bias, one.t(), there) for one, there in zip(share, value)])


def _match(some: Tensor, places: Tensor) -> Tensor:
    """(T, width) with (M, width): (T, M). One by one, since a batched product copies what it must turn round."""
    return functional.linear(some, places)


def _draw(decoder: Any, places: Tensor, kernels: Tensor) -> Tensor:
    """(N, M, width) upscaled four times, times (N, width / 8, K): (N, 16 M, K)."""
    first, second, norm = decoder.upscale_conv1, decoder.upscale_conv2, decoder.upscale_layer_norm
    # A kernel of 2 with a stride of 2 is a matrix product for each place: (in, out, 2, 2) -> (2 * 2 * out, in).
    weights = [(conv.weight.permute(2, 3, 1, 0).flatten(0, 2), conv.bias.repeat(4)) for conv in (first, second)]
    drawn = places.new_empty(len(places), 16 * places.shape[1], kernels.shape[2])
    for row, kernel in enumerate(kernels):
        for start in range(0, places.shape[1], _CHUNK):
            some = functional.linear(places[row, start : start + _CHUNK], *weights[0]).reshape(-1, first.out_channels)
            some = functional.layer_norm(some, norm.normalized_shape, norm.weight, norm.bias, norm.eps)
            some = functional.linear(functional.gelu(some), *weights[1]).reshape(-1, second.out_channels)
            torch.mm(functional.gelu(some), kernel, out=drawn[row, 16 * start : 16 * (start + _CHUNK)])
    return drawn
