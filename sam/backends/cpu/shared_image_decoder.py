"""SAM's mask decoder for many prompts on one image: the image is projected once, each prompt adds a low-rank change.

A prompt changes the image's places by what they find at its few tokens: before each norm, place = image + shares^T
values, with `shares` (heads * T, M) and `values` (heads * T, width), so the change has rank heads * T, 56 for a click
or a box, and not width = 256. A norm scales each place and each channel, which keeps that form: place = scale *
(image' + shares^T values') + constant, where image' is the same for every prompt. So the places of a prompt are never
made: products of the image with the weights are shared, and of each prompt's own part only the thin products remain,
0.45 G multiplications instead of the 0.99 G of a prompt alone. The sums are the original's, in another order.

With bfloat16, what has a number for each place is bfloat16; tokens and their weights are float32.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from ...types import Embedding
from .mask_decoder import (
    Finer,
    Places,
    by_head,
    chosen,
    decode_prompts,
    draw,
    in_order,
    kernels_of,
    out_proj,
    split,
    tokens_of,
    upscaling_of,
    walk,
)

WORTH_SHARING = 4
"""Prompts from which on a table pays: it costs as much as one prompt alone, and spares each two thirds."""
_TOGETHER = 4
"""Prompts whose products with the image are made at a time: they stay in the cores' caches."""


class Seen(NamedTuple):
    """The places, projected for an attention.

    Attributes:
        image: (heads, d, M), the shared part of the places.
        other: (heads, d, M), their own embeddings and the constant; None at the first layer, whose `image` has them.
    """

    image: Tensor
    other: Tensor | None


class Gathering(NamedTuple):
    """What tokens that attend to the places need of them.

    Attributes:
        keys: what they are compared with.
        values: (heads, M, d) of the shared part.
        offset: (heads * d,), the values of the constant, and the bias.
    """

    keys: Seen
    values: Tensor
    offset: Tensor


class Spreading(NamedTuple):
    """What places that attend to tokens, and are normalized afterwards, need.

    Attributes:
        queries: what the tokens are compared with.
        rows: (heads, d, width), what an attended value adds to a place.
        added: (width,), what every place gets besides; None at the first layer, whose shared part has it.
        square: (M,) float32, the squares of the shared part, centred over the channels, summed.
        against: for each addend of `Changes.shares`, in their order, the centred shared part times what it adds:
            (heads, d, M), or (1, 1, M) for what every place gets.
    """

    queries: Seen
    rows: Tensor
    added: Tensor | None
    square: Tensor
    against: tuple[Tensor, ...]


class Table(NamedTuple):
    """What all prompts share.

    Attributes:
        size_hw: places down and across.
        gathering: one for each layer, and one for the attention after the last.
        spreading: one for each layer.
        image: (M, width), the shared part of the places after the last layer.
        constant: (width,), their constant there.
        upscaled: (M, width), `image` after the first upscaling's weights, four pixels a place.
        finer: what each upscaling adds to its pixels, or None where it adds nothing.
    """

    size_hw: tuple[int, int]
    gathering: tuple[Gathering, ...]
    spreading: tuple[Spreading, ...]
    image: Tensor
    constant: Tensor
    upscaled: Tensor
    finer: Finer | None


class Tables:
    """What prompts share; of many, the last image's is kept: everything mode asks in rounds."""

    def __init__(self) -> None:
        self._last: WeakKeyDictionary[Embedding, Table] = WeakKeyDictionary()

    def seen(
        self, embedding: Embedding, count: int, table: Callable[[], Table], places: Callable[[], Places]
    ) -> Table | Places:
        """What `decode` takes for `count` prompts without a mask."""
        return self.of(embedding, table) if count >= WORTH_SHARING else places()

    def of(self, embedding: Embedding, make: Callable[[], Table]) -> Table:
        """The embedding's table, made when it is not the last one's."""
        table = self._last.get(embedding)
        if table is None:
            table = make()
            self._last.clear()
            self._last[embedding] = table
        return table


