"""The shipped files: what ONNX Runtime computes is what torch computes, and what ships is what was exported."""

from __future__ import annotations

import hashlib
import json
import shutil
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch

from sam.backends.nano import WEIGHTS, NanoSegmenter, features_for, feeds
from sam.masks import stability_score
from sam.nano.export.graph import SLOTS
from sam.nano.export.model import EMBEDDING_NAMES, DecoderGraph, example_prompts, export, rewrite_decoder
from sam.nano.network import Nano, network_for
from sam.types import Prompt

SHIPPED = ("encoder.onnx", "decoder.onnx", "model.safetensors")


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Nano, Path]:
    """A network whose weights are float16 values already, so that storing them loses nothing."""
    torch.manual_seed(1)
    model = Nano().eval()
    with torch.no_grad():
        for value in model.state_dict().values():
            if value.is_floating_point():
                value.copy_(value.half().float())
    folder = tmp_path_factory.mktemp("nano")
    state = {name: value.clone() for name, value in model.state_dict().items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        export(model, folder)
    again = Nano().eval()
    again.load_state_dict(state)
    return again, folder


@torch.no_grad()
def test_onnx_runtime_equals_torch(exported: tuple[Nano, Path], photo: np.ndarray) -> None:
    model, folder = exported
    segmenter = NanoSegmenter("test", folder)
    embedding = segmenter.embed(photo)
    prompts = [
        Prompt.of(points=[[60, 50]], labels=[1]),
        Prompt.of(points=[[60, 50], [10, 10], [90, 70]], labels=[1, 0, 1], boxes=[[20, 15, 120, 100]]),
        Prompt.of(boxes=[[20, 15, 120, 100]], mask_input=np.random.default_rng(0).normal(size=(256, 256))),
    ]
    features = [torch.from_numpy(np.array(embedding.arrays[name])).float() for name in EMBEDDING_NAMES]
    inputs = [torch.from_numpy(array) for array in feeds(embedding, prompts).values()]
    expected, expected_scores = DecoderGraph(model.decoder)(*features, *inputs)
    logits, scores = segmenter._decoder.run(
        ["logits", "scores"], {**features_for(segmenter._decoder, embedding), **feeds(embedding, prompts)}
    )
    # Folding the norms and rounding the folded weights to float16 is all that may differ.
    assert np.abs(logits - expected.numpy()).max() < 0.02 * np.abs(expected.numpy()).max()
    assert np.abs(scores - expected_scores.numpy()).max() < 5e-3


@torch.no_grad()
def test_a_wavering_mask_scores_less_than_its_predicted_iou(exported: tuple[Nano, Path]) -> None:
    model, _ = exported
    features = [torch.randn(1, *shape) for shape in ((128, 32, 32), (48, 64, 64), (16, 128, 128))]
    prompts = example_prompts(points=SLOTS)
    logits, scores = DecoderGraph(model.decoder)(*features, *prompts)
    _, predicted = model.decoder(*features, *prompts)
    stability = torch.from_numpy(stability_score(logits[0].numpy()))
    assert torch.allclose(scores[0], predicted[0] * stability.sqrt(), atol=1e-5)
    assert (scores <= predicted).all()


def test_the_table_describes_the_files(exported: tuple[Nano, Path]) -> None:
    check_table(exported[1])


def test_the_shipped_table_describes_the_shipped_files() -> None:
    check_table(WEIGHTS)
    assert sum((WEIGHTS / name).stat().st_size for name in SHIPPED) <= 25e6


def check_table(folder: Path) -> None:
    table = json.loads((folder / "weights.json").read_text())
    assert set(SHIPPED) <= set(table), "heads add files of their own"
    for name, facts in table.items():
        data = (folder / name).read_bytes()
        assert facts == {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


@pytest.mark.slow
def test_the_decoder_can_be_written_anew_from_the_weights(photo: np.ndarray, tmp_path: Path) -> None:
    """The shipped graph is what today's code makes of the shipped weights, and no other file changes."""
    for name in (*SHIPPED, "weights.json"):
        shutil.copy(WEIGHTS / name, tmp_path / name)
    before = json.loads((tmp_path / "weights.json").read_text())
    (tmp_path / "decoder.onnx").write_bytes(b"")
    rewrite_decoder(tmp_path)
    after = json.loads((tmp_path / "weights.json").read_text())
    assert {name for name in before if before[name] != after[name]} <= {"decoder.onnx"}
    assert after["decoder.onnx"]["bytes"] == (tmp_path / "decoder.onnx").stat().st_size
    shipped, written = NanoSegmenter("nano", WEIGHTS), NanoSegmenter("nano", tmp_path)
    assert shipped.slots == written.slots == 1
    embedding = shipped.embed(photo)
    inputs = {**features_for(shipped._decoder, embedding), **feeds(embedding, [Prompt.of(points=[[60, 50]])], 1)}
    for mine, theirs in zip(shipped._decoder.run(None, inputs), written._decoder.run(None, inputs)):
        np.testing.assert_allclose(np.asarray(mine), np.asarray(theirs), atol=1e-3)


@torch.no_grad()
def test_the_shipped_safetensors_are_the_shipped_onnx(photo: np.ndarray) -> None:
    from safetensors.torch import load_file

    state = load_file(WEIGHTS / "model.safetensors")
    model = network_for(state).eval()
    model.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in state.items()})
    segmenter = NanoSegmenter("nano", WEIGHTS)
    embedding = segmenter.embed(photo)
    from sam.images import pad_square, resize_longest
    from sam.nano.export.model import EncoderGraph

    square = pad_square(resize_longest(photo, 512), 512, (124, 116, 104))
    for mine, name in zip(EncoderGraph(model)(torch.from_numpy(square[None])), EMBEDDING_NAMES):
        theirs = embedding.arrays[name].astype(np.float32)
        assert np.abs(mine.float().numpy() - theirs).mean() < 0.02 * np.abs(theirs).mean() + 1e-3
