"""Write nano's shipped files from a training checkpoint: `python -m sam.nano.export --checkpoint last.pt`.

`--decoder` writes only decoder.onnx anew, from the model.safetensors that is there: the weights and the embedding stay.

Weights are stored as float16 and computed in float32: half the bytes, the same masks. The batch norms are folded, the
image comes in as plain uint8 pixels, so that the page needs no preprocessing of its own.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from ..backbone import FoldedConv, same_padding
from ..network import INPUT_SIZE, MEAN, STD, WIDTH, WIDTH4, WIDTH8, ConvNorm, Nano, network_for
from .branches import shorten_names, with_click
from .click import ClickGraph
from .graph import DecoderGraph

if TYPE_CHECKING:
    import onnx

OPSET = 17
EMBEDDING_NAMES = ["features16", "features8", "features4"]
PROMPT_NAMES = ["point_coords", "point_labels", "mask_input", "has_mask_input"]


class EncoderGraph(nn.Module):
    """(1, 512, 512, 3) uint8 -> the three feature maps, each float16 for a small embedding."""

    mean: Tensor
    std: Tensor

    def __init__(self, model: Nano) -> None:
        super().__init__()
        self.encoder = model.encoder
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(STD).view(1, 3, 1, 1))

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        pixels = (image.permute(0, 3, 1, 2).float() - self.mean) / self.std
        return tuple(feature.half() for feature in self.encoder(pixels))


def fold_norms(model: nn.Module) -> None:
    """Put each batch norm into the convolution before it."""
    for module in model.modules():
        if isinstance(module, FoldedConv):
            module.fold()
        if isinstance(module, ConvNorm):
            convolution, norm = module[0], module[1]
            if isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                module[0] = torch.nn.utils.fusion.fuse_conv_bn_eval(convolution, norm)
                module[1] = nn.Identity()


def fuse_pads(path: Path) -> None:
    """Let the convolutions at stride 2 do the padding before them: a Pad takes the runtime as long as what follows.

    PyTorch's convolutions pad both sides alike, ONNX's need not.

    Args:
        path: an ONNX file whose every Pad is that of `FoldedConv`, changed in place.
    """
    import onnx
    from onnx import helper

    model = onnx.load(path)
    nodes = model.graph.node
    made = {name: node for node in nodes for name in node.output}
    for node in nodes:
        before = made.get(node.input[0]) if node.op_type == "Conv" else None
        if before is None or before.op_type != "Pad":
            continue
        kernel = next(attribute.ints[0] for attribute in node.attribute if attribute.name == "kernel_shape")
        kept = [attribute for attribute in node.attribute if attribute.name not in ("pads", "auto_pad")]
        del node.attribute[:]
        first, last = same_padding(kernel)
        node.attribute.extend([*kept, helper.make_attribute("pads", [first, first, last, last])])
        node.input[0] = before.input[0]
    _drop_unread(model.graph)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def _drop_unread(graph: onnx.GraphProto) -> None:
    """Leave out the nodes whose outputs nobody reads."""
    read = {value.name for value in graph.output}
    kept = []
    for node in reversed(graph.node):
        if read.intersection(node.output):
            kept.append(node)
            read.update(node.input)
    del graph.node[:]
    graph.node.extend(reversed(kept))


def store_half(path: Path, *, above: int = 64) -> None:
    """Turn the float32 constants of an ONNX file into float16 followed by a Cast, which the runtime folds.

    Args:
        path: changed in place.
        above: constants of up to so many numbers stay as they are.
    """
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    model = onnx.load(path)
    casts = []
    for tensor in model.graph.initializer:
        if tensor.data_type == TensorProto.FLOAT and np.prod(tensor.dims) > above:
            array = numpy_helper.to_array(tensor)
            name = tensor.name
            tensor.CopyFrom(numpy_helper.from_array(array.astype(np.float16), name + "_half"))
            casts.append(helper.make_node("Cast", [name + "_half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def example_prompts(count: int = 1, points: int = 2) -> tuple[Tensor, ...]:
    """Prompts of the shapes that the graph is traced with."""
    half = INPUT_SIZE // 2
    return (
        torch.rand(count, points, 2) * INPUT_SIZE,
        torch.ones(count, points),
        torch.zeros(count, 1, half, half),
        torch.zeros(count),
    )


def export(model: Nano, folder: Path) -> None:
    """Write encoder.onnx, decoder.onnx, model.safetensors and weights.json into `folder`."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    model = model.eval().float()
    state = model.state_dict()
    # Norms' statistics spread over more decades than float16 has, and are few.
    small = {
        name: value.half() if value.is_floating_point() and value.ndim > 1 else value for name, value in state.items()
    }
    save_file({name: value.contiguous() for name, value in small.items()}, folder / "model.safetensors")
    (folder / "model.safetensors").chmod(0o644)
    fold_norms(model)
    image = torch.zeros(1, INPUT_SIZE, INPUT_SIZE, 3, dtype=torch.uint8)
    with torch.no_grad():
        torch.onnx.export(
            EncoderGraph(model),
            (image,),
            folder / "encoder.onnx",
            input_names=["image"],
            output_names=EMBEDDING_NAMES,
            opset_version=OPSET,
            dynamo=False,
        )
    fuse_pads(folder / "encoder.onnx")
    store_half(folder / "encoder.onnx")
    write_decoder(model, folder)
    write_table({}, folder, ("encoder.onnx", "decoder.onnx", "model.safetensors"))