class Changes(NamedTuple):
    """What N prompts have made of the places so far, each: scale * (image + shares^T values) + constant.

    Attributes:
        scale: (N, M).
        room: (N, rows, M) whose first R rows are `shares`; the others are for the layers to come.
        values: (N, R, width) float32.
        found: for each addend twice the (N, heads, T, d) values that it is made of; (N, 1, 1, 1) of two for what every
            place gets.
    """

    scale: Tensor
    room: Tensor
    values: Tensor
    found: tuple[Tensor, ...]

    @property
    def shares(self) -> Tensor:
        """(N, R, M)."""
        return self.room[:, : self.values.shape[1]]


def table_of(
    decoder: Any, image: Tensor, positions: Tensor, dense: Tensor, dtype: torch.dtype, finer: Finer | None = None
) -> Table:
    """What `decode_many` starts from.

    Args:
        decoder: a SamMaskDecoder, SAM-HQ's or SAM 2's, whose transformer is float32.
        image: (1, width, h, w), the image embedding.
        positions: (1, width, h, w), the places' own.
        dense: (1, width, 1, 1) or (1, width, h, w), of prompts without a mask.
        dtype: of what has a number for each place.
        finer: from `_two_way.finer_of`.
    """
    transformer = decoder.transformer
    height, width = image.shape[2:]
    shared = (image + dense).float().flatten(2)[0].t()
    where = positions.float().flatten(2)[0].t()
    constant = shared.new_zeros(shared.shape[1])
    addends: list[Tensor] = []
    gathering: list[Gathering] = []
    spreading: list[Spreading] = []

    def project(heads: int, linear: Any, bias: bool) -> Seen:
        weight = linear.weight.to(dtype)
        own, other = weight @ shared.t().to(dtype), weight @ (where + constant).t().to(dtype)
        if bias:
            other += linear.bias.to(dtype)[:, None]
        own, other = (one.reshape(heads, -1, height * width) for one in (own, other))
        return Seen(own, other) if spreading else Seen(own + other, None)

    def gathered(attention: Any) -> Gathering:
        heads, linear = attention.num_attention_heads, attention.v_proj
        values = (shared.to(dtype) @ linear.weight.t().to(dtype)).reshape(height * width, heads, -1)
        offset = linear.weight @ constant + linear.bias
        # The keys' bias adds the same to all places, which a softmax does not see.
        keys = project(heads, attention.k_proj, bias=False)
        return Gathering(keys, values.transpose(0, 1).contiguous(), offset)

    for layer in transformer.layers:
        gathering.append(gathered(layer.cross_attn_token_to_image))
        attention, norm = layer.cross_attn_image_to_token, layer.layer_norm4
        heads, linear = attention.num_attention_heads, out_proj(attention)
        queries = project(heads, attention.q_proj, bias=True)
        rows, added = by_head(linear.weight.t().contiguous(), heads), constant + linear.bias
        if spreading:
            addends.append(added.reshape(1, 1, -1))
        else:
            shared = shared + added
        shared, addends = _centred(shared), [_centred(some) for some in (*addends, rows)]
        turned = shared.t().to(dtype)
        against = tuple(some.to(dtype) @ turned for some in addends)
        square = shared.square().sum(1)
        spreading.append(Spreading(queries, rows, added if spreading else None, square, against))
        shared, addends, constant = shared * norm.weight, [some * norm.weight for some in addends], norm.bias
    gathering.append(gathered(transformer.final_attn_token_to_image))
    last = shared.to(dtype)
    upscaled = last @ upscaling_of(decoder, dtype).first[0].t()
    if finer is not None:
        finer = Finer(*(one.to(dtype) for one in finer))
    return Table((height, width), tuple(gathering), tuple(spreading), last, constant, upscaled, finer)


def decode(
    decoder: Any, seen: Table | Places, sparse: Tensor | None, count: int, many: bool, least: float = -math.inf
) -> tuple[Tensor, Tensor]:
    """As `_two_way.decode_prompts`, by whichever of the two ways `seen` was made for."""
    if isinstance(seen, Table):
        return decode_many(decoder, seen, sparse, count, many, least)
    return decode_prompts(decoder, seen, sparse, count, many, least)


