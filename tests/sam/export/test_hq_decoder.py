"""HQ-SAM's decoder as a file against torch."""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import SamHQConfig, SamHQModel

from sam.backends.sam_hq import HqSegmenter
from sam.export.decoder_file import export_decoder
from sam.export.hq_decoder import HqDecoderGraph
from tests.sam.backends.parity import noisy, shaken
from tests.sam.backends.test_sam_hq import CONFIG
from tests.sam.export.asked import compare, opened


def test_the_file_answers_as_the_model_does(tmp_path: Path) -> None:
    torch.manual_seed(0)
    peer, on = shaken(SamHQModel(SamHQConfig(**CONFIG))), torch.device("cpu")
    model = HqSegmenter(peer, name="hq", weights="w" * 64, device=on, dtype=torch.float32)
    export_decoder(HqDecoderGraph(model._model, model._shapes), tmp_path / "decoder.onnx")
    session = opened(tmp_path / "decoder.onnx")
    embedding = model.embed(noisy())
    for guided in (False, True):
        compare(model, session, embedding, guided)
