"""MobileSAM against its authors' code with the same weights, in the published size."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch

from sam import ModelUnavailable
from sam.backends import mobile_sam
from sam.backends.mobile_sam import load
from sam.export.decoder_file import export_decoder
from sam.export.sam_decoder import SamDecoderGraph
from tests.sam.backends.made_up import drawn
from tests.sam.backends.parity import answers_of, asked, compare_with_original, write_original
from tests.sam.backends.tiny import tiny_model

PUBLISHED_SIDE = mobile_sam._SIDE


@pytest.fixture(autouse=True)
def small_images(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sixteenth of the work, with every weight as published."""
    monkeypatch.setattr(mobile_sam, "_SIDE", 256)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model("mobile_sam", tmp_path_factory.mktemp("mobile") / "tiny") / "mobile_sam.pt"


def test_the_published_layout_answers_as_its_authors_code(tmp_path: Path) -> None:
    assert PUBLISHED_SIDE == 1024
    path = write_original("mobile_sam", tmp_path / "mobile_sam.pt", wrap="")
    model = load(path, name="mobile", device="cpu", dtype="float32")
    compare_with_original(model, answers_of("mobile_sam")[1], side=64)
    assert model.embed(drawn()).input_hw == (115, 256)


def test_bfloat16_is_close_to_float32(tiny: Path) -> None:
    exact, fast = (load(tiny, name="m", device="cpu", dtype=dtype) for dtype in ("float32", "bfloat16"))
    assert exact.weights == fast.weights
    image = drawn()
    one, two = exact.embed(image), fast.embed(image)
    first, second = one.arrays["image_embeddings"].ravel(), two.arrays["image_embeddings"].ravel().astype(np.float32)
    assert np.corrcoef(first, second)[0, 1] > 0.99


def test_its_decoder_runs_in_the_page(tiny: Path, tmp_path: Path) -> None:
    model = load(tiny, name="m", device="cpu", dtype="float32")
    export_decoder(SamDecoderGraph(model._model), tmp_path / "decoder.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "decoder.onnx", providers=["CPUExecutionProvider"])
    embedding = model.embed(drawn())
    prompt = asked("a click", False, 64, True)
    scale = np.array(embedding.input_hw[::-1]) / np.array(embedding.size_hw[::-1])
    assert prompt.points is not None
    feeds: dict[str, Any] = {
        "image_embeddings": embedding.arrays["image_embeddings"].astype(np.float32),
        "point_coords": np.concatenate([prompt.points.xy * scale, np.zeros((1, 2))])[None].astype(np.float32),
        "point_labels": np.array([[1, -1]], np.float32),
        "mask_input": np.zeros((1, 1, 64, 64), np.float32),
        "has_mask_input": np.zeros(1, np.float32),
    }
    found = session.run(["scores"], feeds)[0][0, 1:]
    ((_, scores),) = model.decode(embedding, [prompt])
    np.testing.assert_allclose(np.sort(found)[::-1], scores, atol=0.01)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda state: state.pop("image_encoder.neck.0.weight"), "has no 'vision_encoder.neck.conv1.weight'"),
        (lambda state: state.pop("mask_decoder.iou_token.weight"), "missing: mask_decoder.iou_token.weight"),
        (lambda state: state.update(more=torch.zeros(1)), "unknown: more"),
        (
            lambda state: [state.pop(name) for name in list(state) if ".layers." in name],
            "expected the weights of a MobileSAM",
        ),
    ],
)
def test_other_files_are_refused(change: Any, words: str, tiny: Path, tmp_path: Path) -> None:
    state = torch.load(tiny, weights_only=True)
    change(state)
    torch.save(state, tmp_path / "other.pt")
    with pytest.raises(ModelUnavailable, match=words):
        load(tmp_path / "other.pt", name="other")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"Expected mobile_sam\.pt or a hub id"):
        load(tmp_path / "none.pt", name="none")
