"""Image encoders as files against torch, a tiny one of three families: each export compares itself with torch again."""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from sam import ModelUnavailable
from sam.backends import mobile_sam
from sam.export.encoder_file import export_encoder
from tests.sam.backends.parity import noisy, shaken
from tests.sam.backends.tiny import FILES, MODELS
from tests.sam.export.asked import opened

SOURCES = {"mobile_sam": "mobile_sam.pt"}


def make(family: str, folder: Path, dtype: str = "float32"):
    torch.manual_seed(0)
    if family in FILES:
        FILES[family](folder / family)
    else:
        shaken(MODELS[family]()).save_pretrained(folder / family)
    backend = importlib.import_module(f"sam.backends.{family}")
    return backend.load(folder / family / SOURCES.get(family, ""), name=family, device="cpu", dtype=dtype)


@pytest.mark.parametrize("family", ["sam", "sam2", "mobile_sam"])
def test_the_file_encodes_as_the_model_does(family: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mobile_sam, "_SIDE", 256)
    model = make(family, tmp_path)
    path = tmp_path / "encoder.onnx"
    export_encoder(model, path)
    session = opened(path)
    image = noisy()
    pixels, _ = model._pixels(image)
    found = session.run(None, {"pixel_values": pixels.numpy()})
    arrays = model.embed(image).arrays
    assert [one.name for one in session.get_outputs()] == list(arrays)
    for got, expected in zip(found, arrays.values()):
        assert expected.std() > 1e-5
        np.testing.assert_allclose(got, expected, atol=1e-3 * np.abs(expected).max())
    facts = {one.key: one.value for one in onnx.load(path).metadata_props}
    assert facts == {"model": family, "weights": model.weights, "side": str(model._side)}
    assert [entry.name for entry in tmp_path.iterdir() if entry.is_file()] == ["encoder.onnx"]


def test_half_the_size_and_nearly_the_same(tmp_path: Path) -> None:
    model = make("sam", tmp_path)
    for half in (False, True):
        export_encoder(model, tmp_path / f"{half}.onnx", half=half)
    sizes = [(tmp_path / f"{half}.onnx").stat().st_size for half in (False, True)]
    assert sizes[1] < 0.75 * sizes[0]  # a graph of this little weight is much graph


def test_a_file_that_answers_otherwise_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = make("sam", tmp_path)
    straight = model._encode
    monkeypatch.setattr(
        model,
        "_encode",
        lambda pixels: {k: v * (2 if torch.jit.is_tracing() else 1) for k, v in straight(pixels).items()},
    )
    with pytest.raises(ModelUnavailable, match="image_embeddings of the exported encoder are not those"):
        export_encoder(model, tmp_path / "encoder.onnx")
    assert not (tmp_path / "encoder.onnx").exists()


def test_only_in_float32(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"expected it in float32 .* got torch.bfloat16"):
        export_encoder(make("sam", tmp_path, "bfloat16"), tmp_path / "encoder.onnx")
