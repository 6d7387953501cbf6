"""Prompts that share what they see of the image, against transformers' own decoder with the same random weights."""

from __future__ import annotations

import copy
import gc
import weakref
from typing import Any

import numpy as np
import pytest
import torch
from transformers import SamMaskDecoderConfig
from transformers.models.sam.modeling_sam import SamMaskDecoder

from sam.backends.cpu.mask_decoder import attend, places_of, tokens_of
from sam.backends.cpu.shared_image_decoder import (
    WORTH_SHARING,
    Table,
    Tables,
    attend_many,
    changed,
    decode,
    decode_many,
    table_of,
)
from sam.backends.sam import load
from sam.types import Embedding, Prompt

WIDTH, HEIGHT, GRID, COUNT = 64, 12, 20, 5


def made(layers: int) -> SamMaskDecoder:
    torch.manual_seed(0)
    config = SamMaskDecoderConfig(hidden_size=WIDTH, mlp_dim=96, iou_head_hidden_dim=WIDTH, num_hidden_layers=layers)
    model = SamMaskDecoder(config).eval().requires_grad_(False)
    # As made, biases and norms would be 0 and 1, and nobody would notice them missing.
    for parameter in model.parameters():
        parameter.add_(torch.randn_like(parameter) * 0.1)
    return model


@pytest.fixture(scope="module")
def decoder() -> SamMaskDecoder:
    return made(2)


def scene(points: int | None = 2) -> tuple:
    """(image, positions, dense of a prompt without a mask, points and boxes of COUNT prompts)."""
    torch.manual_seed(1)
    image, where = torch.randn(2, 1, WIDTH, HEIGHT, GRID)
    return image, where, torch.randn(1, WIDTH, 1, 1), None if points is None else torch.randn(COUNT, 1, points, WIDTH)


def theirs(decoder, image, where, dense, sparse, many: bool) -> list:
    with torch.inference_mode():
        found = decoder(
            image_embeddings=image.expand(COUNT, -1, -1, -1),
            image_positional_embeddings=where,
            sparse_prompt_embeddings=sparse,
            dense_prompt_embeddings=dense.expand(COUNT, -1, HEIGHT, GRID),
            multimask_output=many,
        )
    return [one[:, 0] for one in found]


@pytest.mark.parametrize("many", [True, False])
@pytest.mark.parametrize(("points", "layers"), [(2, 2), (7, 2), (None, 2), (2, 1), (3, 3)])
def test_the_answers_are_those_of_transformers(points, layers, many):
    decoder = made(layers)
    image, where, dense, sparse = scene(points)
    with torch.inference_mode():
        table = table_of(decoder, image, where, dense, torch.float32)
        ours = decode_many(decoder, table, sparse, COUNT, many)
    for expected, found in zip(theirs(decoder, image, where, dense, sparse, many), ours, strict=True):
        assert found.shape == expected.shape
        assert torch.allclose(found, expected, rtol=1e-4, atol=1e-4 * float(expected.abs().max()))


def test_a_table_answers_every_batch_alike(decoder):
    image, where, dense, sparse = scene()
    with torch.inference_mode():
        table = table_of(decoder, image, where, dense, torch.float32)
        whole, _ = decode_many(decoder, table, sparse, COUNT, True)
        parts = torch.cat([decode_many(decoder, table, some, len(some), True)[0] for some in (sparse[:2], sparse[2:])])
    assert torch.allclose(whole, parts, atol=1e-4 * float(whole.abs().max()))


def test_places_are_upscaled_in_parts(decoder, monkeypatch):
    image, where, dense, sparse = scene()
    with torch.inference_mode():
        seen = table_of(decoder, image, where, dense, torch.float32), places_of(image, where, dense)
        whole = [decode(decoder, one, sparse, COUNT, True)[0] for one in seen]
        monkeypatch.setattr("sam.backends.cpu.mask_decoder._CHUNK", 100 * WIDTH * 4)
        parts = [decode(decoder, one, sparse, COUNT, True)[0] for one in seen]
    assert (HEIGHT * GRID) % 100
    for one, other in zip(whole, parts, strict=True):
        assert torch.allclose(one, other, atol=1e-5 * float(one.abs().max()))


