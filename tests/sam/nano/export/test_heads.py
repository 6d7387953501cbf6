"""What the export of each head refuses, and what it reads of a training run."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from sam import SamError
from sam.backends.nano import WEIGHTS
from sam.nano.export.heads import Graph, export_head, load_head
from sam.nano.export.names import GRAPH as NAMES
from sam.nano.export.subject import GRAPH as SUBJECT
from sam.nano.names import NamesHead
from sam.nano.subject import SubjectHead

HEADS = pytest.mark.parametrize(
    ("graph", "make"), [(SUBJECT, SubjectHead), (NAMES, NamesHead)], ids=["subject", "names"]
)


@HEADS
def test_a_head_of_another_encoder_is_not_exported(graph: Graph, make: Callable[[], nn.Module], tmp_path: Path) -> None:
    for name in ("encoder.onnx", "model.safetensors", "weights.json"):
        shutil.copy(WEIGHTS / name, tmp_path)
    with pytest.raises(SamError, match=rf"encoder 00000000.*sam\.training\.{graph.stem} --nano FILE --from last\.pt"):
        export_head(graph, make(), "0" * 64, tmp_path)
    assert (tmp_path / "weights.json").read_text() == (WEIGHTS / "weights.json").read_text()
    assert not (tmp_path / graph.files[0]).exists()


@HEADS
def test_without_nanos_files_there_is_nothing_to_belong_to(
    graph: Graph, make: Callable[[], nn.Module], tmp_path: Path
) -> None:
    with pytest.raises(SamError, match="expected nano's files, exported first"):
        export_head(graph, make(), "0" * 64, tmp_path)


@HEADS
def test_a_checkpoint_gives_its_average_and_its_encoder(
    graph: Graph, make: Callable[[], nn.Module], tmp_path: Path
) -> None:
    head = make()
    average = {k: v + 1 if v.is_floating_point() else v for k, v in head.state_dict().items()}
    torch.save({"model": head.state_dict(), "average": average, "encoder": "abc"}, tmp_path / "last.pt")
    other = make()
    assert load_head(tmp_path / "last.pt", other) == "abc"
    for name, value in other.state_dict().items():
        assert torch.equal(value, average[name])
