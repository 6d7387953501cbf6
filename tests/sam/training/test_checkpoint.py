"""Weights to start from, and checkpoints that survive a stop."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from sam.errors import SamError
from sam.nano.network import network_for
from sam.training.checkpoint import LAST, load, save, start_weights

STATE = {"model": {}, "optimiser": {}, "average": {"a": torch.ones(2, dtype=torch.float16)}, "step": 3, "spent": 1.5}


def test_the_shipped_weights_fit_the_network() -> None:
    state = start_weights("nano")
    network_for(state).load_state_dict(state)
    assert {value.dtype for value in state.values()} <= {torch.float32, torch.int64}


def test_a_run_gives_its_averaged_weights(tmp_path: Path) -> None:
    save(tmp_path / LAST, **STATE)
    assert not list(tmp_path.glob("*.tmp"))
    for source in (tmp_path, tmp_path / LAST, str(tmp_path)):
        assert start_weights(source)["a"].tolist() == [1.0, 1.0]
    assert load(tmp_path / LAST)["step"] == 3


def test_a_folder_of_a_model_and_a_safetensors_file(tmp_path: Path) -> None:
    save_file({"b": torch.zeros(1)}, tmp_path / "model.safetensors")
    assert start_weights(tmp_path)["b"].tolist() == start_weights(tmp_path / "model.safetensors")["b"].tolist() == [0.0]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("none.pt", None, "found nothing there"),
        ("bad.pt", b"not a checkpoint", "cannot be read"),
        ("bad.safetensors", b"\x04", "cannot be read"),
        ("bad.pth", b"not weights", "cannot be read"),
    ],
)
def test_what_cannot_be_used_is_said(tmp_path: Path, name: str, content: bytes | None, words: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(SamError, match=words):
        start_weights(tmp_path / name)


def test_a_file_of_something_else_is_named(tmp_path: Path) -> None:
    torch.save({"weights": torch.ones(1)}, tmp_path / "other.pt")
    with pytest.raises(SamError, match=r"expected a checkpoint of a training run, got \['weights'\]"):
        load(tmp_path / "other.pt")


def test_the_published_backbone_is_a_start(tmp_path: Path) -> None:
    from ..nano.test_backbone import published

    torch.save(published(), tmp_path / "efficientnet.pth")
    state = start_weights(tmp_path / "efficientnet.pth")
    network_for(state).load_state_dict(state)
    assert torch.equal(
        state["encoder.backbone.blocks.15.project.weight"], published()["_blocks.15._project_conv.weight"]
    )


def test_other_weights_are_no_backbone(tmp_path: Path) -> None:
    torch.save({"_conv_stem.weight": torch.ones(1)}, tmp_path / "other.pth")
    with pytest.raises(SamError, match="expected the weights of EfficientNet-Lite0, got other weights"):
        start_weights(tmp_path / "other.pth")
