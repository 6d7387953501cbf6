"""The exported decoder against the torch model it was made from, with small random weights."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
from transformers import SamConfig, SamModel

from sam import ModelUnavailable, Prompt, export
from sam.backends.sam import SamSegmenter
from sam.export import INPUTS, SamDecoderGraph, sam_decoder, write_sam_decoder
from sam.types import Embedding

SIDE, GRID, CHANNELS = 128, 8, 32
TOLERANCE = 1e-4

# Points are in pixels of an image of 200 x 100, which fills the upper half of the input.
PROMPTS: dict[str, dict[str, Any]] = {
    "a point": {"points": [[40, 30]]},
    "a point at the corner": {"points": [[200, 100]]},
    "points of both kinds": {"points": [[40, 30], [150, 60], [90, 90]], "labels": [1, 0, 1]},
    "a box": {"boxes": [[20, 10, 120, 80]]},
    "a box and points": {"points": [[40, 30], [150, 60]], "labels": [0, 1], "boxes": [[20, 10, 120, 80]]},
    "a point and a mask": {"points": [[40, 30]], "mask_input": 1},
    "a box and a mask": {"boxes": [[20, 10, 120, 80]], "mask_input": 2},
}


def make_model(seed: int = 0) -> SamModel:
    """A SamModel of 128 pixels; its weights are large enough for prompts to matter."""
    side = {"image_size": SIDE, "image_embedding_size": GRID, "hidden_size": CHANNELS}
    vision = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "output_channels": CHANNELS}
    config = SamConfig(
        vision_config={**vision, "image_size": SIDE, "num_pos_feats": CHANNELS // 2, "global_attn_indexes": [0]},
        prompt_encoder_config=side,
        mask_decoder_config={
            "hidden_size": CHANNELS,
            "num_attention_heads": 2,
            "mlp_dim": 48,
            "iou_head_hidden_dim": 9,
        },
    )
    torch.manual_seed(seed)
    model = SamModel(config).eval()
    with torch.no_grad():
        for weight in model.mask_decoder.parameters():
            weight.copy_(torch.randn_like(weight) * (0.3 if weight.ndim > 1 else 0.1) + (weight.ndim == 1) * 0.5)
    return model


def segmenter(dtype: torch.dtype = torch.float32) -> SamSegmenter:
    return SamSegmenter(make_model(), name="tiny", weights="f" * 64, device=torch.device("cpu"), dtype=dtype)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(export.FOLDER_VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> onnxruntime.InferenceSession:
    path = tmp_path_factory.mktemp("export") / "decoder.onnx"
    write_sam_decoder(make_model(), path)
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


@pytest.fixture(scope="module")
def model() -> SamSegmenter:
    return segmenter()


@pytest.fixture(scope="module")
def embedding() -> Embedding:
    """Features that float16 holds, as the page gets them."""
    features = np.random.default_rng(1).normal(size=(1, CHANNELS, GRID, GRID)).astype(np.float16).astype(np.float32)
    return Embedding("tiny", "f" * 64, {"image_embeddings": features}, (100, 200), (64, 128), SIDE)


def as_prompt(kind: str, many: bool) -> Prompt:
    told = dict(PROMPTS[kind])
    if "mask_input" in told:
        told["mask_input"] = np.random.default_rng(told["mask_input"]).normal(size=(4 * GRID, 4 * GRID)) * 4
    return Prompt.of(**told, multimask_output=many)


def feeds(embedding: Embedding, prompts: list[Prompt]) -> dict[str, np.ndarray]:
    """As the page does (webapp/static/decoding.mjs): a box after the points, one empty place where there is none."""
    scale = embedding.input_hw[1] / embedding.size_hw[1]
    rows, kinds = [], []
    for prompt in prompts:
        points = [] if prompt.points is None else (prompt.points.xy * scale).tolist()
        labels = [] if prompt.points is None else prompt.points.labels.tolist()
        if prompt.box is None:
            points, labels = [*points, [0, 0]], [*labels, -1]
        else:
            points, labels = [*points, *(prompt.box.reshape(2, 2) * scale).tolist()], [*labels, 2, 3]
        rows.append(points)
        kinds.append(labels)
    side = 4 * GRID
    masks = [np.zeros((side, side)) if prompt.mask_input is None else prompt.mask_input for prompt in prompts]
    has_mask = [prompt.mask_input is not None for prompt in prompts]
    features = embedding.arrays["image_embeddings"].astype(np.float16)
    values = features, np.float32(rows), np.float32(kinds), np.float32(masks)[:, None], np.float32(has_mask)
    return dict(zip(INPUTS, values))


@pytest.mark.parametrize("many", [True, False])
@pytest.mark.parametrize("kind", PROMPTS)
def test_it_answers_as_torch_does(kind, many, session, model, embedding) -> None:
    prompt = as_prompt(kind, many)
    ((wanted, wanted_scores),) = model.decode(embedding, [prompt])
    logits, scores = session.run(["logits", "scores"], feeds(embedding, [prompt]))
    assert logits.shape == (1, 4, 4 * GRID, 4 * GRID)
    rows = 1 + np.argsort(-scores[0, 1:], kind="stable") if many else [0]
    np.testing.assert_allclose(logits[0, rows], wanted, atol=TOLERANCE * np.abs(wanted).max(), rtol=0)
    np.testing.assert_allclose(scores[0, rows], wanted_scores, atol=TOLERANCE, rtol=1e-4)
    # The tolerance means something only if another prompt's answer is much further off.
    other = model.decode(embedding, [as_prompt("a box" if kind != "a box" else "a point", many)])[0][0]
    assert np.abs(other - wanted).max() > 20 * TOLERANCE * np.abs(wanted).max()


def test_several_prompts_at_once_get_what_each_gets_alone(session, embedding) -> None:
    prompts = [as_prompt(kind, True) for kind in ("a point", "a box", "a point and a mask", "a box and a mask")]
    logits, scores = session.run(["logits", "scores"], feeds(embedding, prompts))
    for row, prompt in enumerate(prompts):
        alone, alone_scores = session.run(["logits", "scores"], feeds(embedding, [prompt]))
        np.testing.assert_allclose(logits[row], alone[0], atol=1e-4, rtol=1e-4)
        np.testing.assert_allclose(scores[row], alone_scores[0], atol=1e-4, rtol=1e-4)


def test_inputs_that_a_page_must_know_have_fixed_sizes(session) -> None:
    shapes = {value.name: (value.type, value.shape) for value in session.get_inputs()}
    assert shapes["image_embeddings"] == ("tensor(float16)", [1, CHANNELS, GRID, GRID])
    assert shapes["mask_input"][1][1:] == [1, 4 * GRID, 4 * GRID]
    assert tuple(shapes) == INPUTS


def test_the_model_is_left_as_it_is(tmp_path) -> None:
    model = make_model().to(torch.bfloat16)
    model.mask_decoder.config._attn_implementation = "sdpa"
    write_sam_decoder(model, tmp_path / "decoder.onnx")
    assert {weight.dtype for weight in model.parameters()} == {torch.bfloat16}
    assert model.mask_decoder.transformer.layers[0].self_attn.config._attn_implementation == "sdpa"


def test_a_model_in_bfloat16_has_the_rounded_weights_it_answers_with(embedding) -> None:
    model = segmenter(torch.bfloat16)
    prompt = as_prompt("a point", True)
    ((wanted, _),) = model.decode(embedding, [prompt])
    session = onnxruntime.InferenceSession(model.decoder_file, providers=["CPUExecutionProvider"])
    logits, _ = session.run(["logits", "scores"], feeds(embedding, [prompt]))
    agreement = [max(((one > 0) == (other > 0)).mean() for other in wanted) for one in logits[0, 1:]]
    assert min(agreement) > 0.97


def test_it_is_made_once_for_each_weights_and_dtype(own_cache, monkeypatch) -> None:
    first = segmenter().decoder_file
    assert first is not None
    assert first.parent == own_cache
    monkeypatch.setattr(export, "write_sam_decoder", lambda *_: pytest.fail("made again"))
    assert segmenter().decoder_file == first
    monkeypatch.undo()
    monkeypatch.setenv(export.FOLDER_VARIABLE, str(own_cache))
    assert segmenter(torch.bfloat16).decoder_file != first
    assert len(list(own_cache.iterdir())) == 2, "and nothing half made is left"


def test_a_graph_that_answers_otherwise_is_refused(tmp_path, monkeypatch) -> None:
    """As when a shape or a branch were frozen while tracing: here the two embeddings of a label."""
    straight = SamDecoderGraph._points

    def bent(self: SamDecoderGraph, coords: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        return straight(self, coords, labels) * (2 if torch.jit.is_tracing() else 1)

    monkeypatch.setattr(SamDecoderGraph, "_points", bent)
    with pytest.raises(ModelUnavailable, match="differ from torch's, so it is not used"):
        sam_decoder(make_model(), "bent", tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("fault", ["no onnx", "no room"])
def test_without_a_file_the_server_decodes_and_the_log_says_why(fault, own_cache, monkeypatch, caplog) -> None:
    if fault == "no onnx":
        monkeypatch.setitem(sys.modules, "onnx", None)
        reason = "pip install onnx"
    else:
        own_cache.write_text("a file where the folder should be")
        reason = "cannot be written"
    model = segmenter()
    with caplog.at_level(logging.WARNING):
        assert model.decoder_file is None
        assert model.decoder_file is None
    assert len(caplog.records) == 1, "it is tried once"
    assert reason in caplog.text
