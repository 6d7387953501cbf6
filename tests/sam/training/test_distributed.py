"""Two processes that train one model."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from sam.training.distributed import Together

ROOT = Path(__file__).parents[3]
PROGRAM = """
import types, torch
from sam.training import together
now = [0]
together.time = types.SimpleNamespace(monotonic=lambda: now[0])
group = together.Together()
model = torch.nn.BatchNorm1d(3)
with torch.no_grad():
    model.weight.fill_(1.0 + 2 * group.rank)
    model.running_mean.fill_(10.0 * group.rank)
done = group.after_step(model)
group.steps += 2 * (1 - group.rank)  # the first is three times as fast
now[0] = 2.5 * together.EVERY_SECONDS  # two averages are due now
group.steps -= 1
done = done, group.after_step(model)
rounded = [[round(value, 2) for value in values.tolist()] for values in (model.weight, model.running_mean)]
print(done, *rounded, int(model.num_batches_tracked))
"""


def test_alone_it_does_nothing() -> None:
    alone = Together()
    model = torch.nn.Linear(2, 2)
    before = model.weight.clone()
    alone.started -= 1000
    assert not alone.after_step(model)
    alone.average(model)
    assert torch.equal(model.weight, before)
    assert (alone.rank, alone.count) == (0, 1)


@pytest.mark.slow
def test_two_processes_meet_where_their_steps_say() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    shared = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "OMP_NUM_THREADS": "1"}
    processes = [
        subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", PROGRAM],
            cwd=ROOT,
            env={**os.environ, **shared, "RANK": str(rank)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    said = [process.communicate(timeout=120)[0].strip() for process in processes]
    assert said == ["(False, True) [1.5, 1.5, 1.5] [2.5, 2.5, 2.5] 0"] * 2
