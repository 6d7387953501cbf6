"""SAM's mask decoder on a CPU: transformers' weights, the operations in a cheaper order.

Of a few tokens and thousands of places, attention need not project the places: with s = (tokens Wq) (places Wk)^T =
((tokens Wq) Wk^T) places^T a head costs 2 * T * M * width instead of 2 * M * width * inner / heads; the page's graphs
do the same (`sam.export.attention`). The upscaling's pixels stay in the order in which it makes them until only the
logits are left to be put in order. `_many` goes further where many prompts share an image.

What has as many rows as the image has places is in the places' own dtype; tokens and their weights are float32.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

_CHUNK = 2**20
"""Bytes of places that are upscaled at a time: what comes of them stays in the cores' caches."""


class Finer(NamedTuple):
    """Features of higher resolution, as SAM 2 and its kin have them, in the order in which the upscaling makes pixels.

    Attributes:
        middle: (M, width), of the four pixels of each place.
        fine: (4 M, width / 2), of the four pixels of each of these, and the second upscaling's bias.
    """

    middle: Tensor
    fine: Tensor


class Places(NamedTuple):
    """The image as the first layer sees it.

    Attributes:
        size_hw: places down and across.
        where: (1, M, width), the places' own embeddings.
        image: (1 or N, M, width), the image and the masks given with the prompts; N where each prompt has its own.
        finer: what each upscaling adds to its pixels: `Finer`, or None where it adds nothing.
    """

    size_hw: tuple[int, int]
    where: Tensor
    image: Tensor
    finer: Finer | None = None


def keep_tokens_exact(decoder: Any, dtype: torch.dtype) -> None:
    """Put what a SamHQMaskDecoder does to places to `dtype`, and keep its tokens float32."""
    decoder.to(dtype)
    for name in ("transformer", "iou_token", "mask_tokens", "hq_token", "output_hypernetworks_mlps", "hq_mask_mlp"):
        if hasattr(decoder, name):
            getattr(decoder, name).float()
    decoder.iou_prediction_head.float()


def places_of(image: Tensor, positions: Tensor, dense: Tensor, finer: Finer | None = None) -> Places:
    """What `attend` starts from.

    Args:
        image: (1, width, h, w), the image embedding.
        positions: (1, width, h, w), the places' own.
        dense: (N, width, h, w) of the masks, or one that broadcasts where all prompts have the same.
        finer: from `finer_of`.
    """
    height, width = image.shape[2:]
    where = positions.flatten(2).transpose(1, 2).contiguous()
    return Places((height, width), where, (image + dense).flatten(2).transpose(1, 2).contiguous(), finer)


def finer_of(decoder: Any, middle: Tensor, fine: Tensor) -> Finer:
    """(1, width / 4, 2 h, 2 w) and (1, width / 8, 4 h, 4 w) in the upscaling's order, the second with its bias."""
    _, channels, height, width = middle.shape
    height, width = height // 2, width // 2
    first = middle.reshape(channels, height, 2, width, 2).permute(1, 3, 2, 4, 0)
    second = fine.reshape(-1, height, 2, 2, width, 2, 2).permute(1, 4, 2, 5, 3, 6, 0)
    second = second.reshape(4 * height * width, -1)
    return Finer(first.reshape(height * width, -1), second + decoder.upscale_conv2.bias.repeat(4).to(second.dtype))


def decode_prompts(
    decoder: Any, places: Places, sparse: Tensor | None, count: int, many: bool, least: float = -math.inf
) -> tuple[Tensor, Tensor]:
    """What a SamMaskDecoder answers to N prompts.

    Args:
        decoder: a SamMaskDecoder or Sam2MaskDecoder in float32.
        places: from `places_of`.
        sparse: (N, 1, P, width) of points and boxes, or None.
        count: N.
        many: three masks, or the one.
        least: where no mask of a prompt scores more, nothing is drawn: upscaling is two fifths of the work.

    Returns:
        (N, K, 4 h, 4 w) logits, zeros where nothing was drawn, (N, K) predicted IoU.
    """
    tokens, flat = attend(decoder.transformer, tokens_of(decoder, sparse, count), places)
    kernels, scores = kernels_of(decoder, tokens, many)
    upscaling = upscaling_of(decoder, flat[0].dtype)

    def first(row: int, start: int, end: int) -> Tensor:
        return functional.linear(flat[row][start:end], *upscaling.first)

    drawn = draw(upscaling, kernels, (scores > least).any(1).tolist(), len(flat[0]), places.finer, first)
    return chosen(decoder, in_order(drawn, places.size_hw), scores, many)


