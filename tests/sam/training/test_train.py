"""The training loop: it learns, and it goes on where it stopped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from sam.nano.network import Nano
from sam.training.train import Average, Stage, overfit, train, warm_cosine

SMALL = (Stage(0.5, 64, 2), Stage(1.0, 96, 1))


def test_four_crops_are_learnt_by_heart(data: Path, tmp_path: Path) -> None:
    assert overfit(data, tmp_path, 90, prompts=2, size=64) > 0.85


def test_a_stopped_run_goes_on(data: Path, tmp_path: Path) -> None:
    first = train(data, tmp_path, 0.04, stages=SMALL, prompts=2, workers=0)
    before = torch.load(tmp_path / "last.pt", weights_only=True)
    more = before["spent"] / 60 + 0.1
    again = train(data, tmp_path, more, stages=SMALL, prompts=2, workers=0)
    after = torch.load(tmp_path / "last.pt", weights_only=True)
    assert again > first > 0
    assert before["spent"] < after["spent"]
    changed = [name for name, value in before["average"].items() if not torch.equal(value, after["average"][name])]
    assert "encoder.stem.0.weight" in changed


def test_a_finished_run_changes_nothing(data: Path, tmp_path: Path) -> None:
    steps = train(data, tmp_path, 0.02, stages=SMALL, prompts=2, workers=0)
    assert train(data, tmp_path, 0.02, stages=SMALL, prompts=2, workers=0) == steps


def test_the_log_has_means_of_every_hundred_steps(tmp_path: Path) -> None:
    from sam.training.train import History

    history = History(tmp_path / "log.jsonl", every=2)
    for value in (1.0, 3.0, 9.0):
        history.add({"loss": value}, step=int(value))
    assert [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()] == [
        {"loss": 2.0, "step": 3}
    ]


def test_average_follows_the_weights() -> None:
    model = Nano()
    average = Average(model)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    for _ in range(400):
        average.update(model)
    assert average.state["decoder.tokens"].abs().max() < 0.2


@pytest.mark.parametrize(("count", "progress", "expected"), [(0, 0, 1 / 300), (299, 0, 1.0), (9999, 1, 0.02)])
def test_warm_cosine(count: int, progress: float, expected: float) -> None:
    assert warm_cosine(count, progress) == pytest.approx(expected)
