"""The file of a decoder: a prompt encoder and mask decoder as one .onnx, with Meta's names for the inputs."""

from __future__ import annotations

import logging
import os
import tempfile
import threading
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from ..errors import ModelUnavailable

OPSET = 17
FORMAT = 4
"""Goes into the file's name: another graph is another file."""
PROMPT_INPUTS = ("point_coords", "point_labels", "mask_input", "has_mask_input")
OUTPUTS = ("logits", "scores")

KEPT_EXACT = 1024
"""Constants of so many numbers stay float32: among them are the frequencies of the positions, which multiply up to
whole turns. In float16 they cost .1 to .2 IoU where they are large, as in a SamModel that transformers makes."""
TOLERANCE = 0.02
"""How far an answer of the file may be from torch's, as a share of the largest: float16 weights cost less by far."""
TRIALS = 3
"""A graph that chooses between masks may, by a rounding, choose another; one that was traced wrongly never agrees."""

_log = logging.getLogger("sam_studio")
_exporting = threading.Lock()


class DecoderGraph(nn.Module):
    """Features of one image and N prompts -> (N, 4, s, s) logits, (N, 4) predicted IoU, all float32.

    Called with the features in order, then (N, P, 2) points in pixels of the model's input, (N, P) labels, (N, 1, s, s)
    logits of an earlier mask, and (N,) whether there is one. Index 0 is the single mask. As in Meta's export an empty
    place among the points has the label -1, and a box is two points of the labels 2 and 3.

    Attributes:
        features: name -> shape of the arrays of an embedding, in the order of the arguments.
        side: of the model's input, in pixels.
        mask_side: of the masks, in cells.
    """

    features: Mapping[str, tuple[int, ...]]
    side: int
    mask_side: int


def export_decoder(graph: DecoderGraph, path: Path) -> None:
    """Write a decoder; weights as float16, mathematics in float32.

    Raises:
        ImportError: the package onnx is not installed.
        ModelUnavailable: the file does not answer as torch does.
        OSError: `path` cannot be written.
    """
    import onnx  # noqa: F401 - torch's exporter needs it, and says so only after long work

    from ..nano.export.model import store_half

    graph = graph.eval()
    example = (
        *(torch.zeros(shape) for shape in graph.features.values()),
        torch.rand(2, 3, 2) * graph.side,
        torch.tensor([[1.0, 0.0, -1.0], [1.0, 2.0, 3.0]]),
        torch.zeros(2, 1, graph.mask_side, graph.mask_side),
        torch.tensor([0.0, 1.0]),
    )
    many = {0: "prompts"}
    with torch.no_grad(), warnings.catch_warnings():
        # torch announces another exporter; that one needs onnxscript, and unrolls what must stay dynamic here.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            graph,
            example,
            path,
            input_names=[*graph.features, *PROMPT_INPUTS],
            output_names=list(OUTPUTS),
            dynamic_axes={
                "point_coords": {**many, 1: "points"},
                "point_labels": {**many, 1: "points"},
                "mask_input": many,
                "has_mask_input": many,
                "logits": many,
                "scores": many,
            },
            opset_version=OPSET,
            dynamo=False,
        )
    store_half(path, above=KEPT_EXACT)
    _check(path, graph)


def _check(path: Path, graph: DecoderGraph) -> None:
    """Ask both something of another shape than was traced: what was made constant by mistake shows."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    wrong = [_wrong(session, graph, seed) for seed in range(TRIALS)]
    if all(wrong):
        raise ModelUnavailable(f"The {wrong[0]} of the exported decoder are not those of the model.")


def _wrong(session: Any, graph: DecoderGraph, seed: int) -> str:
    """The first output that differs from torch's for made-up features and a prompt; empty where none does."""
    rng, side = np.random.default_rng(seed), graph.mask_side
    values = (
        *(rng.normal(size=shape).astype(np.float16).astype(np.float32) for shape in graph.features.values()),
        rng.uniform(0, graph.side, (1, 4, 2)).astype(np.float32),
        np.array([[0, 1, 2, 3]], np.float32),
        rng.normal(size=(1, 1, side, side)).astype(np.float32),
        np.ones(1, np.float32),
    )
    found: list[Any] = session.run(list(OUTPUTS), dict(zip((*graph.features, *PROMPT_INPUTS), values)))
    with torch.no_grad():
        wanted = graph(*(torch.from_numpy(value) for value in values))
    for name, got, expected in zip(OUTPUTS, found, (answer.numpy() for answer in wanted)):
        if got.shape != expected.shape or not np.abs(got - expected).max() <= TOLERANCE * np.abs(expected).max():
            return name
    return ""


def cached_decoder(make: Callable[[], DecoderGraph], weights: str) -> Path | None:
    """The decoder's file, made once and kept in the user's cache; None where it cannot be made, which the log explains.

    Args:
        make: gives the graph, where there is no file yet.
        weights: their hash and the dtype they are held in, which name the file: rounded weights are other weights.
    """
    import platformdirs

    folder = platformdirs.user_cache_path("sam-studio") / "decoders"
    path = folder / f"{weights}-{FORMAT}.onnx"
    with _exporting:
        if path.is_file():
            return path
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder) as temporary:
                made = Path(temporary) / "decoder.onnx"
                export_decoder(make(), made)
                os.replace(made, path)
        except Exception:
            _log.warning("The decoder could not be made for the page: masks are decoded on the server.", exc_info=True)
            return None
    return path
