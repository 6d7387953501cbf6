"""The cheaper order of sums, against transformers' own decoder with the same random weights."""

from __future__ import annotations

import copy

import pytest
import torch
from transformers import SamMaskDecoderConfig
from transformers.models.sam.modeling_sam import SamMaskDecoder

from sam.backends.cpu.mask_decoder import attend, decode_prompts, keep_tokens_exact, places_of

WIDTH, HEIGHT, GRID, COUNT = 64, 12, 20, 3


@pytest.fixture(scope="module")
def decoder() -> SamMaskDecoder:
    torch.manual_seed(0)
    config = SamMaskDecoderConfig(hidden_size=WIDTH, mlp_dim=96, iou_head_hidden_dim=WIDTH)
    model = SamMaskDecoder(config).eval().requires_grad_(False)
    # As made, biases and norms would be 0 and 1, and nobody would notice them missing.
    for parameter in model.parameters():
        parameter.add_(torch.randn_like(parameter) * 0.1)
    return model


def answers(decoder, points: int | None, alike: bool, many: bool) -> tuple:
    """((logits, scores) of transformers', (logits, scores) of ours) to three prompts."""
    torch.manual_seed(1)
    image, where = torch.randn(2, 1, WIDTH, HEIGHT, GRID)
    dense = torch.randn(1 if alike else COUNT, WIDTH, HEIGHT, GRID)
    sparse = None if points is None else torch.randn(COUNT, 1, points, WIDTH)
    with torch.inference_mode():
        theirs = decoder(
            image_embeddings=image.expand(COUNT, -1, -1, -1),
            image_positional_embeddings=where,
            sparse_prompt_embeddings=sparse,
            dense_prompt_embeddings=dense.expand(COUNT, -1, -1, -1),
            multimask_output=many,
        )
        ours = decode_prompts(decoder, places_of(image, where, dense), sparse, COUNT, many)
    return tuple(one[:, 0] for one in theirs), ours


@pytest.mark.parametrize("many", [True, False])
@pytest.mark.parametrize(("points", "alike"), [(2, True), (1, False), (7, True), (None, False)])
def test_the_answers_are_those_of_transformers(decoder, points, alike, many):
    theirs, ours = answers(decoder, points, alike, many)
    for expected, found in zip(theirs, ours, strict=True):
        assert found.shape == expected.shape
        assert torch.allclose(found, expected, rtol=1e-4, atol=1e-4 * float(expected.abs().max()))


def test_tokens_stay_exact_where_places_are_bfloat16(decoder):
    torch.manual_seed(3)
    image, where, dense = torch.randn(3, 1, WIDTH, HEIGHT, GRID)
    tokens = torch.randn(COUNT, 7, WIDTH)
    half, mixed = copy.deepcopy(decoder).bfloat16(), copy.deepcopy(decoder)
    keep_tokens_exact(mixed, torch.bfloat16)
    assert mixed.upscale_conv1.weight.dtype == torch.bfloat16
    with torch.inference_mode():
        exact, _ = attend(decoder.transformer, tokens, places_of(image, where, dense))
        ours, _ = attend(mixed.transformer, tokens, places_of(*(one.bfloat16() for one in (image, where, dense))))
        theirs, _ = half.transformer(
            point_embeddings=tokens.bfloat16()[:, None],
            image_embeddings=(image + dense).bfloat16().expand(COUNT, -1, -1, -1),
            image_positional_embeddings=where.bfloat16(),
            attention_similarity=None,
        )
    far, near = ((one.float() - exact).square().mean().sqrt() for one in (theirs[:, 0], ours))
    assert ours.dtype == torch.float32
    assert near < 0.7 * far


def test_a_prompt_whose_masks_score_too_little_is_not_upscaled(decoder):
    torch.manual_seed(2)
    image, where = torch.randn(2, 1, WIDTH, HEIGHT, GRID)
    sparse = torch.randn(COUNT, 1, 2, WIDTH)
    with torch.inference_mode():
        places = places_of(image, where, torch.zeros_like(image))
        logits, scores = decode_prompts(decoder, places, sparse, COUNT, True)
        best = scores.amax(1)
        least = float(best.median())
        drawn, same = decode_prompts(decoder, places, sparse, COUNT, True, least)
    assert torch.equal(scores, same)
    for row in range(COUNT):
        assert torch.equal(drawn[row], logits[row] if best[row] > least else torch.zeros_like(logits[row]))
