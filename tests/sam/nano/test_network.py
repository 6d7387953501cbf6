"""The network: shapes at any crop size, prompts without effect on each other."""

from __future__ import annotations

import pytest
import torch

from sam.nano.network import Encoder, Nano, PlainEncoder, network_for


@pytest.fixture(scope="module", params=[Encoder, PlainEncoder])
def model(request: pytest.FixtureRequest) -> Nano:
    torch.manual_seed(0)
    return Nano(request.param()).eval()


def prompt(coords: list, labels: list, size: int = 64) -> tuple[torch.Tensor, ...]:
    count = len(coords)
    return (
        torch.tensor(coords, dtype=torch.float32),
        torch.tensor(labels),
        torch.zeros(count, 1, size // 2, size // 2),
        torch.zeros(count),
    )


def test_parameters_stay_below_six_million(model: Nano) -> None:
    assert sum(p.numel() for p in model.parameters()) < 6e6


def test_weights_find_their_version(model: Nano) -> None:
    again = network_for(model.state_dict())
    again.load_state_dict(model.state_dict())
    assert type(again.encoder) is type(model.encoder)


@pytest.mark.parametrize("size", [64, 96, 128])
@torch.no_grad()
def test_masks_have_half_the_inputs_size(model: Nano, size: int) -> None:
    images = torch.randn(2, 3, size, size)
    logits, scores = model(images, *prompt([[[20.0, 20.0]]] * 6, [[1]] * 6, size))
    assert logits.shape == (6, 4, size // 2, size // 2)
    assert scores.shape == (6, 4)
    assert ((scores >= 0) & (scores <= 1)).all()


@torch.no_grad()
def test_prompts_of_one_image_do_not_touch_each_other(model: Nano) -> None:
    images = torch.randn(1, 3, 64, 64)
    together, _ = model(images, *prompt([[[20.0, 20.0]], [[50.0, 40.0]]], [[1], [1]]))
    alone, _ = model(images, *prompt([[[50.0, 40.0]]], [[1]]))
    assert torch.allclose(together[1], alone[0], atol=1e-4)


@torch.no_grad()
def test_outside_its_box_a_mask_is_unlikely(model: Nano) -> None:
    logits, _ = model(torch.randn(1, 3, 64, 64), *prompt([[[16.0, 16.0], [40.0, 40.0]]], [[2, 3]]))
    outside = torch.ones(32, 32, dtype=torch.bool)
    outside[7:21, 7:21] = False
    assert logits[0, 0][outside].mean() < logits[0, 0][~outside].mean() - 3


def test_the_rank_head_starts_as_nothing() -> None:
    torch.manual_seed(0)
    decoder = Nano().eval().decoder
    tokens, flat = torch.randn(2, 8, 128), torch.randn(2, 16, 128)
    with torch.no_grad():
        quality = decoder.quality(torch.randn(2, 4, 32, 32), tokens, flat)
        assert torch.allclose(quality, decoder.iou(tokens[:, 0]).sigmoid())
