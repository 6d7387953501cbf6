from __future__ import annotations

import pytest
import torch
from torch import nn

from sam import ModelUnavailable
from sam.checkpoints.load_weights import fill


def empty() -> nn.Sequential:
    with torch.device("meta"):
        return nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))


def weights() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return {key: value.clone() for key, value in nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2)).state_dict().items()}


def test_weights_arrive_as_float32_and_counters_as_they_are() -> None:
    model, state = empty(), weights()
    state["1.num_batches_tracked"] += 7
    fill(model, {key: value.half() if value.is_floating_point() else value for key, value in state.items()}, "x", "a y")
    assert model[0].weight.dtype == torch.float32
    torch.testing.assert_close(model[0].weight, state["0.weight"].half().float())
    assert model[1].num_batches_tracked == 7


def test_the_hash_names_the_weights() -> None:
    first, again, other = (fill(empty(), weights(), "x", "a y") for _ in range(2)), None, weights()
    one, two = first
    assert one == two != again
    other["0.bias"][0] += 1e-3
    assert fill(empty(), other, "x", "a y") != one


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda state: state.pop("0.bias"), r"missing: 0\.bias"),
        (lambda state: state.update(more=torch.zeros(1)), "unknown: more"),
        (lambda state: state.update({"0.weight": torch.zeros(3, 2)}), r"of another shape: 0\.weight"),
    ],
)
def test_what_does_not_fit_is_named(change, words) -> None:
    state = weights()
    change(state)
    with pytest.raises(ModelUnavailable, match=rf"file\.pth does not hold the weights of a thing \({words}\)"):
        fill(empty(), state, "file.pth", "a thing")