def decode_many(
    decoder: Any, table: Table, sparse: Tensor | None, count: int, many: bool, least: float = -math.inf
) -> tuple[Tensor, Tensor]:
    """As `_two_way.decode_prompts`, for prompts without a mask of their own."""
    tokens, changes = attend_many(decoder.transformer, tokens_of(decoder, sparse, count), table)
    kernels, scores = kernels_of(decoder, tokens, many)
    upscaling = upscaling_of(decoder, table.upscaled.dtype)
    weight, bias = upscaling_of(decoder, torch.float32).first
    constant = (weight @ table.constant + bias).to(table.upscaled.dtype)
    values = (changes.values @ weight.t()).to(table.upscaled.dtype)

    def first(row: int, start: int, end: int) -> Tensor:
        pixels = torch.addmm(table.upscaled[start:end], changes.shares[row, :, start:end].t(), values[row])
        return torch.addcmul(constant, pixels, changes.scale[row, start:end, None], out=pixels)

    wanted = (scores > least).any(1).tolist()
    drawn = draw(upscaling, kernels, wanted, len(table.upscaled), table.finer, first)
    return chosen(decoder, in_order(drawn, table.size_hw), scores, many)


def attend_many(transformer: Any, prompts: Tensor, table: Table) -> tuple[Tensor, Changes]:
    """What a SamTwoWayTransformer makes of (N, T, width) tokens, and of the places for each prompt."""
    changes: Changes | None = None
    rows = prompts.shape[1] * transformer.layers[0].self_attn.num_attention_heads
    room = len(transformer.layers) * (rows + 1) - 1

    def gather(number: int, attention: Any, tokens: Tensor) -> Tensor:
        return _gather(attention, table.gathering[number], tokens, changes)

    def spread(number: int, layer: Any, tokens: Tensor, values: Tensor) -> None:
        nonlocal changes
        changes = _spread(layer, table.spreading[number], tokens, values, changes, room)

    tokens = walk(transformer, prompts, gather, spread)
    if changes is None:
        raise ValueError("transformer: expected at least one layer, got none.")
    return tokens, changes


def changed(table: Table, changes: Changes) -> list[Tensor]:
    """N times (M, width): the prompts' places themselves, for a decoder that does something of its own with them."""
    constant = table.constant.to(table.image.dtype)
    values = changes.values.to(table.image.dtype)
    return [
        torch.addcmul(constant, torch.addmm(table.image, shares.t(), value), scale[:, None])
        for shares, value, scale in zip(changes.shares, values, changes.scale, strict=True)
    ]


def _gather(attention: Any, level: Gathering, tokens: Tensor, changes: Changes | None) -> Tensor:
    """Tokens (N, T, width) attend to the places."""
    heads, dtype = attention.num_attention_heads, level.values.dtype
    query = split(attention.q_proj(tokens), heads) * attention.scaling
    if changes is None:
        each = [
            (scores.softmax(-1).flatten(1, 2) @ level.values).unflatten(1, scores.shape[1:3])
            for scores in _each(query.to(dtype), level.keys.image)
        ]
        found = torch.cat(each, 1).permute(1, 2, 0, 3).to(tokens.dtype)
        return out_proj(attention)(found.flatten(2) + level.offset)
    scored = _matched(level.keys, by_head(attention.k_proj.weight, heads), query, changes)
    shared, thin = [], []
    for scores, shares, scale in zip(scored, changes.shares, changes.scale, strict=True):
        share = scores.softmax(-1).mul_(scale)
        thin.append(share.view(-1, share.shape[2]) @ shares.t())
        shared.append(torch.bmm(share, level.values))
    found = torch.stack(shared).to(tokens.dtype)
    values = split(changes.values @ attention.v_proj.weight.t(), heads)
    found += torch.stack(thin).to(tokens.dtype).reshape(*found.shape[:3], -1) @ values
    return out_proj(attention)(found.transpose(1, 2).flatten(2) + level.offset)


