"""The file of an image encoder: normalised pixels in, the arrays of an embedding out, as one .onnx."""

from __future__ import annotations

import os
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import ModelUnavailable
from .decoder_file import OPSET

INPUT = "pixel_values"
TOLERANCE, TOLERANCE_HALF = 1e-3, 0.02
"""How far an answer of the file may be from torch's, as a share of the largest: float32 adds up in another order, and
float16 rounds the weights of all layers one after the other."""


class EncoderGraph(nn.Module):
    """(1, 3, side, side) float32 as the family normalises it -> its embedding's arrays, float32."""

    def __init__(self, segmenter: Any) -> None:
        """
        Args:
            segmenter: a TorchSegmenter in float32 on the CPU.
        """
        super().__init__()
        self.segmenter = segmenter
        # What is not a module's own is written into the file as nodes, not as weights.
        self.model = segmenter._model

    def forward(self, pixels: Tensor) -> tuple[Tensor, ...]:
        return tuple(value.float() for value in self.segmenter._encode(pixels).values())


def export_encoder(segmenter: Any, path: Path, *, half: bool = False) -> None:
    """Write a segmenter's image encoder, and compare it with torch before it takes its place.

    The file's metadata say what made it and what it takes: `model`, `weights` (the hash that a decoder's embedding must
    have), `side` of the square in pixels.

    Args:
        segmenter: a TorchSegmenter in float32 on the CPU.
        half: weights as float16, mathematics in float32: half the size.

    Raises:
        ImportError: the package onnx is not installed.
        ModelUnavailable: another dtype; too large for one file; the file does not answer as torch does.
        OSError: `path` cannot be written.
    """
    import onnx

    from ..nano.export.model import store_half

    if segmenter.dtype != torch.float32 or segmenter.device.type != "cpu":
        raise ModelUnavailable(
            f"{segmenter.name}: expected it in float32 on the CPU, got {segmenter.dtype} on {segmenter.device}."
        )
    graph, side = EncoderGraph(segmenter), segmenter._side
    with tempfile.TemporaryDirectory(dir=path.parent) as temporary:
        made = Path(temporary) / "encoder.onnx"
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # as in decoder_file.py; what is traced is compared below
            torch.onnx.export(
                graph,
                (torch.zeros(1, 3, side, side),),
                made,
                input_names=[INPUT],
                output_names=list(segmenter._shapes),
                opset_version=OPSET,
                dynamo=False,
            )
        if half:
            store_half(made)
        elif len(list(made.parent.iterdir())) > 1:
            raise ModelUnavailable(f"The encoder of {segmenter.name} is too large for one .onnx file: add --half.")
        model = onnx.load(made)
        facts = {"model": segmenter.name, "weights": segmenter.weights, "side": str(side)}
        onnx.helper.set_model_props(model, facts)
        onnx.save(model, made)
        del model
        _check(made, graph, side, TOLERANCE_HALF if half else TOLERANCE)
        os.replace(made, path)


def _check(path: Path, graph: EncoderGraph, side: int, tolerance: float) -> None:
    """Ask both something else than was traced."""
    import onnxruntime

    pixels = np.random.default_rng(0).normal(size=(1, 3, side, side)).astype(np.float32)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    found: list[Any] = session.run(None, {INPUT: pixels})
    with torch.no_grad():
        wanted = graph(torch.from_numpy(pixels))
    for name, got, expected in zip(graph.segmenter._shapes, found, (value.numpy() for value in wanted)):
        if got.shape != expected.shape or not np.abs(got - expected).max() <= tolerance * np.abs(expected).max():
            raise ModelUnavailable(f"The {name} of the exported encoder are not those of the model.")
