"""Training of the subject head: it learns, goes on where it stopped, and knows its encoder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from sam.backends.nano import WEIGHTS
from sam.nano.subject import SubjectHead
from sam.training.heads import Settings, Stage, encode, load_encoder
from sam.training.subject.samples import SubjectPhotos, SubjectSampler
from sam.training.subject.train import collate, learn, subject_loss, train
from sam.training.train import optimiser_for

from ...subjects import draw_folder

NANO = WEIGHTS / "model.safetensors"
SMALL = Settings((Stage(0.5, 64, 1, 2), Stage(1.0, 96, 1, 2)), workers=0)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("drawn")
    draw_folder(root / "shapes")
    return root


@pytest.mark.slow
def test_three_scenes_are_learnt_by_heart(drawn: Path, tmp_path: Path) -> None:
    from sam.training.image_store import Pack

    torch.manual_seed(0)
    sampler = SubjectSampler(SubjectPhotos(Pack(drawn, tmp_path), drawn), 1)
    encoder, _ = load_encoder(NANO)
    scenes: list[Any] = []
    while len(scenes) < 3:
        scene = sampler.draw(96)
        if scene.target.max() > 0.5:
            scenes.append(scene)
    pixels, *rest = collate(scenes)
    batch = (*encode(encoder, pixels, "cpu"), *rest)
    head = SubjectHead(width=32, depth=1).train()
    optimiser = optimiser_for(head, 4e-3)
    for _ in range(80):
        figures = learn(head, optimiser, batch, "cpu")
    assert figures["iou"] > 0.9


@pytest.mark.slow
@pytest.mark.usefixtures("ticking")
def test_a_stopped_run_goes_on(drawn: Path, tmp_path: Path) -> None:
    first = train(drawn, NANO, tmp_path, 0.02, SMALL)
    before = torch.load(tmp_path / "last.pt", weights_only=True)
    again = train(drawn, NANO, tmp_path, before["spent"] / 60 + 0.02, SMALL)
    after = torch.load(tmp_path / "last.pt", weights_only=True)
    assert again > first > 0
    assert before["spent"] < after["spent"]
    assert not torch.equal(before["average"]["mask.weight"], after["average"]["mask.weight"])
    assert train(drawn, NANO, tmp_path, 0.0001, SMALL) == again, "a finished run changes nothing"


def square(value: float) -> torch.Tensor:
    logits = torch.full((1, 64, 64), -float(value))
    logits[:, 16:48, 16:48] = value
    return logits


TARGET = (square(1) > 0).float()


@pytest.mark.parametrize("target", [TARGET, torch.zeros_like(TARGET)], ids=["subject", "nothing"])
def test_the_right_answer_costs_least(target: torch.Tensor) -> None:
    right = square(8) if target.any() else torch.full((1, 64, 64), -8.0)
    sure = torch.tensor([6.0 if target.any() else -6.0])
    known = torch.ones_like(target)
    best, figures = subject_loss(right, sure, target, known)
    for logits, confidence in ((-right, sure), (right, -sure), (right * 0, sure)):
        assert subject_loss(logits, confidence, target, known)[0] > best + 0.05
    assert figures["score"] < 0.05
    assert figures["iou"] == pytest.approx(float(target.any()), abs=0.02)


def test_what_is_unknown_costs_nothing() -> None:
    known = torch.ones_like(TARGET)
    known[:, :, 40:] = 0
    wrong = square(8)
    wrong[:, :, 40:] *= -1
    one, two = (subject_loss(x, torch.tensor([3.0]), TARGET, known)[0] for x in (square(8), wrong))
    assert one == pytest.approx(float(two))


def test_wrong_near_the_outline_costs_more() -> None:
    known = torch.ones_like(TARGET)
    inside, edge = square(8), square(8)
    inside[:, 28:36, 30:34] *= -1
    edge[:, 16:48:2, 16:18] *= -1
    assert (inside < 0).sum() == (edge < 0).sum()
    costs = [float(subject_loss(x, torch.tensor([3.0]), TARGET, known)[0]) for x in (inside, edge)]
    assert costs[1] > costs[0]


def test_confidence_learns_how_good_the_mask_is() -> None:
    confidence = torch.zeros(1, requires_grad=True)
    half = square(20)
    half[:, :, 32:] = -20
    optimiser = torch.optim.SGD([confidence], lr=2.0)
    for _ in range(100):
        optimiser.zero_grad()
        subject_loss(half, confidence, TARGET, torch.ones_like(TARGET))[0].backward()
        optimiser.step()
    assert confidence.sigmoid().item() == pytest.approx(0.5, abs=0.02)
    assert np.isfinite(confidence.item())
