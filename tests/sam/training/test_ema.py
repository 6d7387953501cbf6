"""The moving average of weights."""

from __future__ import annotations

import torch

from sam.training.ema import Average
from tests.present import present


def test_average_follows_the_weights() -> None:
    model = torch.nn.BatchNorm2d(4)
    average = Average(model)
    with torch.no_grad():
        model.weight.fill_(3.0)
        present(model.num_batches_tracked).fill_(7)
    average.update(model)
    assert 1 < average.state["weight"].mean() < 3
    for _ in range(400):
        average.update(model)
    assert average.state["weight"].sub(3).abs().max() < 0.1
    assert average.state["num_batches_tracked"] == 7


def test_average_is_a_copy() -> None:
    model = torch.nn.Linear(2, 2)
    average = Average(model)
    with torch.no_grad():
        model.weight.zero_()
    assert average.state["weight"].abs().max() > 0
