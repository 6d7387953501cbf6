"""SAM's mask decoder for many prompts on one image: transformers' weights, the same sums in a cheaper order.

Of a few tokens and thousands of places, attention need not project the places: with s = (tokens Wq) (places Wk)^T =
((tokens Wq) Wk^T) places^T a head costs 2 * T * M * width instead of 2 * M * width * inner / heads; the page's graphs
do the same (`sam.export.attention`). What does not depend on the prompt is computed once for all of them, and there
the places are projected. The upscaling's pixels stay in the order in which it makes them until only the logits are
left to be put in order.

With bfloat16, what has as many rows as the image has places is bfloat16; tokens and their weights stay float32, which
costs nothing and halves what the masks lose.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

_CHUNK = 512
"""Places that are upscaled at a time: what comes of them stays in a core's cache."""
WORTH_SHARING = 4
"""Prompts from which on projecting the image's places once costs less than what each prompt is spared."""


class Places(NamedTuple):
    """The image as the first layer sees it.

    Attributes:
        size_hw: places down and across.
        where: (1, M, width), the places' own embeddings.
        image: (1 or N, M, width), the image and the masks given with the prompts; N where each prompt has its own.
        projected: keys and values (heads, M, width / heads) for the first layer's tokens and queries for its places,
            or None: there are too few prompts for it, or each prompt has its own mask.
    """

    size_hw: tuple[int, int]
    where: Tensor
    image: Tensor
    projected: tuple[Tensor, Tensor, Tensor] | None


def keep_tokens_exact(decoder: Any, dtype: torch.dtype) -> None:
    """Put what a SamMaskDecoder, or SAM-HQ's, does to places to `dtype`, and keep its tokens float32."""
    decoder.to(dtype)
    for name in ("transformer", "iou_token", "mask_tokens", "hq_token", "output_hypernetworks_mlps", "hq_mask_mlp"):
        if hasattr(decoder, name):
            getattr(decoder, name).float()
    decoder.iou_prediction_head.float()


def places_of(transformer: Any, image: Tensor, positions: Tensor, dense: Tensor, share: bool) -> Places:
    """What `attend` starts from.

    Args:
        transformer: a SamTwoWayTransformer in float32.
        image: (1, width, h, w), the image embedding.
        positions: (1, width, h, w), the places' own.
        dense: (N, width, h, w) of the masks, or (1, width, h, w) where all prompts have the same.
        share: project the places, for `WORTH_SHARING` prompts or more.
    """
    height, width = image.shape[2:]
    where = positions.flatten(2).transpose(1, 2).contiguous()
    places = (image + dense).flatten(2).transpose(1, 2).contiguous()
    projected = None
    if share and len(places) == 1:
        first = transformer.layers[0]
        gather, spread = first.cross_attn_token_to_image, first.cross_attn_image_to_token
        at, flat, dtype = (places + where)[0], places[0], places.dtype
        key, value, query = (
            functional.linear(some, layer.weight.to(dtype), layer.bias.to(dtype))
            for some, layer in ((at, gather.k_proj), (flat, gather.v_proj), (at, spread.q_proj))
        )
        heads = gather.num_attention_heads
        key, value, query = (_split(one[None], heads)[0].contiguous() for one in (key, value, query))
        projected = key, value, query
    return Places((height, width), where, places, projected)