def write_decoder(model: Nano, folder: Path) -> None:
    """Write decoder.onnx, which says in its metadata in what multiples it takes places for points.

    It holds two graphs: one for a single click, and one for every prompt.
    """
    import onnx

    file = folder / "decoder.onnx"
    graph = DecoderGraph(model.eval().float().decoder)
    cells = INPUT_SIZE // 16
    shapes = ((WIDTH, cells), (WIDTH8, 2 * cells), (WIDTH4, 4 * cells))
    # Not float16, as an embedding has them: graphics cards without 16-bit floats cannot run the Cast behind it.
    features = [torch.zeros(1, width, side, side) for width, side in shapes]
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the exporter does not fold, the runtime does
        torch.onnx.export(
            graph,
            (*features, *example_prompts()),
            file,
            input_names=[*EMBEDDING_NAMES, *PROMPT_NAMES],
            output_names=["logits", "scores"],
            dynamic_axes={
                "point_coords": {0: "prompts", 1: "points"},
                "point_labels": {0: "prompts", 1: "points"},
                "mask_input": {0: "prompts"},
                "has_mask_input": {0: "prompts"},
                "logits": {0: "prompts"},
                "scores": {0: "prompts"},
            },
            opset_version=OPSET,
            dynamo=False,
        )
        general = onnx.load(file)
        torch.onnx.export(
            ClickGraph(graph),
            (*features, torch.full((1, 1, 2), INPUT_SIZE / 2)),
            file,
            input_names=[*EMBEDDING_NAMES, "point_coords"],
            output_names=["logits", "scores"],
            opset_version=OPSET,
            dynamo=False,
        )
    both = with_click(general, onnx.load(file))
    onnx.helper.set_model_props(both, {"slots": "1"})
    onnx.save(both, file)
    store_half(file)
    onnx.save(shorten_names(onnx.load(file)), file)


def write_table(table: dict[str, dict[str, int | str]], folder: Path, names: tuple[str, ...]) -> None:
    """Write weights.json: `table` with the rows of `names` as the files are now."""
    for name in names:
        data = (folder / name).read_bytes()
        table[name] = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    (folder / "weights.json").write_text(json.dumps(table, indent=1) + "\n")


def rewrite_decoder(folder: Path) -> None:
    """Write decoder.onnx anew from model.safetensors, and its row in weights.json."""
    from safetensors.torch import load_file

    state = load_file(folder / "model.safetensors")
    model = network_for(state)
    model.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in state.items()})
    write_decoder(model, folder)
    write_table(json.loads((folder / "weights.json").read_text()), folder, ("decoder.onnx",))


def load_checkpoint(path: Path) -> Nano:
    """The averaged weights of a training checkpoint."""
    state = torch.load(path, map_location="cpu", weights_only=True)["average"]
    model = network_for(state)
    model.load_state_dict(state)
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the embedded model's files.")
    parser.add_argument("--checkpoint", type=Path, help="last.pt of a training run; random weights when left out")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "weights")
    parser.add_argument("--decoder", action="store_true", help="only decoder.onnx, from the model.safetensors in --out")
    a = parser.parse_args()
    if a.decoder:
        return rewrite_decoder(a.out)
    torch.manual_seed(0)
    export(load_checkpoint(a.checkpoint) if a.checkpoint else Nano(), a.out)
