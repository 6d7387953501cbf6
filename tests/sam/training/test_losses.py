"""Losses on masks whose loss is known."""

from __future__ import annotations

import pytest
import torch

from sam.training.losses import actual_iou, mask_losses, order_loss, total_loss
from tests.present import present


@pytest.fixture
def target() -> torch.Tensor:
    mask = torch.zeros(1, 32, 32)
    mask[:, 8:24, 8:24] = 1
    return mask


def test_the_right_mask_costs_nothing_and_a_worse_one_more(target: torch.Tensor) -> None:
    sign = (target * 2 - 1)[:, None]
    shifted = torch.roll(sign, 6, -1)
    right, wrong, inverse = mask_losses(torch.cat([sign * 20, shifted * 20, sign * -20], 1), target)[0].tolist()
    assert right < 1e-3 < wrong < inverse


def test_a_missed_object_costs_the_same_at_any_size() -> None:
    costs = []
    for side in (6, 24):
        mask = torch.zeros(1, 128, 128)
        mask[:, 40 : 40 + side, 40 : 40 + side] = 1
        costs.append(float(mask_losses(torch.full((1, 1, 128, 128), -20.0), mask)))
    assert 0.3 < costs[0] / costs[1] < 3


def test_actual_iou(target: torch.Tensor) -> None:
    half = target.clone()
    half[:, 16:] = 0
    logits = torch.stack([target * 2 - 1, half * 2 - 1, -torch.ones_like(target)], 1)
    assert actual_iou(logits, target)[0].tolist() == [1.0, 0.5, 0.0]


def test_only_the_best_of_three_is_pulled_hard(target: torch.Tensor) -> None:
    sign = target * 2 - 1
    logits = torch.stack([sign, sign, -sign, torch.roll(sign, 4, -1)], 1).requires_grad_()
    loss, figures = total_loss(logits, torch.full((1, 4), 0.5), target)
    loss.backward()
    pulls = present(logits.grad)[0].abs()
    best, worst = pulls[1].sum(), pulls[2].sum()
    assert best > worst
    assert figures["oracle"] == 1.0


@pytest.mark.parametrize(
    ("predicted", "better"),
    [([0.5, 0.9, 0.6, 0.3], [0.5, 0.6, 0.9, 0.3]), ([0.0, 0.5, 0.5, 0.5], [0.9, 0.5, 0.6, 0.4])],
)
def test_the_right_order_costs_less(predicted: list[float], better: list[float]) -> None:
    iou = torch.tensor([[0.9, 0.5, 0.8, 0.2]])
    assert order_loss(torch.tensor([better]), iou) < order_loss(torch.tensor([predicted]), iou)


def test_the_single_mask_is_not_part_of_the_order() -> None:
    iou = torch.tensor([[0.9, 0.5, 0.8, 0.2]])
    costs = [float(order_loss(torch.tensor([[single, 0.3, 0.4, 0.1]]), iou)) for single in (0.0, 1.0)]
    assert costs[0] == costs[1]
