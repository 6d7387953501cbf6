"""Write a head on nano's embedding beside nano's files: what the export of all heads shares.

A head reads the embedding of one encoder: that one's hash is stored in the file, and another is refused.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ...errors import SamError
from ..network import INPUT_SIZE, WIDTH, WIDTH4, WIDTH8
from ..subject import encoder_hash
from .model import EMBEDDING_NAMES, OPSET, fold_norms, store_half

_FEATURES = ((WIDTH, INPUT_SIZE // 16), (WIDTH8, INPUT_SIZE // 8), (WIDTH4, INPUT_SIZE // 4))


@dataclass(frozen=True)
class Graph:
    """How a head becomes an .onnx file.

    Attributes:
        stem: of its files, and of the module in `sam.training` that trains it.
        module: makes the graph's module of the head.
        features: how many of the encoder's it reads, coarsest first; the size of the image follows.
        more: further inputs, by name.
        outputs: names.
        dynamic: as torch.onnx.export takes it.
    """

    stem: str
    module: Callable[[Any], nn.Module]
    features: int
    outputs: Sequence[str]
    more: Mapping[str, Tensor]
    dynamic: Mapping[str, Mapping[int, str]]

    @property
    def files(self) -> tuple[str, str]:
        """What is written."""
        return f"{self.stem}.onnx", f"{self.stem}.safetensors"


def export_head(graph: Graph, head: nn.Module, encoder: str, folder: Path) -> None:
    """Write a head's two files into `folder`, and their checksums into its weights.json.

    Args:
        graph: of the head.
        head: trained.
        encoder: `encoder_hash` of the nano that it was trained on.
        folder: nano's own files.

    Raises:
        SamError: nano's files are not there, or are of another encoder.
    """
    from safetensors.torch import load_file, save_file

    try:
        beside = encoder_hash(load_file(folder / "model.safetensors"))
        graph_hash = hashlib.sha256((folder / "encoder.onnx").read_bytes()).hexdigest()
        table = json.loads((folder / "weights.json").read_text())
    except OSError as error:
        raise SamError(f"{folder}: expected nano's files, exported first. {error}") from error
    if beside != encoder:
        raise SamError(
            f"The head was trained on the encoder {encoder[:8]}, but model.safetensors in {folder} has {beside[:8]}. "
            f"Train it on that file first: python -m sam.training.{graph.stem} --nano FILE --from last.pt."
        )
    onnx_file, weights_file = (folder / name for name in graph.files)
    head = head.eval().float()
    half = {k: v.half().contiguous() if v.is_floating_point() else v for k, v in head.state_dict().items()}
    save_file(half, weights_file, {"encoder": encoder})
    weights_file.chmod(0o644)
    fold_norms(head)
    features = [torch.zeros(1, wide, side, side, dtype=torch.float16) for wide, side in _FEATURES[: graph.features]]
    with torch.no_grad():
        torch.onnx.export(
            graph.module(head),
            (*features, torch.full((1, 2), float(INPUT_SIZE)), *graph.more.values()),
            onnx_file,
            input_names=[*EMBEDDING_NAMES[: graph.features], "input_hw", *graph.more],
            output_names=list(graph.outputs),
            dynamic_axes={name: dict(axes) for name, axes in graph.dynamic.items()},
            opset_version=OPSET,
            dynamo=False,
        )
    store_half(onnx_file)
    sign(onnx_file, graph_hash)
    for name in graph.files:
        data = (folder / name).read_bytes()
        table[name] = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    (folder / "weights.json").write_text(json.dumps(table, indent=1) + "\n")


def sign(file: Path, encoder: str) -> None:
    """Store in an ONNX file for which encoder.onnx, by its SHA-256, it is."""
    import onnx

    model = onnx.load(file)
    onnx.helper.set_model_props(model, {"encoder": encoder})
    onnx.save(model, file)


def load_head(path: Path, head: nn.Module) -> str:
    """Put the averaged weights of a training checkpoint into `head`; the hash of the encoder that it was trained on."""
    state = torch.load(path, map_location="cpu", weights_only=True)
    head.load_state_dict(state["average"])
    return str(state["encoder"])


def run_command(graph: Graph, make: Callable[[], nn.Module]) -> None:
    """The command line of a head's export."""
    parser = argparse.ArgumentParser(description=f"Write the {graph.stem} head's files.")
    parser.add_argument("--checkpoint", type=Path, required=True, help=f"last.pt of a {graph.stem} training run")
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).parents[1] / "weights", help="where nano's files are"
    )
    a = parser.parse_args()
    head = make()
    export_head(graph, head, load_head(a.checkpoint, head), a.out)
