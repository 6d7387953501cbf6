"""Checkpoints of a training run, and starting from one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import SamError
from ..nano.backbone import imagenet_weights, is_imagenet
from ..nano.network import MEAN, STD, Nano

LAST = "last.pt"
SHIPPED = Path(__file__).parents[1] / "nano" / "weights" / "model.safetensors"


def save(path: Path, **state: Any) -> None:
    """Write beside and rename, so that a stop in the middle leaves the last good file."""
    temporary = path.with_suffix(".tmp")
    torch.save(state, temporary)
    temporary.replace(path)


def load(path: Path, device: str = "cpu") -> dict[str, Any]:
    """A run's checkpoint: model, optimiser, average, step, spent.

    Raises:
        SamError: not such a file.
    """
    try:
        state = torch.load(path, map_location=device, weights_only=True)
        if {"model", "optimiser", "average", "step", "spent"} <= set(state):
            return dict(state)
    except Exception as error:
        raise SamError(f"{path}: expected a checkpoint of a training run, got a file that cannot be read.") from error
    raise SamError(f"{path}: expected a checkpoint of a training run, got {sorted(map(str, state))[:5]}.")


def put_weights(model: nn.Module, state: dict[str, Tensor], source: str | Path, expected: str) -> None:
    """Load weights into a model.

    Args:
        model: takes them.
        state: name -> weights.
        source: where they come from, for the message.
        expected: what they should be, for the message.

    Raises:
        SamError: they are another network's.
    """
    try:
        model.load_state_dict(state)
    except RuntimeError as error:
        raise SamError(f"{source}: expected {expected}, got those of another network.") from error


def start_weights(source: str | Path) -> dict[str, Tensor]:
    """float32 weights to start from.

    Args:
        source: "nano" for the shipped ones; a .safetensors file; a run's folder or its last.pt (the averaged weights);
            the published weights of EfficientNet-Lite0 (.pth), of which the backbone alone can start.

    Raises:
        SamError: nothing usable there.
    """
    path = SHIPPED if str(source) == "nano" else Path(source).expanduser()
    if path.is_dir():
        path = next((path / name for name in (LAST, "model.safetensors") if (path / name).exists()), path / LAST)
    if not path.is_file():
        raise SamError(f"--from {source}: expected nano, a .safetensors file or a run's folder, found nothing there.")
    if path.suffix == ".pth":
        return pretrained_backbone(path)
    if path.suffix != ".safetensors":
        return {name: value.float() for name, value in load(path)["average"].items()}
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        state = load_file(path)
    except SafetensorError as error:
        raise SamError(f"{path}: expected weights in safetensors format, got a file that cannot be read.") from error
    return {name: value.float() if value.is_floating_point() else value for name, value in state.items()}


def pretrained_backbone(path: Path) -> dict[str, Tensor]:
    """nano's weights with the published backbone in them and all else untrained.

    Raises:
        SamError: not the weights of EfficientNet-Lite0.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        known = isinstance(state, dict) and is_imagenet(state)
    except Exception as error:
        raise SamError(
            f"{path}: expected the weights of EfficientNet-Lite0, got a file that cannot be read."
        ) from error
    if not known:
        raise SamError(f"{path}: expected the weights of EfficientNet-Lite0, got other weights.")
    backbone = imagenet_weights(state, MEAN, STD)
    return {**Nano().state_dict(), **{f"encoder.backbone.{name}": value for name, value in backbone.items()}}
