"""The head's network: sizes, positions relative to the image, and what it must not see."""

from __future__ import annotations

import pytest
import torch

from sam.nano.network import Nano
from sam.nano.subject import SubjectHead, encoder_hash, places
from tests.present import present


@pytest.fixture(scope="module")
def head() -> SubjectHead:
    torch.manual_seed(0)
    return SubjectHead().eval()


def features(size: int, batch: int = 2) -> list[torch.Tensor]:
    torch.manual_seed(size)
    return [torch.randn(batch, width, size // s, size // s) for width, s in ((128, 16), (48, 8), (16, 4))]


def test_it_is_small(head: SubjectHead) -> None:
    assert sum(p.numel() for p in head.parameters()) <= 0.4e6


@pytest.mark.parametrize("size", [64, 96, 128])
@torch.no_grad()
def test_the_mask_has_half_the_squares_size(head: SubjectHead, size: int) -> None:
    logits, confidence = head(*features(size), torch.full((2, 2), float(size)))
    assert logits.shape == (2, size // 2, size // 2)
    assert confidence.shape == (2,)
    assert torch.isfinite(logits).all()
    assert torch.isfinite(confidence).all()


@torch.no_grad()
def test_images_of_a_batch_do_not_touch_each_other(head: SubjectHead) -> None:
    inputs, hw = features(64), torch.tensor([[64.0, 40.0], [30.0, 64.0]])
    together = head(*inputs, hw)
    alone = head(*[f[1:] for f in inputs], hw[1:])
    for both, one in zip(together, alone):
        assert torch.allclose(both[1:], one, atol=1e-4)


@pytest.mark.parametrize(("hw", "inside"), [((64.0, 64.0), (4, 4)), ((64.0, 32.0), (4, 2)), ((16.0, 64.0), (1, 4))])
def test_places_are_relative_to_the_image(hw: tuple[float, float], inside: tuple[int, int]) -> None:
    x, y, distance, image = places(torch.tensor([hw]), 4)[0]
    rows, columns = inside
    assert image[:rows, :columns].all()
    assert image.sum() == rows * columns
    assert torch.allclose(x[0, :columns].mean(), torch.tensor(0.0), atol=1e-5)
    assert torch.allclose(y[:rows, 0].mean(), torch.tensor(0.0), atol=1e-5)
    assert x.max() <= 1.5
    assert torch.allclose(distance, (x * x + y * y).sqrt())


@pytest.mark.parametrize("hw", [(1.0, 1.0), (64.0, 1.0)])
@torch.no_grad()
def test_an_image_of_one_pixel_gives_numbers(head: SubjectHead, hw: tuple[float, float]) -> None:
    logits, confidence = head(*features(64, 1), torch.tensor([hw]))
    assert torch.isfinite(logits).all()
    assert torch.isfinite(confidence).all()


def test_no_gradient_of_confidence_reaches_the_mask(head: SubjectHead) -> None:
    head.zero_grad()
    confidence = head(*features(64), torch.full((2, 2), 64.0))[1]
    confidence.sum().backward()
    assert head.mask.weight.grad is None
    assert present(head.confidence.get_parameter("0.weight").grad).abs().sum() > 0


def test_the_encoders_hash_is_of_the_encoder_alone() -> None:
    state = Nano().state_dict()
    first = encoder_hash(state)
    half = {k: v.half() if v.is_floating_point() else v for k, v in state.items()}
    assert encoder_hash(half) == first, "shipped in half precision it is the same encoder"
    assert encoder_hash({**state, "decoder.tokens": state["decoder.tokens"] + 1}) == first
    assert encoder_hash({**state, "encoder.top.0.weight": state["encoder.top.0.weight"] + 1}) != first
