"""Whether the rewritten forwards are still what transformers does: tried once a model, on a few places.

transformers may change a module that keeps its class and the names of its weights. One that differs runs as it is
there: slower, and right.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from .image_encoder import one_layer
from .mask_decoder import attend, decode_prompts, finer_of, places_of
from .shared_image_decoder import decode_many, table_of

_SIDE = 4
"""Places across and down of what is tried: everything that is added up is there, and it takes milliseconds."""
_PROMPTS, _POINTS = 2, 3
_TOLERANCE = {torch.float32: 1e-3}
"""Share of the largest number by which two orders of the same sums may differ; of other types `_ROUGH`."""
_ROUGH = 0.05
_ENCODER_PARTS = {"patch_embed", "layers", "neck"}

_log = logging.getLogger("sam_studio")

Pairs = Iterator[tuple[Tensor, Tensor]]
"""What transformers answers, and what we do."""


def encoder_agrees(encoder: Any) -> bool:
    """Whether `image_encoder.encode` gives what a SamVisionEncoder's own forward gives; before `keep_exact`."""
    return _agree("image encoder", lambda: _encoders(encoder))


def decoder_agrees(decoder: Any) -> bool:
    """Whether `decode_prompts` and `decode_many` give what a SamMaskDecoder or Sam2MaskDecoder in float32 does."""
    return _agree("mask decoder", lambda: _decoders(decoder))


def transformer_agrees(transformer: Any, width: int) -> bool:
    """Whether `attend` gives what a SamTwoWayTransformer of so many channels in float32 does."""
    return _agree("two-way transformer", lambda: _transformers(transformer, width))


def _agree(what: str, pairs: Callable[[], Pairs]) -> bool:
    try:
        with torch.inference_mode():
            close = all(_close(theirs, ours) for theirs, ours in pairs())
    except Exception as error:  # a module that lacks a part, or has another's interface, can make it raise anything
        _log.info("transformers' %s is another (%s: %s)", what, type(error).__name__, error)
        close = False
    if not close:
        _log.warning("This version of transformers has another %s: it runs as it is there, which takes longer.", what)
    return close


def _close(theirs: Tensor, ours: Tensor) -> bool:
    most = _TOLERANCE.get(theirs.dtype, _ROUGH) * float(theirs.float().abs().max())
    return theirs.shape == ours.shape and bool((theirs.float() - ours.float()).abs().max() <= most)


def _random(*shape: int, like: Tensor) -> Tensor:
    """Numbers of their own: the program's stay as they were."""
    made = torch.Generator().manual_seed(sum(shape))
    return torch.randn(*shape, generator=made).to(like.dtype)


def _encoders(encoder: Any) -> Pairs:
    """One layer of each kind."""
    parts = {name for name, _ in encoder.named_children()}
    if parts != _ENCODER_PARTS:
        raise ValueError(f"expected {sorted(_ENCODER_PARTS)}, got {sorted(parts)}")
    for layer in {bool(layer.window_size): layer for layer in encoder.layers}.values():
        weight = layer.layer_norm1.weight
        side = layer.window_size + 1 if layer.window_size else _SIDE  # windows are padded
        x = _random(1, side, side, len(weight), like=weight)
        theirs = layer(x)
        ours = x.reshape(side * side, -1).clone()
        one_layer(layer, ours, (side, side))
        yield theirs[0] if isinstance(theirs, tuple) else theirs, ours.reshape(x.shape)


def _decoders(decoder: Any) -> Pairs:
    token = decoder.iou_token.weight
    width = token.shape[1]
    image, where, dense = (_random(1, width, _SIDE, _SIDE + shift, like=token)[..., :_SIDE] for shift in range(3))
    sparse = _random(_PROMPTS, 1, _POINTS, width, like=token)
    more: dict[str, Any] = {}
    finer = None
    if hasattr(decoder, "conv_s0"):
        fine = _random(1, width // 8, 4 * _SIDE, 4 * _SIDE, like=token)
        middle = _random(1, width // 4, 2 * _SIDE, 2 * _SIDE, like=token)
        finer = finer_of(decoder, middle, fine)
        more = {"high_resolution_features": [one.expand(_PROMPTS, -1, -1, -1) for one in (fine, middle)]}
    places = places_of(image, where, dense, finer)
    table = table_of(decoder, image, where, dense, torch.float32, finer)
    for many in (True, False):
        theirs = decoder(
            image_embeddings=image.expand(_PROMPTS, -1, -1, -1),
            image_positional_embeddings=where.expand(_PROMPTS if more else 1, -1, -1, -1),
            sparse_prompt_embeddings=sparse,
            dense_prompt_embeddings=dense.expand(_PROMPTS, -1, -1, -1),
            multimask_output=many,
            **more,
        )
        for ours in (
            decode_prompts(decoder, places, sparse, _PROMPTS, many),
            decode_many(decoder, table, sparse, _PROMPTS, many),
        ):
            yield from ((a[:, 0], b) for a, b in zip(theirs[:2], ours, strict=True))


def _transformers(transformer: Any, width: int) -> Pairs:
    like = next(iter(transformer.parameters()))
    image, where, dense = (_random(1, width, _SIDE, _SIDE + shift, like=like)[..., :_SIDE] for shift in range(3))
    tokens = _random(_PROMPTS, _POINTS, width, like=like)
    theirs = stock_attend(transformer, tokens, image, where, dense)
    ours = attend(transformer, tokens, places_of(image, where, dense))
    yield theirs[0], ours[0]
    yield theirs[1], torch.stack(ours[1])


def stock_attend(
    transformer: Any, tokens: Tensor, image: Tensor, where: Tensor, dense: Tensor
) -> tuple[Tensor, Tensor]:
    """`attend` by the transformer's own forward.

    Args:
        transformer: a SamTwoWayTransformer.
        tokens: (N, T, width).
        image, where: (1, width, h, w), of the image and of its places.
        dense: (1 or N, width, h, w) of the masks.

    Returns:
        (N, T, width), (N, h * w, width).
    """
    count = len(tokens)
    found, flat = transformer(
        point_embeddings=tokens[:, None],
        image_embeddings=(image + dense).expand(count, -1, -1, -1),
        image_positional_embeddings=where,
        attention_similarity=None,
    )[:2]
    return found[:, 0], flat[:, 0]
