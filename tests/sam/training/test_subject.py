"""Training of the subject head: it learns, goes on where it stopped, and knows its encoder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from sam import SamError
from sam.backends.nano import WEIGHTS
from sam.nano.network import Nano
from sam.nano.subject import SubjectHead
from sam.training.subject import Memory, Settings, Stage, collate, encode, learn, load_encoder, subject_loss, train
from sam.training.subject_samples import SubjectPhotos, SubjectSampler
from sam.training.train import optimiser_for

from ..subjects import draw_folder

NANO = WEIGHTS / "model.safetensors"
SMALL = Settings(workers=0, stages=(Stage(0.5, 64, 1, 2), Stage(1.0, 96, 1, 2)))


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("drawn")
    draw_folder(root / "shapes")
    return root


def test_three_scenes_are_learnt_by_heart(drawn: Path, tmp_path: Path) -> None:
    from sam.training.pack import Pack

    torch.manual_seed(0)
    sampler = SubjectSampler(SubjectPhotos(Pack(drawn, tmp_path), drawn), 1)
    encoder, _ = load_encoder(NANO)
    scenes = []
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


def test_a_stopped_run_goes_on(drawn: Path, tmp_path: Path) -> None:
    first = train(drawn, NANO, tmp_path, 0.02, SMALL)
    before = torch.load(tmp_path / "last.pt", weights_only=True)
    again = train(drawn, NANO, tmp_path, before["spent"] / 60 + 0.02, SMALL)
    after = torch.load(tmp_path / "last.pt", weights_only=True)
    assert again > first > 0
    assert before["spent"] < after["spent"]
    assert not torch.equal(before["average"]["mask.weight"], after["average"]["mask.weight"])
    assert train(drawn, NANO, tmp_path, 0.0001, SMALL) == again, "a finished run changes nothing"


def test_another_run_gives_the_first_weights(drawn: Path, tmp_path: Path) -> None:
    train(drawn, NANO, tmp_path / "first", 0.01, SMALL)
    learnt = torch.load(tmp_path / "first" / "last.pt", weights_only=True)["average"]
    still = Settings(workers=0, stages=SMALL.stages, start=tmp_path / "first" / "last.pt")
    train(drawn, NANO, tmp_path / "second", 0, still)
    second = torch.load(tmp_path / "second" / "last.pt", weights_only=True)
    assert second["step"] == 0
    assert all(torch.equal(value, second["average"][name]) for name, value in learnt.items())


def test_a_run_belongs_to_its_encoder(drawn: Path, tmp_path: Path) -> None:
    from safetensors.torch import save_file

    train(drawn, NANO, tmp_path, 0, SMALL)
    other = Nano().state_dict()
    save_file(other, tmp_path / "other.safetensors")
    with pytest.raises(SamError, match=r"trained on another encoder than .*--from"):
        train(drawn, tmp_path / "other.safetensors", tmp_path, 0.01, SMALL)


@pytest.mark.parametrize("content", [None, b"junk", b"\x08\0\0\0\0\0\0\0{}      "])
def test_what_is_not_nano_is_refused(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "model.safetensors"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SamError, match=r"expected nano's model\.safetensors"):
        load_encoder(file)


def test_weights_of_another_network_are_refused(drawn: Path, tmp_path: Path) -> None:
    settings = Settings(workers=0, stages=SMALL.stages, start=NANO)
    with pytest.raises(SamError, match="expected weights of the subject head"):
        train(drawn, NANO, tmp_path, 0.01, settings)


def rows(values: range, size: int = 2) -> tuple[torch.Tensor, ...]:
    return (torch.stack([torch.full((1, size, size), float(v)) for v in values]), torch.tensor(list(values)))


def test_the_memory_mixes_new_scenes_with_old_ones() -> None:
    memory = Memory(6, 0)
    assert memory.batch(rows(range(0, 2)), 4)[1].tolist() == [0, 1]
    second = memory.batch(rows(range(2, 4)), 4)[1].tolist()
    assert second[:2] == [2, 3]
    assert sorted(second[2:]) == [0, 1]
    for start in range(4, 20, 2):
        batch = memory.batch(rows(range(start, start + 2)), 5)
        assert batch[1].tolist()[:2] == [start, start + 1]
        assert len(set(batch[1].tolist())) == 5
        assert (batch[0][:, 0, 0, 0] == batch[1]).all()
    assert len(memory.rows) == 6
    assert min(int(row[1]) for row in memory.rows) == 14, "the oldest go first"
    assert memory.batch(rows(range(50, 51), size=4), 5)[1].tolist() == [50], "other sizes do not mix"


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
