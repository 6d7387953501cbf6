"""The head's shipped files: ONNX Runtime computes what torch computes, and they are for the encoder beside them."""

from __future__ import annotations

import hashlib
import json
import shutil
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from sam.backends.nano import WEIGHTS, NanoSegmenter
from sam.backends.nano_subject import NanoSubject
from sam.nano.export.heads import export_head
from sam.nano.export.model import EMBEDDING_NAMES
from sam.nano.export.subject import GRAPH, SubjectGraph
from sam.nano.subject import SubjectHead, encoder_hash

SHIPPED_ENCODER = encoder_hash(load_file(WEIGHTS / "model.safetensors"))
NANO_FILES = ("encoder.onnx", "decoder.onnx", "model.safetensors", "weights.json")


def half_values(head: SubjectHead) -> SubjectHead:
    """Its weights as float16 values, so that storing them loses nothing."""
    with torch.no_grad():
        for value in head.state_dict().values():
            if value.is_floating_point():
                value.copy_(value.half().float())
    return head


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[SubjectHead, Path]:
    folder = tmp_path_factory.mktemp("subject")
    for name in NANO_FILES:
        shutil.copy(WEIGHTS / name, folder)
    torch.manual_seed(1)
    head = half_values(SubjectHead().eval())
    state = {name: value.clone() for name, value in head.state_dict().items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        export_head(GRAPH, head, SHIPPED_ENCODER, folder)
    again = SubjectHead().eval()
    again.load_state_dict(state)
    return again, folder


@torch.no_grad()
@pytest.mark.parametrize("size_hw", [(120, 160), (160, 60)])
def test_onnx_runtime_equals_torch(
    exported: tuple[SubjectHead, Path], photo: np.ndarray, size_hw: tuple[int, int]
) -> None:
    head, folder = exported
    nano = NanoSegmenter("nano", folder)
    finder = NanoSubject("test", folder, nano)
    embedding = nano.embed(np.ascontiguousarray(np.resize(photo, (*size_hw, 3))))
    features = [torch.from_numpy(np.array(embedding.arrays[name])) for name in EMBEDDING_NAMES]
    hw = np.array([embedding.input_hw], np.float32)
    expected, expected_score = SubjectGraph(head)(*features, torch.from_numpy(hw))
    inputs = {**embedding.arrays, "input_hw": hw}
    logits, score = finder._session.run(["logits", "score"], inputs)
    assert logits.shape == (1, 256, 256)
    assert np.abs(logits - expected.numpy()).max() < 0.02 * np.abs(expected.numpy()).max() + 1e-3
    assert np.abs(score - expected_score.numpy()).max() < 5e-3


def check_table(folder: Path) -> None:
    table = json.loads((folder / "weights.json").read_text())
    assert set(GRAPH.files) <= set(table)
    for name, facts in table.items():
        if not (folder / name).exists():
            # The list was copied with other heads in it.
            assert name not in (*GRAPH.files, *NANO_FILES)
            continue
        data = (folder / name).read_bytes()
        assert facts == {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def test_the_table_describes_nanos_files_and_the_heads(exported: tuple[SubjectHead, Path]) -> None:
    check_table(exported[1])
    assert set(NANO_FILES[:3]) <= set(json.loads((exported[1] / "weights.json").read_text()))


def test_the_shipped_files_are_described_small_and_for_the_shipped_encoder() -> None:
    check_table(WEIGHTS)
    assert sum(file.stat().st_size for file in WEIGHTS.iterdir()) <= 25e6
    with safe_open(WEIGHTS / "subject.safetensors", "np") as file:
        assert file.metadata()["encoder"] == SHIPPED_ENCODER


@torch.no_grad()
def test_the_shipped_safetensors_are_the_shipped_onnx(photo: np.ndarray) -> None:
    head = SubjectHead().eval()
    state = load_file(WEIGHTS / "subject.safetensors")
    head.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in state.items()})
    nano = NanoSegmenter("nano", WEIGHTS)
    embedding = nano.embed(photo)
    features = [torch.from_numpy(np.array(embedding.arrays[name])) for name in EMBEDDING_NAMES]
    expected, _ = SubjectGraph(head)(*features, torch.tensor([embedding.input_hw]).float())
    inputs = {**embedding.arrays, "input_hw": np.array([embedding.input_hw], np.float32)}
    logits = NanoSubject("nano-subject", WEIGHTS, nano)._session.run(["logits"], inputs)[0]
    assert np.abs(logits - expected.numpy()).max() < 0.03 * np.abs(expected.numpy()).max() + 1e-2
