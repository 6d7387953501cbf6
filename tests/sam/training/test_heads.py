"""What all heads share in training: nano's encoder, the memory of scenes, and runs that go on or start from another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from sam import SamError
from sam.backends.nano import WEIGHTS
from sam.nano.network import Nano
from sam.training.heads import Memory, Settings, Stage, load_encoder
from sam.training.names import train as names
from sam.training.subject import train as subject

from ..subjects import draw_folder

NANO = WEIGHTS / "model.safetensors"
SMALL = Settings((Stage(0.5, 64, 1, 2), Stage(1.0, 96, 1, 2)), workers=0)
Train = Callable[[Path, Path, Path, float, Settings], int]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("drawn")
    draw_folder(root / "shapes")
    return root


@pytest.mark.usefixtures("ticking")
@pytest.mark.parametrize("train", [subject.train, names.train], ids=["subject", "names"])
def test_another_run_gives_the_first_weights(train: Train, drawn: Path, tmp_path: Path) -> None:
    train(drawn, NANO, tmp_path / "first", 0.01, SMALL)
    learnt = torch.load(tmp_path / "first" / "last.pt", weights_only=True)["average"]
    still = Settings(SMALL.stages, workers=0, start=tmp_path / "first" / "last.pt")
    train(drawn, NANO, tmp_path / "second", 0, still)
    second = torch.load(tmp_path / "second" / "last.pt", weights_only=True)
    assert second["step"] == 0
    assert all(torch.equal(value, second["average"][name]) for name, value in learnt.items())


@pytest.mark.parametrize("train", [subject.train, names.train], ids=["subject", "names"])
def test_a_run_belongs_to_its_encoder(train: Train, drawn: Path, tmp_path: Path) -> None:
    from safetensors.torch import save_file

    train(drawn, NANO, tmp_path, 0, SMALL)
    other = Nano().state_dict()
    save_file(other, tmp_path / "other.safetensors")
    with pytest.raises(SamError, match=r"trained on another encoder than .*--from"):
        train(drawn, tmp_path / "other.safetensors", tmp_path, 0.01, SMALL)


@pytest.mark.parametrize(("train", "called"), [(subject.train, "subject"), (names.train, "names")])
def test_weights_of_another_network_are_refused(train: Train, called: str, drawn: Path, tmp_path: Path) -> None:
    settings = Settings(SMALL.stages, workers=0, start=NANO)
    with pytest.raises(SamError, match=f"expected weights of the {called} head"):
        train(drawn, NANO, tmp_path, 0.01, settings)


@pytest.mark.parametrize("content", [None, b"junk", b"\x08\0\0\0\0\0\0\0{}      "])
def test_what_is_not_nano_is_refused(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "model.safetensors"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SamError, match=r"expected nano's model\.safetensors"):
        load_encoder(file)


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