def tokens_of(decoder: Any, sparse: Tensor | None, count: int) -> Tensor:
    """(N, T, width): the decoder's own tokens, and those of the points and boxes (N, 1, P, width)."""
    kinds = [decoder.obj_score_token] if _has_object_token(decoder) else []
    own = torch.cat([kind.weight for kind in (*kinds, decoder.iou_token, decoder.mask_tokens)])
    own = own[None].expand(count, -1, -1)
    return own if sparse is None else torch.cat([own, sparse[:, 0].to(own.dtype)], 1)


def kernels_of(decoder: Any, tokens: Tensor, many: bool) -> tuple[Tensor, Tensor]:
    """((N, width / 8, K), what a pixel is multiplied with for each mask that `chosen` needs, (N, K) predicted IoU)."""
    wanted = range(decoder.num_mask_tokens)
    if many:
        wanted = wanted[1:]
    elif not _chooses(decoder):
        wanted = wanted[:1]
    first = 1 + _has_object_token(decoder)
    scores = decoder.iou_prediction_head(tokens[:, first - 1])[:, wanted.start : wanted.stop]
    kernels = torch.stack([decoder.output_hypernetworks_mlps[one](tokens[:, first + one]) for one in wanted], 2)
    return kernels, scores


def chosen(decoder: Any, logits: Tensor, scores: Tensor, many: bool) -> tuple[Tensor, Tensor]:
    """(N, K, h, w) and (N, K) of those that `kernels_of` had drawn: SAM 2 looks at all four to give one."""
    if many or not _chooses(decoder):
        return logits, scores
    # Its own rule (`dynamic_multimask_via_stability`), which wants an axis of prompts.
    logits, scores = decoder._dynamic_multimask_via_stability(logits[:, None].float(), scores[:, None])
    return logits[:, 0], scores[:, 0]


def _has_object_token(decoder: Any) -> bool:
    return hasattr(decoder, "obj_score_token")


def _chooses(decoder: Any) -> bool:
    return bool(getattr(decoder, "dynamic_multimask_via_stability", False))


def in_order(pixels: Tensor, size_hw: tuple[int, int]) -> Tensor:
    """(N, K, 16 M) as the upscaling makes them: (N, K, 4 h, 4 w)."""
    (height, width), kept = size_hw, pixels.dtype
    # The last two pixels stay side by side: moved as one number, they take a tenth of the time.
    pairs = pixels.view({2: torch.int32, 4: torch.int64}[kept.itemsize])
    # y, x, then the first doubling's y, x, then the second's y.
    pairs = pairs.unflatten(2, (height, width, 2, 2, 2)).permute(0, 1, 2, 4, 6, 3, 5)
    return pairs.reshape(*pixels.shape[:2], 4 * height, 2 * width).view(kept)


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

    def gather(number: int, attention: Any, tokens: Tensor) -> Tensor:
        return _gather(attention, tokens, at, flat)

    def spread(number: int, layer: Any, tokens: Tensor, values: Tensor) -> None:
        nonlocal flat, at
        norm = layer.layer_norm4
        weight, bias = norm.weight.to(dtype), norm.bias.to(dtype)
        shares, found = _spread(layer.cross_attn_image_to_token, at, tokens, values, dtype)
        flat = [
            functional.layer_norm(torch.addmm(one, share.t(), value), norm.normalized_shape, weight, bias, norm.eps)
            for one, share, value in zip(flat, shares, found)
        ]
        at = [one + where for one in flat]

    return walk(transformer, prompts, gather, spread), flat