def decode_prompts(
    decoder: Any, places: Places, sparse: Tensor | None, count: int, many: bool, least: float = -math.inf
) -> tuple[Tensor, Tensor]:
    """What a SamMaskDecoder answers to N prompts.

    Args:
        decoder: a SamMaskDecoder, after `keep_tokens_exact`.
        places: from `places_of`.
        sparse: (N, 1, P, width) of points and boxes, or None.
        count: N.
        many: three masks, or the one.
        least: where no mask of a prompt scores more, nothing is drawn: upscaling is two fifths of the work.

    Returns:
        (N, K, 4 h, 4 w) logits, zeros where nothing was drawn, (N, K) predicted IoU.
    """
    prompts = torch.cat([decoder.iou_token.weight, decoder.mask_tokens.weight])[None].expand(count, -1, -1)
    if sparse is not None:
        prompts = torch.cat([prompts, sparse[:, 0].to(prompts.dtype)], 1)
    tokens, flat = attend(decoder.transformer, prompts, places)
    wanted = range(1, decoder.num_mask_tokens) if many else range(1)
    scores = decoder.iou_prediction_head(tokens[:, 0])[:, wanted.start : wanted.stop]
    kernels = torch.stack([decoder.output_hypernetworks_mlps[one](tokens[:, 1 + one]) for one in wanted], 1)
    logits = _draw(decoder, flat, kernels.transpose(1, 2), (scores > least).any(1).tolist())
    # Rows are y, x, then the first doubling's y, x, then the second's.
    height, width = places.size_hw
    logits = logits.reshape(len(tokens), height, width, 2, 2, 2, 2, len(wanted)).permute(0, 7, 1, 3, 5, 2, 4, 6)
    return logits.reshape(len(tokens), len(wanted), 4 * height, 4 * width), scores


def attend(transformer: Any, prompts: Tensor, places: Places) -> tuple[Tensor, list[Tensor]]:
    """What a SamTwoWayTransformer makes of tokens and places.

    Args:
        transformer: in float32.
        prompts: (N, T, width) float32, the decoder's own tokens among them.
        places: from `places_of`.

    Returns:
        (N, T, width), and for each prompt (h * w, width) in the image's dtype.
    """
    count, dtype = len(prompts), places.image.dtype
    where = places.where[0]
    flat = list(places.image) if len(places.image) == count else [places.image[0]] * count
    # Where the prompts share the image, the first layer adds it up once.
    at = [one + where for one in places.image] * (1 if len(places.image) == count else count)
    tokens = prompts
    # As `SamTwoWayAttentionBlock` goes: the first layer's self attention neither adds nor keeps the prompts.
    for number, layer in enumerate(transformer.layers):
        known = places.projected if number == 0 else None
        if number == 0:
            tokens = _itself(layer.self_attn, tokens, tokens)
        else:
            query = tokens + prompts
            tokens = tokens + _itself(layer.self_attn, query, tokens)
        tokens = layer.layer_norm1(tokens)
        found = _gather(layer.cross_attn_token_to_image, tokens + prompts, at, flat, known)
        tokens = layer.layer_norm2(tokens + found)
        tokens = layer.layer_norm3(tokens + layer.mlp(tokens))
        norm = layer.layer_norm4
        weight, bias = norm.weight.to(dtype), norm.bias.to(dtype)
        shares, values = _spread(layer.cross_attn_image_to_token, at, tokens + prompts, tokens, dtype, known)
        flat = [
            functional.layer_norm(torch.addmm(one, share.t(), value), norm.normalized_shape, weight, bias, norm.eps)
            for one, share, value in zip(flat, shares, values)
        ]
        at = [one + where for one in flat]
    found = _gather(transformer.final_attn_token_to_image, tokens + prompts, at, flat, None)
    return transformer.layer_norm_final_attn(tokens + found), flat


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


def _gather(
    layer: Any,
    tokens: Tensor,
    at: Sequence[Tensor],
    flat: Sequence[Tensor],
    known: tuple[Tensor, Tensor, Tensor] | None,
) -> Tensor:
    """Tokens (N, T, width) attend to N times (M, width) places, looked for by `at`."""
    heads, (count, some, width), dtype = layer.num_attention_heads, tokens.shape, flat[0].dtype
    query = _split(layer.q_proj(tokens), heads) * layer.scaling
    if known is not None:
        key, value, _ = known
        # (heads, N * T, ...): one product a head for all prompts.
        rows = query.transpose(0, 1).reshape(heads, count * some, -1).to(dtype)
        found = (rows @ key.transpose(1, 2)).softmax(-1) @ value
        return layer.out_proj(found.reshape(heads, count, some, -1).permute(1, 2, 0, 3).flatten(2).to(tokens.dtype))
    # The keys' bias adds the same to all places, which a softmax does not see.
    query = (query @ _by_head(layer.k_proj.weight, heads)).reshape(count, -1, width).to(dtype)
    found = torch.stack([_match(one, there).softmax(-1) @ place for one, there, place in zip(query, at, flat)])
    found = found.to(tokens.dtype).reshape(count, heads, some, width)
    found = found @ _by_head(layer.v_proj.weight, heads).transpose(1, 2)
    # Shares add up to 1, so that the values' bias can be added last.
    return layer.out_proj(found.transpose(1, 2).flatten(2) + layer.v_proj.bias)


