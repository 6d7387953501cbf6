"""Batches follow from their number alone."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest
import torch

from sam.training.image_store import Pack
from sam.training.prompts import SLOTS
from sam.training.schedule import Stage, StepStage
from sam.training.stream import Stream

STAGES = StepStage((Stage(0.5, 64, 2), Stage(1.0, 96, 1)), 4)


def batches(stream: Stream, count: int, workers: int = 0) -> list[tuple[torch.Tensor, ...]]:
    return list(islice(torch.utils.data.DataLoader(stream, batch_size=None, num_workers=workers), count))


def same(first: tuple[torch.Tensor, ...], second: tuple[torch.Tensor, ...]) -> bool:
    return all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


def test_shapes_follow_the_stage(data: Path, tmp_path: Path) -> None:
    first, *_, last = batches(Stream(Pack(data, tmp_path), (1,), 3, STAGES), 4)
    assert [tuple(part.shape) for part in first] == [
        (2, 3, 64, 64), (6, 32, 32), (6, SLOTS, 2), (6, SLOTS), (6, 1, 32, 32), (6,)
    ]  # fmt: skip
    assert last[0].shape == (1, 3, 96, 96)


def test_a_stream_that_starts_later_gives_what_would_have_come(data: Path, tmp_path: Path) -> None:
    pack = Pack(data, tmp_path)
    whole, rest = batches(Stream(pack, (1,), 2, STAGES), 4), batches(Stream(pack, (1,), 2, STAGES, first=2), 2)
    assert same(whole[2], rest[0])
    assert same(whole[3], rest[1])


@pytest.mark.filterwarnings("ignore:This DataLoader will create")
def test_workers_change_nothing_and_seeds_everything(data: Path, tmp_path: Path) -> None:
    pack = Pack(data, tmp_path)
    alone, helped = batches(Stream(pack, (1,), 2, STAGES), 3), batches(Stream(pack, (1,), 2, STAGES), 3, workers=2)
    assert all(same(a, b) for a, b in zip(alone, helped, strict=True))
    assert not same(alone[0], batches(Stream(pack, (2,), 2, STAGES), 1)[0])
    assert not same(alone[0], alone[1])