def test_the_places_themselves_are_those_of_a_prompt_alone(decoder):
    image, where, dense, sparse = scene()
    tokens = tokens_of(decoder, sparse, COUNT)
    with torch.inference_mode():
        table = table_of(decoder, image, where, dense, torch.float32)
        _, changes = attend_many(decoder.transformer, tokens, table)
        found = torch.stack(changed(table, changes))
        _, expected = attend(decoder.transformer, tokens, places_of(image, where, dense))
    assert torch.allclose(found, torch.stack(expected), atol=1e-4)


def test_bfloat16_loses_less_than_transformers_own(decoder):
    image, where, dense, sparse = scene()
    exact, _ = theirs(decoder, image, where, dense, sparse, True)
    half = copy.deepcopy(decoder).bfloat16()
    halved: Any = [one.bfloat16() for one in (image, where, dense, sparse)]
    rounded, _ = theirs(half, halved[0], halved[1], halved[2], halved[3], True)
    with torch.inference_mode():
        table = table_of(decoder, image, where, dense, torch.bfloat16)
        ours, scores = decode_many(decoder, table, sparse, COUNT, True)
    far, near = ((one.float() - exact).square().mean().sqrt() for one in (rounded, ours))
    assert near < 0.8 * far
    assert scores.dtype == torch.float32


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_change_that_undoes_the_image_leaves_numbers(decoder, dtype):
    """The variance of such a place is a difference of large numbers, and a root of less than 0 would be none."""
    undoing = copy.deepcopy(decoder)
    attention = undoing.transformer.layers[0].cross_attn_image_to_token
    attention.v_proj.weight.zero_()
    change = attention.out_proj(attention.v_proj.bias)
    image = -change.reshape(1, -1, 1, 1).expand(1, WIDTH, HEIGHT, GRID)
    _, where, _, sparse = scene()
    dense = torch.zeros(1, WIDTH, 1, 1)
    with torch.inference_mode():
        table = table_of(undoing, image, where, dense, dtype)
        logits, scores = decode_many(undoing, table, sparse, COUNT, True)
    expected, _ = theirs(undoing, image, where, dense, sparse, True)
    assert torch.isfinite(logits).all()
    assert torch.isfinite(scores).all()
    assert float((logits.float() - expected).std() / expected.std()) < 0.25


def test_a_prompt_whose_masks_score_too_little_is_not_upscaled(decoder):
    image, where, dense, sparse = scene()
    with torch.inference_mode():
        table = table_of(decoder, image, where, dense, torch.float32)
        logits, scores = decode_many(decoder, table, sparse, COUNT, True)
        best = scores.amax(1)
        least = float(best.median())
        drawn, same = decode_many(decoder, table, sparse, COUNT, True, least)
    assert torch.equal(scores, same)
    for row in range(COUNT):
        assert torch.equal(drawn[row], logits[row] if best[row] > least else torch.zeros_like(logits[row]))


def test_the_last_images_table_is_kept_as_long_as_the_image(decoder):
    image, where, dense, _ = scene()
    one, other = (
        Embedding("tiny", "w" * 64, {"image_embeddings": np.zeros((1, 4, 4, 4), np.float32)}, (9, 9), (9, 9), 9)
        for _ in range(2)
    )
    made = []

    def make() -> Table:
        made.append(table_of(decoder, image, where, dense, torch.float32))
        return made[-1]

    tables = Tables()
    assert tables.of(one, make) is tables.of(one, make)
    assert tables.of(other, make) is made[1]
    assert tables.of(one, make) is made[2], "only the last one is kept"
    kept = weakref.ref(made[2].image)
    made.clear()
    del one
    gc.collect()
    assert kept() is None


@pytest.mark.parametrize("count", [1, WORTH_SHARING])
def test_a_few_prompts_are_decoded_in_float32(small: Any, count: int) -> None:
    """As the page's own decoder does; of many, the shared sums are in the encoder's dtype."""
    exact, fast = (load(small.model, name="small", device="cpu", dtype=dtype) for dtype in ("float32", "bfloat16"))
    embedding = fast.embed(small.images["landscape"])
    prompts = [Prompt.of(points=[[30 * x + 10, 20 * x + 5]]) for x in range(count)]
    alike = [
        np.allclose(ours[0], theirs[0], atol=1e-4)
        for ours, theirs in zip(fast.decode(embedding, prompts), exact.decode(embedding, prompts), strict=True)
    ]
    assert all(alike) if count < WORTH_SHARING else not any(alike)