def walk(
    transformer: Any,
    prompts: Tensor,
    gather: Callable[[int, Any, Tensor], Tensor],
    spread: Callable[[int, Any, Tensor, Tensor], None],
) -> Tensor:
    """What a SamTwoWayTransformer makes of tokens (N, T, width); what it makes of the places is the caller's.

    Args:
        transformer: in float32.
        prompts: (N, T, width) float32, the decoder's own tokens among them.
        gather: what tokens find at the places, from the layer's number (-1: after the last), its attention and them.
        spread: changes the places, from the layer's number, the layer, the tokens with their prompts, and without.
    """
    tokens = prompts
    # As `SamTwoWayAttentionBlock` goes: the first layer's self attention neither adds nor keeps the prompts.
    for number, layer in enumerate(transformer.layers):
        if number == 0:
            tokens = itself(layer.self_attn, tokens, tokens)
        else:
            query = tokens + prompts
            tokens = tokens + itself(layer.self_attn, query, tokens)
        tokens = layer.layer_norm1(tokens)
        tokens = layer.layer_norm2(tokens + gather(number, layer.cross_attn_token_to_image, tokens + prompts))
        tokens = layer.layer_norm3(tokens + layer.mlp(tokens))
        spread(number, layer, tokens + prompts, tokens)
    found = gather(-1, transformer.final_attn_token_to_image, tokens + prompts)
    return transformer.layer_norm_final_attn(tokens + found)


def split(x: Tensor, heads: int) -> Tensor:
    """(N, T, inner) -> (N, heads, T, inner / heads)."""
    return x.reshape(len(x), x.shape[1], heads, -1).transpose(1, 2)


def out_proj(attention: Any) -> Any:
    """SAM's last matrix of an attention, which SAM 2 calls otherwise."""
    return attention.o_proj if hasattr(attention, "o_proj") else attention.out_proj


def by_head(weight: Tensor, heads: int) -> Tensor:
    """(inner, width) -> (heads, inner / heads, width)."""
    return weight.reshape(heads, -1, weight.shape[1])


def itself(layer: Any, query: Tensor, value: Tensor) -> Tensor:
    heads = layer.num_attention_heads
    q, k, v = (split(one, heads) for one in (layer.q_proj(query), layer.k_proj(query), layer.v_proj(value)))
    found = functional.scaled_dot_product_attention(q, k, v)
    return out_proj(layer)(found.transpose(1, 2).flatten(2))


def _gather(layer: Any, tokens: Tensor, at: Sequence[Tensor], flat: Sequence[Tensor]) -> Tensor:
    """Tokens (N, T, width) attend to N times (M, width) places, looked for by `at`."""
    heads, (count, some, width), dtype = layer.num_attention_heads, tokens.shape, flat[0].dtype
    query = split(layer.q_proj(tokens), heads) * layer.scaling
    # The keys' bias adds the same to all places, which a softmax does not see.
    query = (query @ by_head(layer.k_proj.weight, heads)).reshape(count, -1, width).to(dtype)
    found = torch.stack([_match(one, there).softmax(-1) @ place for one, there, place in zip(query, at, flat)])
    found = found.to(tokens.dtype).reshape(count, heads, some, width)
    found = found @ by_head(layer.v_proj.weight, heads).transpose(1, 2)
    # Shares add up to 1, so that the values' bias can be added last.
    return out_proj(layer)(found.transpose(1, 2).flatten(2) + layer.v_proj.bias)


def _spread(
    layer: Any, at: Sequence[Tensor], tokens: Tensor, values: Tensor, dtype: torch.dtype
) -> tuple[list[Tensor], Tensor]:
    """N places (M, width), by `at`, attend to the tokens (N, T, width).

    Returns:
        N shares (heads * T, M) and (N, heads * T, width) values: transposed and multiplied, what the places find.
    """
    heads, (count, some, width) = layer.num_attention_heads, tokens.shape
    key = split(layer.k_proj(tokens), heads) * layer.scaling
    bias = (key @ layer.q_proj.bias.reshape(heads, -1, 1)).reshape(count, heads, some, 1).to(dtype)
    key = (key @ by_head(layer.q_proj.weight, heads)).reshape(count, -1, width).to(dtype)
    shares = []
    for one, there, least in zip(key, at, bias):
        # Tokens before places: so the softmax over a handful of tokens runs along memory.
        share = _match(one, there).reshape(heads, some, -1).add_(least).softmax(1)
        shares.append(share.reshape(heads * some, -1))
    out = by_head(out_proj(layer).weight.t().contiguous(), heads)
    value = (split(layer.v_proj(values), heads) @ out).reshape(count, heads * some, width)
    # Shares of a head add up to 1: so every head brings its part of the bias.
    return shares, (value + out_proj(layer).bias / heads).to(dtype)


