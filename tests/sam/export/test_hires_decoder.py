"""Decoders with features of higher resolution against torch: SAM 2's, which is EdgeTAM's too, and SAM 3's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import Sam2Config, Sam2Model

from sam.backends._hires import HighResolutionSegmenter
from sam.export.decoder_file import export_decoder
from sam.export.hires_decoder import HighResolutionDecoderGraph, by_cell
from sam.export.sam_decoder import in_rows
from tests.sam.backends.parity import noisy, shaken
from tests.sam.backends.test_sam2 import CONFIG
from tests.sam.backends.tiny import MODELS
from tests.sam.export.asked import compare, opened


def make(family: str) -> HighResolutionSegmenter:
    torch.manual_seed(0)
    model = shaken(Sam2Model(Sam2Config.from_dict(CONFIG))) if family == "sam2" else MODELS[family]()
    on = torch.device("cpu")
    return HighResolutionSegmenter(model, name=family, weights="w" * 64, device=on, dtype=torch.float32)


@pytest.mark.parametrize("family", ["sam2", "sam3_tracker"])
def test_the_file_answers_as_the_model_does(family: str, tmp_path: Path) -> None:
    model = make(family)
    graph = HighResolutionDecoderGraph(model._model, model._shapes)
    export_decoder(graph, tmp_path / "decoder.onnx")
    session = opened(tmp_path / "decoder.onnx")
    embedding = model.embed(noisy())
    assert [one.name for one in session.get_inputs()][:3] == list(embedding.arrays)
    for guided in (False, True):
        compare(model, session, embedding, guided)


@pytest.mark.parametrize("least", [0.0, 0.5, 1.1])
def test_the_single_mask_is_chosen_as_the_model_does(least: float) -> None:
    """Always stable, stable here and there, and never."""
    model = make("sam2")
    decoder = model._model.mask_decoder
    assert decoder.dynamic_multimask_via_stability
    decoder.dynamic_multimask_stability_thresh = least
    graph = HighResolutionDecoderGraph(model._model, model._shapes)

    class Session:
        """The graph in torch, asked as its file is."""

        def run(self, _: object, inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
            with torch.no_grad():
                return [found.numpy() for found in graph(*map(torch.from_numpy, inputs.values()))]

    compare(model, Session(), model.embed(noisy()), guided=False)


@pytest.mark.parametrize("times", [2, 4])
def test_cells_are_in_the_order_of_two_upscalings(times: int) -> None:
    grid = 3
    feature = torch.randn(1, 5, times * grid, times * grid)
    cells = by_cell(feature, grid)
    if times == 4:
        assert torch.equal(in_rows(cells, grid), feature)
    else:
        # Upper left cells of all places first, then upper right, lower left, lower right.
        assert torch.equal(cells.reshape(1, 5, 4, grid, grid)[:, :, 1], feature[:, :, 0::2, 1::2])
        assert torch.equal(cells.reshape(1, 5, 4, grid, grid)[:, :, 2], feature[:, :, 1::2, 0::2])
