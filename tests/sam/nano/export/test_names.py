"""The head's files: ONNX Runtime computes what torch computes, and they are for the encoder beside them."""

from __future__ import annotations

import hashlib
import json
import shutil
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from sam.backends.nano import WEIGHTS, NanoSegmenter
from sam.backends.nano_names import NanoNames
from sam.detection.vocabulary import NAMES
from sam.nano.export.heads import export_head
from sam.nano.export.model import EMBEDDING_NAMES
from sam.nano.export.names import GRAPH, NamesGraph
from sam.nano.names import NamesHead
from sam.nano.subject import encoder_hash

NANO_FILES = ("encoder.onnx", "decoder.onnx", "model.safetensors", "weights.json")


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[NamesHead, Path]:
    folder = tmp_path_factory.mktemp("names")
    for name in NANO_FILES:
        shutil.copy(WEIGHTS / name, folder)
    torch.manual_seed(1)
    head = NamesHead().eval()
    with torch.no_grad():
        for value in head.state_dict().values():
            if value.is_floating_point():
                value.copy_(value.half().float())
    again = NamesHead().eval()
    again.load_state_dict({name: value.clone() for name, value in head.state_dict().items()})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        export_head(GRAPH, head, encoder_hash(load_file(WEIGHTS / "model.safetensors")), folder)
    return again, folder


@torch.no_grad()
@pytest.mark.parametrize("rows", [[0], [151, 3, 120], list(range(len(NAMES)))], ids=["one", "three", "all"])
def test_onnx_runtime_equals_torch(exported: tuple[NamesHead, Path], photo: np.ndarray, rows: list[int]) -> None:
    head, folder = exported
    nano = NanoSegmenter("nano", folder)
    finder = NanoNames("test", folder, nano)
    embedding = nano.embed(photo)
    features = [torch.from_numpy(np.array(embedding.arrays[name])) for name in EMBEDDING_NAMES[:2]]
    hw = torch.tensor([embedding.input_hw]).float()
    expected = NamesGraph(head)(*features, hw, torch.tensor(rows))
    got = finder.look(embedding, [NAMES[row] for row in rows])
    assert [one.shape for one in got] == [(len(rows), 64, 64), (len(rows), 4, 64, 64), (len(rows),)]
    for one, other in zip(got, expected):
        assert np.abs(one - other.numpy()).max() < 0.02 * np.abs(other.numpy()).max() + 1e-3


def test_the_table_describes_the_files(exported: tuple[NamesHead, Path]) -> None:
    table = json.loads((exported[1] / "weights.json").read_text())
    assert {*GRAPH.files, *NANO_FILES[:3]} <= set(table)
    for name in GRAPH.files:
        data = (exported[1] / name).read_bytes()
        assert table[name] == {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    assert sum(table[name]["bytes"] for name in GRAPH.files) <= 4e6
