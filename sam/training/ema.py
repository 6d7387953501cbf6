"""Exponential moving average of the weights, which is what is shipped."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Average:
    """The average of a model's weights over its last 1 / (1 - decay) steps, fewer in the beginning.

    Attributes:
        state: like the model's state_dict.
        steps: taken so far.
    """

    def __init__(self, model: nn.Module, decay: float = 0.999) -> None:
        self.decay, self.steps = decay, 0
        self.state: dict[str, Tensor] = {name: value.detach().clone() for name, value in model.state_dict().items()}

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Take in the weights of one more step."""
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        for name, value in model.state_dict().items():
            if value.dtype.is_floating_point:
                self.state[name].lerp_(value.detach(), 1 - decay)
            else:
                self.state[name].copy_(value)