def _match(some: Tensor, places: Tensor) -> Tensor:
    """(T, width) with (M, width): (T, M). One by one, since a batched product copies what it must turn round."""
    return functional.linear(some, places)


class Upscaling(NamedTuple):
    """The decoder's two upscalings, each a matrix product for every place.

    Attributes:
        first: (width, width) and (width,), the first one's weight and bias, four pixels a place.
        norm: what normalizes its pixels.
        second: (width / 2, width / 4) and (width / 2,), the second one's, four pixels for each of those.
    """

    first: tuple[Tensor, Tensor]
    norm: Any
    second: tuple[Tensor, Tensor]

    def paint(self, pixels: Tensor, fine: Tensor | None, kernel: Tensor, out: Tensor) -> None:
        """From what the first one makes of P places to their logits.

        Args:
            pixels: (P, width).
            fine: (4 P, width / 2), the places' part of `Finer.fine`, or None.
            kernel: (width / 8, K), from `kernels_of`.
            out: (K, 16 P), written.
        """
        norm, dtype, (weight, bias) = self.norm, pixels.dtype, self.second
        pixels = pixels.reshape(4 * len(pixels), -1)
        pixels = functional.gelu(
            functional.layer_norm(pixels, norm.normalized_shape, norm.weight.to(dtype), norm.bias.to(dtype), norm.eps)
        )
        pixels = torch.addmm(bias if fine is None else fine, pixels, weight.t())
        torch.mm(kernel.t(), functional.gelu(pixels).reshape(out.shape[1], -1).t(), out=out)


def upscaling_of(decoder: Any, dtype: torch.dtype) -> Upscaling:
    """Those of a SamMaskDecoder or Sam2MaskDecoder, in `dtype`."""
    first, second = (
        # A kernel of 2 with a stride of 2: (in, out, 2, 2) -> (2 * 2 * out, in).
        (conv.weight.permute(2, 3, 1, 0).flatten(0, 2).to(dtype), conv.bias.repeat(4).to(dtype))
        for conv in (decoder.upscale_conv1, decoder.upscale_conv2)
    )
    return Upscaling(first, decoder.upscale_layer_norm, second)


def draw(
    upscaling: Upscaling,
    kernels: Tensor,
    wanted: Sequence[bool],
    count: int,
    finer: Finer | None,
    first: Callable[[int, int, int], Tensor],
) -> Tensor:
    """M places upscaled four times for each of N prompts, times its kernel: (N, K, 16 M), zeros where not `wanted`.

    Args:
        upscaling: from `upscaling_of`.
        kernels: (N, width / 8, K), from `kernels_of`.
        wanted: N of them.
        count: M.
        finer: from `finer_of`.
        first: what the first upscaling makes, (P, width), from the prompt's row, the first of its P places and the end.
    """
    weight = upscaling.second[0]
    step = max(1, _CHUNK // (len(weight) * 2 * weight.itemsize))
    drawn = weight.new_zeros(len(kernels), kernels.shape[2], 16 * count)
    for row, kernel in enumerate(kernels.to(weight.dtype)):
        if not wanted[row]:
            continue
        for start in range(0, count, step):
            end = min(start + step, count)
            pixels, fine = first(row, start, end), None
            if finer is not None:
                pixels += finer.middle[start:end]
                fine = finer.fine[4 * start : 4 * end]
            upscaling.paint(pixels, fine, kernel, drawn[row, :, 16 * start : 16 * end])
    return drawn
