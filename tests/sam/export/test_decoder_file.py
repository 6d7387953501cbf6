from __future__ import annotations

import copy
import logging
from pathlib import Path

import platformdirs
import pytest
import torch
from transformers import SamConfig, SamHQConfig, SamHQModel, SamModel

from sam import ModelUnavailable
from sam.backends import sam as backend
from sam.backends.sam_hq import HqSegmenter
from sam.export import decoder_file
from sam.export.decoder_file import cached_decoder, export_decoder
from sam.export.sam_decoder import SamDecoderGraph
from tests.sam.backends.parity import shaken
from tests.sam.backends.test_sam_hq import CONFIG as HQ_CONFIG


def test_it_is_made_once_and_kept(model, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda name: tmp_path / name)
    path = model.decoder_file
    assert path is not None
    assert path.parent == tmp_path / "sam-studio" / "decoders"
    assert path.name.startswith(model.weights)
    made = path.stat().st_mtime_ns
    assert model.decoder_file == path
    assert path.stat().st_mtime_ns == made
    assert list(path.parent.iterdir()) == [path], "nothing is left lying about"


def test_where_it_cannot_be_made_there_is_none(
    model, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda name: tmp_path / "file")
    with caplog.at_level(logging.WARNING, "sam_studio"):
        assert cached_decoder(lambda: SamDecoderGraph(model._model), model.weights) is None
    assert "decoded on the server" in caplog.text


def test_the_format_is_in_the_name(model, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda name: tmp_path)
    first = cached_decoder(lambda: SamDecoderGraph(model._model), "weights")
    monkeypatch.setattr(decoder_file, "FORMAT", 999)
    assert cached_decoder(lambda: SamDecoderGraph(model._model), "weights") != first


def test_a_file_that_answers_otherwise_is_not_kept(
    model, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """As when tracing had made a branch constant: here points count twice while it traces."""
    straight = SamDecoderGraph.points

    def bent(self, coords, labels):
        return straight(self, coords, labels) * (2 if torch.jit.is_tracing() else 1)

    monkeypatch.setattr(platformdirs, "user_cache_path", lambda name: tmp_path)
    monkeypatch.setattr(SamDecoderGraph, "points", bent)
    with caplog.at_level(logging.WARNING, "sam_studio"):
        assert cached_decoder(lambda: SamDecoderGraph(model._model), "weights") is None
    assert "not those of the model" in caplog.text
    assert list((tmp_path / "decoders").iterdir()) == []


@pytest.mark.slow
def test_weights_rounded_to_another_dtype_are_another_decoder(
    model, folder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda name: tmp_path)
    half = backend.load(folder, name="tiny", device="cpu", dtype="bfloat16")
    assert half.decoder_file == model.decoder_file  # SAM's decoder stays float32 on a CPU
    torch.manual_seed(0)
    finer = shaken(SamHQModel(SamHQConfig.from_dict(HQ_CONFIG)))
    files = {
        HqSegmenter(
            copy.deepcopy(finer), name="hq", weights="w" * 64, device=torch.device("cpu"), dtype=dtype
        ).decoder_file
        for dtype in (torch.float32, torch.bfloat16)
    }
    assert len(files) == 2


@pytest.mark.slow
def test_frequencies_of_many_turns_stay_exact(tmp_path: Path) -> None:
    """As transformers initialises a SamModel; in float16 a point would be encoded as one elsewhere."""
    torch.manual_seed(0)
    vision = {"hidden_size": 800, "num_hidden_layers": 1, "num_attention_heads": 2, "image_size": 128, "mlp_dim": 8}
    config = SamConfig(
        vision_config={**vision, "output_channels": 128, "num_pos_feats": 64, "global_attn_indexes": [0]},
        prompt_encoder_config={"hidden_size": 128, "image_size": 128},
        mask_decoder_config={"hidden_size": 128, "mlp_dim": 48, "iou_head_hidden_dim": 24},
    )
    model = SamModel(config).eval()
    assert model.shared_image_embedding.positional_embedding.abs().max() > 300
    export_decoder(SamDecoderGraph(model), tmp_path / "decoder.onnx")  # which compares with torch

    halved = tmp_path / "halved.onnx"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decoder_file, "KEPT_EXACT", 64)
        with pytest.raises(ModelUnavailable, match="not those of the model"):
            export_decoder(SamDecoderGraph(model), halved)
