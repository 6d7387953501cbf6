from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import onnxruntime
import platformdirs
import pytest
import torch
from transformers import SamConfig, SamModel

from sam import ModelUnavailable, Prompt
from sam.backends import sam as backend
from sam.backends.sam import SamSegmenter
from sam.clicks import decode_in_turn
from sam.export import sam_decoder
from sam.export.sam_decoder import INPUTS, OUTPUTS, cached_decoder, export_decoder

PROMPTS = {
    "a click": {"points": [[60, 40]]},
    "two clicks": {"points": [[60, 40], [10, 70]], "labels": [1, 0]},
    "a box": {"boxes": [[20, 10, 90, 70]]},
    "a box and a click": {"points": [[60, 40]], "labels": [0], "boxes": [[20, 10, 90, 70]]},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real SAM of transformers with random weights; wide enough that its masks are not all alike."""
    vision = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "image_size": 128}
    vision |= {"output_channels": 32, "num_pos_feats": 16, "global_attn_indexes": [0]}
    decoder = {"hidden_size": 32, "mlp_dim": 48, "iou_head_hidden_dim": 24}
    torch.manual_seed(0)
    config = SamConfig(
        vision_config=vision,
        prompt_encoder_config={"hidden_size": 32, "image_size": 128},
        mask_decoder_config=decoder,
    )
    model = SamModel(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += torch.randn_like(parameter) * 0.1
    path = tmp_path_factory.mktemp("saved")
    model.save_pretrained(path)
    return path


@pytest.fixture(scope="module")
def model(folder: Path) -> SamSegmenter:
    return backend.load(folder, name="tiny", device="cpu", dtype="float32")


@pytest.fixture(scope="module")
def session(model: SamSegmenter, tmp_path_factory: pytest.TempPathFactory) -> onnxruntime.InferenceSession:
    path = tmp_path_factory.mktemp("exported") / "decoder.onnx"
    export_decoder(model._model, path)
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


def feeds(prompt: Prompt, embedding, side: int) -> dict[str, np.ndarray]:
    """What the page makes of a prompt: the box as two points, else one empty place."""
    scale = np.array(embedding.input_hw[::-1]) / np.array(embedding.size_hw[::-1])
    points = np.zeros((0, 2)) if prompt.points is None else prompt.points.xy
    labels = np.zeros(0) if prompt.points is None else prompt.points.labels
    more = np.zeros((1, 2)) if prompt.box is None else prompt.box.reshape(2, 2)
    kinds = [-1] if prompt.box is None else [2, 3]
    none = np.zeros((1, 1, side, side), np.float32)
    return {
        "image_embeddings": embedding.arrays["image_embeddings"].astype(np.float16),
        "point_coords": (np.concatenate([points, more]) * scale)[None].astype(np.float32),
        "point_labels": np.concatenate([labels, kinds])[None].astype(np.float32),
        "mask_input": none if prompt.mask_input is None else prompt.mask_input[None, None],
        "has_mask_input": np.array([prompt.mask_input is not None], np.float32),
    }


@pytest.mark.parametrize("guided", [False, True], ids=["", "with an earlier mask"])
@pytest.mark.parametrize("name", PROMPTS)
def test_the_file_answers_as_the_model_does(model, session, name: str, guided: bool) -> None:
    image = np.random.default_rng(0).integers(0, 255, (80, 110, 3), np.uint8)
    embedding = model.embed(image)
    side = 4 * model._grid
    mask = np.random.default_rng(1).normal(size=(side, side)).astype(np.float32) if guided else None
    for many in (True, False):
        prompt = Prompt.of(**PROMPTS[name], mask_input=mask, multimask_output=many)
        ((expected, ranks),) = model.decode(embedding, [prompt])
        logits, scores = session.run(list(OUTPUTS), feeds(prompt, embedding, side))
        rows = 1 + np.argsort(-scores[0, 1:], kind="stable") if many else [0]
        # float16 holds the embedding and the weights, as it does in the page.
        np.testing.assert_allclose(logits[0, rows], expected, atol=0.02 * np.abs(expected).max())
        np.testing.assert_allclose(scores[0, rows], ranks, atol=0.01)


def test_several_prompts_are_answered_together_as_alone(model, session) -> None:
    embedding = model.embed(np.random.default_rng(0).integers(0, 255, (80, 110, 3), np.uint8))
    side = 4 * model._grid
    one, two = (feeds(Prompt.of(points=[xy]), embedding, side) for xy in ([60, 40], [10, 70]))
    both = {key: one[key] if key == INPUTS[0] else np.concatenate([one[key], two[key]]) for key in INPUTS}
    together = session.run(["logits"], both)[0]
    alone = [session.run(["logits"], inputs)[0][0] for inputs in (one, two)]
    np.testing.assert_allclose(together, np.stack(alone), atol=1e-4)


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
        assert cached_decoder(model._model, model.weights) is None
    assert "decoded on the server" in caplog.text


def test_clicks_in_turn_are_the_same_through_the_file(model, session) -> None:
    embedding = model.embed(np.random.default_rng(2).integers(0, 255, (80, 110, 3), np.uint8))
    side = 4 * model._grid
    asked = Prompt.of(points=[[60, 40], [10, 70]], labels=[1, 0])
    expected, _ = decode_in_turn(model, embedding, asked)
    first, scores = session.run(list(OUTPUTS), feeds(Prompt.of(points=[[60, 40]]), embedding, side))
    best = first[0, 1 + int(np.argmax(scores[0, 1:]))]
    inputs = feeds(Prompt.of(points=[[60, 40], [10, 70]], labels=[1, 0], mask_input=best), embedding, side)
    second = session.run(["logits"], inputs)[0][0, :1]
    assert ((second > 0) == (expected > 0)).mean() > 0.99


def test_the_format_is_in_the_name(model, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda name: tmp_path)
    first = cached_decoder(model._model, "weights")
    monkeypatch.setattr(sam_decoder, "FORMAT", 999)
    assert cached_decoder(model._model, "weights") != first


def test_a_file_that_answers_otherwise_is_not_kept(
    model, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """As when tracing had made a branch constant: here points count twice while it traces."""
    straight = sam_decoder.SamDecoderGraph.points

    def bent(self, coords, labels):
        return straight(self, coords, labels) * (2 if torch.jit.is_tracing() else 1)

    monkeypatch.setattr(platformdirs, "user_cache_path", lambda name: tmp_path)
    monkeypatch.setattr(sam_decoder.SamDecoderGraph, "points", bent)
    with caplog.at_level(logging.WARNING, "sam_studio"):
        assert cached_decoder(model._model, "weights") is None
    assert "not those of the model" in caplog.text
    assert list((tmp_path / "decoders").iterdir()) == []


def test_weights_rounded_to_another_dtype_are_another_decoder(
    model, folder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda name: tmp_path)
    rounded = backend.load(folder, name="tiny", device="cpu", dtype="bfloat16")
    assert rounded.weights == model.weights
    assert rounded.decoder_file != model.decoder_file


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
    export_decoder(model, tmp_path / "decoder.onnx")  # which compares with torch

    halved = tmp_path / "halved.onnx"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sam_decoder, "KEPT_EXACT", 64)
        with pytest.raises(ModelUnavailable, match="not those of the model"):
            export_decoder(model, halved)


@torch.no_grad()
@pytest.mark.parametrize("bias", [True, False])
def test_upscaling_is_the_transposed_convolution(bias: bool) -> None:
    layer = torch.nn.ConvTranspose2d(6, 4, 2, 2, bias=bias)
    x = torch.randn(2, 6, 5, 5)
    found = sam_decoder.upscale(layer, x.flatten(2)).reshape(2, 4, 2, 2, 5, 5)
    assert torch.allclose(found.permute(0, 1, 4, 2, 5, 3).reshape(2, 4, 10, 10), layer(x), atol=1e-6)