def _spread(
    layer: Any,
    at: Sequence[Tensor],
    tokens: Tensor,
    values: Tensor,
    dtype: torch.dtype,
    known: tuple[Tensor, Tensor, Tensor] | None,
) -> tuple[list[Tensor], Tensor]:
    """N places (M, width), by `at`, attend to the tokens (N, T, width).

    Returns:
        N shares (heads * T, M) and (N, heads * T, width) values: transposed and multiplied, what the places find.
    """
    heads, (count, some, width) = layer.num_attention_heads, tokens.shape
    key = _split(layer.k_proj(tokens), heads) * layer.scaling
    # Tokens before places: so the softmax over a handful of tokens runs along memory.
    if known is not None:
        rows = key.transpose(0, 1).reshape(heads, count * some, -1).to(dtype)
        alike = rows @ known[2].transpose(1, 2)
        found = alike.reshape(heads, count, some, -1).softmax(2)
        shares = [found[:, row].reshape(heads * some, -1) for row in range(count)]
    else:
        bias = (key @ layer.q_proj.bias.reshape(heads, -1, 1)).reshape(count, heads, some, 1).to(dtype)
        key = (key @ _by_head(layer.q_proj.weight, heads)).reshape(count, -1, width).to(dtype)
        shares = []
        for one, there, least in zip(key, at, bias):
            share = _match(one, there).reshape(heads, some, -1).add_(least).softmax(1)
            shares.append(share.reshape(heads * some, -1))
    out = _by_head(layer.out_proj.weight.t().contiguous(), heads)
    value = (_split(layer.v_proj(values), heads) @ out).reshape(count, heads * some, width)
    # Shares of a head add up to 1: so every head brings its part of the bias.
    return shares, (value + layer.out_proj.bias / heads).to(dtype)


def _match(some: Tensor, places: Tensor) -> Tensor:
    """(T, width) with (M, width): (T, M). One by one, since a batched product copies what it must turn round."""
    return functional.linear(some, places)


def _draw(decoder: Any, places: Sequence[Tensor], kernels: Tensor, wanted: Sequence[bool]) -> Tensor:
    """N times (M, width) upscaled four times, times (N, width / 8, K): (N, 16 M, K), zeros where not `wanted`."""
    first, second, norm = decoder.upscale_conv1, decoder.upscale_conv2, decoder.upscale_layer_norm
    # A kernel of 2 with a stride of 2 is a matrix product for each place: (in, out, 2, 2) -> (2 * 2 * out, in).
    weights = [(conv.weight.permute(2, 3, 1, 0).flatten(0, 2), conv.bias.repeat(4)) for conv in (first, second)]
    count, dtype = len(places[0]), places[0].dtype
    drawn = places[0].new_zeros(len(places), 16 * count, kernels.shape[2])
    for row, (place, kernel) in enumerate(zip(places, kernels.to(dtype))):
        if not wanted[row]:
            continue
        for start in range(0, count, _CHUNK):
            some = functional.linear(place[start : start + _CHUNK], *weights[0]).reshape(-1, first.out_channels)
            some = functional.layer_norm(some, norm.normalized_shape, norm.weight, norm.bias, norm.eps)
            some = functional.linear(functional.gelu(some), *weights[1]).reshape(-1, second.out_channels)
            torch.mm(functional.gelu(some), kernel, out=drawn[row, 16 * start : 16 * (start + _CHUNK)])
    return drawn
