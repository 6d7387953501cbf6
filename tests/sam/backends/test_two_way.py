"""The cheaper order of sums, against transformers' own decoder with the same random weights."""

from __future__ import annotations

import copy

import pytest
import torch
from transformers import SamMaskDecoderConfig
from transformers.models.sam.modeling_sam import SamMaskDecoder

from sam.backends._two_way import decode_prompts, keep_tokens_exact, places_of

WIDTH, HEIGHT, GRID, COUNT = 64, 12, 20, 3


@pytest.fixture(scope="module")
def decoder() -> SamMaskDecoder:
    torch.manual_seed(0)
    config = SamMaskDecoderConfig(hidden_size=WIDTH, mlp_dim=96, iou_head_hidden_dim=WIDTH)
    model = SamMaskDecoder(config).eval().requires_grad_(False)
    # As made, biases and norms would be 0 and 1, and nobody would notice them missing.
    for parameter in model.parameters():
        parameter += torch.randn_like(parameter) * 0.1
    return model


def answers(
    decoder, points: int | None, alike: bool, many: bool, dtype: torch.dtype, share: bool = False, mine=None
) -> tuple:
    """((logits, scores) of transformers', (logits, scores) of ours) to three prompts."""
    torch.manual_seed(1)
    image, where = torch.randn(2, 1, WIDTH, HEIGHT, GRID).to(dtype)
    dense = torch.randn(1 if alike else COUNT, WIDTH, HEIGHT, GRID).to(dtype)
    sparse = None if points is None else torch.randn(COUNT, 1, points, WIDTH).to(dtype)
    with torch.inference_mode():
        theirs = decoder(
            image_embeddings=image.expand(COUNT, -1, -1, -1),
            image_positional_embeddings=where,
            sparse_prompt_embeddings=sparse,
            dense_prompt_embeddings=dense.expand(COUNT, -1, -1, -1),
            multimask_output=many,
        )
        mine = mine or decoder
        places = places_of(mine.transformer, image, where, dense, share)
        assert (places.projected is not None) == (share and alike)
        ours = decode_prompts(mine, places, sparse, COUNT, many)
    return tuple(one[:, 0] for one in theirs), ours


@pytest.mark.parametrize("many", [True, False])
@pytest.mark.parametrize(("points", "alike"), [(2, True), (1, False), (7, True), (None, False)])
@pytest.mark.parametrize("share", [True, False])
def test_the_answers_are_those_of_transformers(decoder, points, alike, many, share):
    theirs, ours = answers(decoder, points, alike, many, torch.float32, share)
    for expected, found in zip(theirs, ours, strict=True):
        assert found.shape == expected.shape
        assert torch.allclose(found, expected, rtol=1e-4, atol=1e-4 * float(expected.abs().max()))


@pytest.mark.parametrize(("share", "most"), [(True, 1.25), (False, 1)])
def test_bfloat16_loses_no_more_than_transformers_own(decoder, share, most):
    (exact, _), _ = answers(decoder, 2, True, True, torch.float32)
    mixed = copy.deepcopy(decoder)
    keep_tokens_exact(mixed, torch.bfloat16)
    half = copy.deepcopy(decoder).bfloat16()
    (theirs, _), (ours, scores) = answers(half, 2, True, True, torch.bfloat16, share, mixed)
    far, near = ((one.float() - exact).square().mean().sqrt() for one in (theirs, ours))
    assert near < most * far
    assert scores.dtype == torch.float32


def test_a_prompt_whose_masks_score_too_little_is_not_upscaled(decoder):
    torch.manual_seed(2)
    image, where = torch.randn(2, 1, WIDTH, HEIGHT, GRID)
    sparse = torch.randn(COUNT, 1, 2, WIDTH)
    with torch.inference_mode():
        places = places_of(decoder.transformer, image, where, torch.zeros_like(image), False)
        logits, scores = decode_prompts(decoder, places, sparse, COUNT, True)
        best = scores.amax(1)
        least = float(best.median())
        drawn, same = decode_prompts(decoder, places, sparse, COUNT, True, least)
    assert torch.equal(scores, same)
    for row in range(COUNT):
        assert torch.equal(drawn[row], logits[row] if best[row] > least else torch.zeros_like(logits[row]))