def _spread(
    layer: Any, level: Spreading, tokens: Tensor, values: Tensor, changes: Changes | None, rows: int
) -> Changes:
    """The places attend to tokens (N, T, width), add what they find at `values`, and are normalized."""
    attention, norm = layer.cross_attn_image_to_token, layer.layer_norm4
    heads, dtype, places = attention.num_attention_heads, level.queries.image.dtype, level.queries.image.shape[2]
    key = split(attention.k_proj(tokens), heads) * attention.scaling
    found = split(attention.v_proj(values), heads)
    added = (found @ level.rows).flatten(1, 2)
    gained = added.shape[1]
    # Twice: of a sum, squared, each pair of addends is there twice.
    parts: tuple[Tensor, ...] = (2 * found.to(dtype),)
    if changes is None or level.added is None:
        room = added.new_empty(len(added), rows, places, dtype=dtype)
    else:
        room = changes.room
        added = torch.cat([changes.values, level.added.expand(len(added), 1, -1), added], 1)
        parts = (*changes.found, parts[0].new_full((len(added), 1, 1, 1), 2), *parts)
    scored = _matched(level.queries, by_head(attention.q_proj.weight, heads), key, changes)
    added = _centred(added)
    alike = (added @ added.transpose(1, 2)).to(dtype)
    against = zip(*(_rows(_each(part, table)) for part, table in zip(parts, level.against, strict=True)), strict=True)
    spare = added.new_empty(added.shape[1], places, dtype=dtype)
    scales = []
    turns = zip(scored, room[:, : added.shape[1]], alike, against, strict=True)
    for row, (scores, shares, pairs, crossed) in enumerate(turns):
        # Tokens before places: so the softmax over a handful of tokens runs along memory.
        torch.softmax(scores, 1, out=shares[-gained:].view(scores.shape))
        if changes is not None:
            shares[-gained - 1] = 1
            shares[-gained - 1 :].div_(changes.scale[row])
        # The squares of image + shares^T values, all centred, summed part by part.
        torch.mm(pairs, shares, out=spare)
        start = 0
        for some in crossed:
            end = start + some.shape[0] * some.shape[1]
            spare[start:end].view(some.shape).add_(some)
            start = end
        # Where a change undoes the image, rounding leaves anything, even less than nothing.
        least = level.square * torch.finfo(dtype).eps
        square = torch.maximum(level.square + spare.mul_(shares).sum(0, dtype=torch.float32), least)
        scale = square.new_ones(1) if changes is None else changes.scale[row].float()
        scales.append((scale * torch.rsqrt(scale.square() * square / added.shape[2] + norm.eps)).to(dtype))
    return Changes(torch.stack(scales), room, added * norm.weight, parts)


def _each(some: Tensor, table: Tensor) -> Iterator[Tensor]:
    """(N, heads, T, d) with a table (heads, d, M): (heads, n, T, M) for a few of the prompts at a time.

    One product a head for all of those; what is made of them is used before that of the next takes its place.
    """
    for few in some.split(_TOGETHER):
        heads = few.transpose(0, 1)
        yield torch.bmm(heads.flatten(1, 2), table).unflatten(1, heads.shape[1:3])


def _rows(each: Iterator[Tensor]) -> Iterator[Tensor]:
    """(heads, T, M) of one prompt after the other."""
    for few in each:
        yield from few.unbind(1)


def _matched(seen: Seen, weight: Tensor, some: Tensor, changes: Changes | None) -> Iterator[Tensor]:
    """(N, heads, T, d), with the places as the changes, if any, have made them: N times (heads, T, M).

    `weight`: (heads, d, width), the projection of the places.
    """
    dtype, (_, heads, count, _) = seen.image.dtype, some.shape
    half = some.to(dtype)
    shared = _rows(_each(half, seen.image))
    if changes is None or seen.other is None:
        yield from shared
        return
    own = ((some @ weight).flatten(1, 2) @ changes.values.transpose(1, 2)).to(dtype)
    other = _rows(_each(half, seen.other))
    for mine, shares, scale, one, more in zip(own, changes.shares, changes.scale, shared, other, strict=True):
        scores = (mine @ shares).view(heads, count, -1).add_(one)
        yield torch.addcmul(more, scores, scale, out=scores)


def _centred(x: Tensor) -> Tensor:
    return x - x.mean(-1, keepdim=True)
