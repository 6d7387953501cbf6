"""Stages and rates over a training."""

from __future__ import annotations

import pytest

from sam.training.schedule import FINE_TUNING, FROM_SCRATCH, ClockStage, Stage, StepStage, stage_at, warm_cosine

TWO = (Stage(0.5, 64, 2), Stage(1.0, 96, 1))


@pytest.mark.parametrize(("progress", "size"), [(0.0, 64), (0.499, 64), (0.5, 96), (0.999, 96), (1.0, 96), (7.0, 96)])
def test_stage_at(progress: float, size: int) -> None:
    assert stage_at(TWO, progress).size == size


@pytest.mark.parametrize("plan", [FROM_SCRATCH, FINE_TUNING])
def test_plans_end_at_the_size_of_real_use(plan: tuple[Stage, ...]) -> None:
    assert plan[-1] == Stage(1.0, 512, plan[-1].batch)
    assert [stage.until for stage in plan] == sorted(stage.until for stage in plan)
    assert all(stage.size % 32 == 0 for stage in plan)


def test_stages_by_step_and_by_clock() -> None:
    assert [StepStage(TWO, 4)(index).size for index in range(4)] == [64, 64, 96, 96]
    now = [64, 2]
    clock = ClockStage(now)
    assert (clock(0).size, clock(99).batch) == (64, 2)
    now[0] = 96
    assert clock(0).size == 96


@pytest.mark.parametrize(("count", "progress", "expected"), [(0, 0, 1 / 300), (299, 0, 1.0), (9999, 1, 0.02)])
def test_warm_cosine(count: int, progress: float, expected: float) -> None:
    assert warm_cosine(count, progress) == pytest.approx(expected)
