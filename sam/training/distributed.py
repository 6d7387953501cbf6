"""Training in several processes, each on its own core or GPU, with periodic averaging of weights (local SGD).

Local SGD (Stich 2019): between two averages nobody waits for anybody, so a core that has other work to do slows its own
process only. Start with `torchrun --nproc-per-node 2 -m sam train ...`, or with RANK, WORLD_SIZE, MASTER_ADDR and
MASTER_PORT set by hand.
"""

from __future__ import annotations

import os
import time

import torch
from torch import nn

EVERY_SECONDS = 60


class Together:
    """This process among all of them; alone it does nothing.

    Attributes:
        rank: 0 for the one that saves and reports.
        count: of processes.
    """

    def __init__(self) -> None:
        self.rank, self.count = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
        if self.count > 1:
            torch.distributed.init_process_group("gloo")
        self.started, self.averages, self.steps = time.monotonic(), 0, 0

    def after_step(self, model: nn.Module) -> bool:
        """Count a step, and take the mean of all processes' weights every `EVERY_SECONDS`; whether it did.

        All processes take it as often, by the clock: each waits at most for a step of the slowest.
        """
        self.steps += 1
        due = int((time.monotonic() - self.started) / EVERY_SECONDS)
        if self.count == 1 or due <= self.averages:
            return False
        while self.averages < due:
            self.averages += 1
            self.average(model)
        return True

    @torch.no_grad()
    def average(self, model: nn.Module) -> None:
        """Take the mean of all processes' weights and norm statistics, each weighted by its steps since the last mean.

        A plain mean would pull the fast ones back to where a slow one still is.
        """
        if self.count == 1:
            return
        values = [value for value in model.state_dict().values() if value.dtype.is_floating_point]
        # A little more than the steps, so that even no steps at all have a mean.
        share = torch.tensor([self.steps + 1e-3])
        together = torch.cat([*(value.detach().flatten().float().cpu() * share for value in values), share])
        torch.distributed.all_reduce(together)
        together /= together[-1].clone()
        for value, mean in zip(values, together.split([*(value.numel() for value in values), 1])):
            value.copy_(mean.view_as(value))
        self.steps = 0
