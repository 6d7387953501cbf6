"""The training loop: it learns, it goes on where it stopped, and a seed settles it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from sam.errors import SamError
from sam.training.checkpoint import LAST
from sam.training.schedule import FINE_TUNING, FROM_SCRATCH, Stage
from sam.training.train import FINE_RATE, RATE, Settings, overfit, train

SMALL = (Stage(0.5, 64, 2), Stage(1.0, 96, 1))


def settings(**values: object) -> Settings:
    return Settings(**{"stages": SMALL, "prompts": 2, "workers": 0, "precision": "fp32", **values})


def weights(run: Path) -> dict[str, torch.Tensor]:
    return dict(torch.load(run / LAST, weights_only=True)["average"])


def equal(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(value, second[name]) for name, value in first.items())


@pytest.mark.slow
def test_four_crops_are_learnt_by_heart(data: Path, tmp_path: Path) -> None:
    shown: list[int] = []
    assert overfit(data, tmp_path, 45, prompts=1, size=64, show=lambda count, _: shown.append(count)) > 0.85
    assert shown == [0, 20, 40]


@pytest.mark.slow
@pytest.mark.usefixtures("ticking")
def test_a_run_by_the_clock_goes_on(data: Path, tmp_path: Path) -> None:
    first = train(data, tmp_path, settings(minutes=0.01))
    before = torch.load(tmp_path / LAST, weights_only=True)
    again = train(data, tmp_path, settings(minutes=before["spent"] / 60 + 0.02))
    after = torch.load(tmp_path / LAST, weights_only=True)
    assert again > first > 0
    assert before["spent"] < after["spent"]
    assert not equal(before["average"], after["average"])


@pytest.mark.slow
def test_a_finished_run_changes_nothing(data: Path, tmp_path: Path) -> None:
    assert train(data, tmp_path, settings(steps=2)) == 2
    before = weights(tmp_path)
    assert train(data, tmp_path, settings(steps=2)) == 2
    assert equal(before, weights(tmp_path))


@pytest.mark.slow
def test_a_seed_settles_the_weights_and_a_stop_changes_nothing(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sam.training import train as module

    train(data, tmp_path / "whole", settings(steps=4))
    train(data, tmp_path / "again", settings(steps=4, workers=1))
    learn, left = module.learn, [2]

    def stopped(*args: object) -> dict[str, float]:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return learn(*args)

    monkeypatch.setattr(module, "learn", stopped)
    with pytest.raises(KeyboardInterrupt):
        train(data, tmp_path / "stopped", settings(steps=4))
    monkeypatch.setattr(module, "learn", learn)
    assert train(data, tmp_path / "stopped", settings(steps=4)) == 4
    train(data, tmp_path / "other", settings(steps=4, seed=2))
    whole = weights(tmp_path / "whole")
    assert equal(whole, weights(tmp_path / "again"))
    assert equal(whole, weights(tmp_path / "stopped"))
    assert not equal(whole, weights(tmp_path / "other"))


def test_fine_tuning_starts_from_the_given_weights(data: Path, tmp_path: Path) -> None:
    train(data, tmp_path / "first", settings(steps=1))
    train(data, tmp_path / "second", settings(steps=1, start=tmp_path / "first", rate=1e-9))
    first, second = weights(tmp_path / "first"), weights(tmp_path / "second")
    assert max(float((value - second[name]).abs().max()) for name, value in first.items()) < 1e-6


def test_weights_of_another_network_are_refused(data: Path, tmp_path: Path) -> None:
    other = {"model": {}, "optimiser": {}, "average": {"a": torch.ones(1)}, "step": 0, "spent": 0.0}
    torch.save(other, tmp_path / LAST)
    with pytest.raises(SamError, match="expected the weights of nano's network"):
        train(data, tmp_path / "new", settings(steps=1, start=tmp_path))


@pytest.mark.parametrize(("minutes", "steps"), [(None, None), (1.0, 1), (0.0, None), (None, -3)])
def test_how_long_must_be_said_once(minutes: float | None, steps: int | None) -> None:
    with pytest.raises(SamError, match="expected either minutes or steps"):
        Settings(minutes=minutes, steps=steps)


@pytest.mark.parametrize(("start", "plan", "rate"), [(None, FROM_SCRATCH, RATE), ("nano", FINE_TUNING, FINE_RATE)])
def test_plan_and_rate_fit_the_start(start: str | None, plan: tuple[Stage, ...], rate: float) -> None:
    chosen = Settings(steps=1, start=start)
    assert (chosen.plan, chosen.highest_rate) == (plan, rate)
