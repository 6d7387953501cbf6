"""The training schedule: crop size and learning rate by progress."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Stage:
    """Crops of one size until a share of the training has passed.

    Attributes:
        until: share in (0, 1].
        size: side of the crops in pixels, a multiple of 32.
        batch: crops a step.
    """

    until: float
    size: int
    batch: int


FROM_SCRATCH = (Stage(0.68, 256, 12), Stage(0.84, 384, 6), Stage(1.0, 512, 4))
"""Small crops first (16 ms an image against 63), the size of real use at the end."""
FINE_TUNING = (Stage(0.5, 256, 8), Stage(1.0, 512, 3))
"""What is there already need not be learnt on small crops."""


class StageOf(Protocol):
    """Which stage a batch belongs to; called in the processes that prepare batches."""

    def __call__(self, index: int) -> Stage: ...


@dataclass(frozen=True)
class StepStage:
    """Stages by number of the step, so that the same seed gives the same batches."""

    stages: Sequence[Stage]
    steps: int

    def __call__(self, index: int) -> Stage:
        return stage_at(self.stages, index / self.steps)


@dataclass(frozen=True)
class ClockStage:
    """The stage that the trainer says is on now, through shared memory."""

    now: Any

    def __call__(self, index: int) -> Stage:
        return Stage(1.0, self.now[0], self.now[1])


def stage_at(stages: Sequence[Stage], progress: float) -> Stage:
    """The stage at `progress` in [0, 1]; the last one at its end."""
    return next((stage for stage in stages if progress < stage.until), stages[-1])


def warm_cosine(count: int, progress: float, warm_up: int = 300) -> float:
    """Share of the highest rate: up over `warm_up` steps, then down a cosine to 2% at the end."""
    return min(1.0, (count + 1) / warm_up) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * progress)))
