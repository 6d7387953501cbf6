"""Training of the names head: it learns, goes on where it stopped, and knows its encoder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from sam.backends.nano import WEIGHTS
from sam.nano.names import NamesHead
from sam.training.heads import Settings, Stage, encode, load_encoder
from sam.training.image_store import Pack
from sam.training.names.samples import NamedPhotos, NamesSampler
from sam.training.names.train import (
    absent_names,
    box_loss,
    collate,
    elsewhere_loss,
    learn,
    presence_loss,
    there_loss,
    train,
)
from sam.training.names.truth import KNOWN, PARTIAL, UNKNOWN
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
    torch.manual_seed(0)
    sampler = NamesSampler(NamedPhotos(Pack(drawn, tmp_path), drawn), 1)
    encoder, _ = load_encoder(NANO)
    scenes: list[Any] = []
    while len(scenes) < 3:
        scene = sampler.draw(128)
        if scene.maps.max() == 255:
            scenes.append(scene)
    pixels, *rest = collate(scenes)
    batch = (*encode(encoder, pixels, "cpu")[:2], *rest)
    head = NamesHead(width=32, depth=1).train()
    optimiser = optimiser_for(head, 4e-3)
    for _ in range(80):
        figures = learn(head, optimiser, batch, "cpu")
    assert figures["iou"] > 0.85
    assert figures["box"] > 0.7


@pytest.mark.usefixtures("ticking")
def test_a_stopped_run_goes_on(drawn: Path, tmp_path: Path) -> None:
    first = train(drawn, NANO, tmp_path, 0.02, SMALL)
    before = torch.load(tmp_path / "last.pt", weights_only=True)
    again = train(drawn, NANO, tmp_path, before["spent"] / 60 + 0.02, SMALL)
    after = torch.load(tmp_path / "last.pt", weights_only=True)
    assert again > first > 0
    assert before["spent"] < after["spent"]
    assert not torch.equal(before["average"]["text"], after["average"]["text"])


NAMES = torch.tensor([[1, -1]])
STATE = torch.tensor([[KNOWN, KNOWN, UNKNOWN, PARTIAL]])
INSIDE = torch.ones(1, 16, 16)


def test_only_known_names_that_are_not_there_are_absent() -> None:
    assert absent_names(STATE, NAMES).tolist() == [[1, 0, 0, 0]]


def target() -> torch.Tensor:
    maps = torch.zeros(1, 2, 16, 16)
    maps[:, 0, 4:12, 4:12] = 1
    return maps


def test_the_right_map_costs_least_and_unknown_cells_nothing() -> None:
    maps, known = target(), torch.ones(1, 2, 16, 16)
    right = maps * 16 - 8
    best, iou = there_loss(right, NAMES, maps, known, INSIDE)
    assert best < 0.05
    assert iou > 0.95
    assert there_loss(-right, NAMES, maps, known, INSIDE)[0] > 1
    known[..., 12:] = 0
    wrong = right.clone()
    wrong[..., 12:] *= -1
    one, two = (there_loss(x, NAMES, maps, known, INSIDE)[0] for x in (right, wrong))
    assert float(one) == pytest.approx(float(two))


@pytest.mark.parametrize(("name", "costs"), [(0, True), (1, False), (2, False), (3, False)])
def test_seeing_what_is_not_there_costs(name: int, costs: bool) -> None:
    logits = torch.full((1, 4, 16, 16), -12.0)
    logits[:, name, :8] = 4
    assert (elsewhere_loss(logits, STATE, NAMES, INSIDE) > 1) == costs
    present = torch.full((1, 4), -8.0)
    present[:, 1] = 8
    assert presence_loss(present, STATE, NAMES) < 0.01
    present[:, name] *= -1
    assert (presence_loss(present, STATE, NAMES) > 1) == (name < 2)


def test_boxes_learn_the_distances_to_their_things_sides() -> None:
    things = torch.zeros(1, 16, 16, dtype=torch.uint8)
    things[:, 4:12, 2:6] = 1
    boxes = torch.tensor([[[0, 0, 0, 0], [16, 32, 48, 96.0]]])
    y, x = (torch.arange(16) * 8 + 4.0).view(-1, 1).expand(16, 16), (torch.arange(16) * 8 + 4.0).expand(16, 16)
    right = torch.stack([x - 16, y - 32, 48 - x, 96 - y])[None].clamp(min=1).log()
    loss, iou = box_loss(right, things, boxes)
    assert loss < 1e-3
    assert iou > 0.999
    assert box_loss(right + 1, things, boxes)[0] > 1
    assert box_loss(right, things * 0, boxes)[0] == 0
