"""`python -m sam export`, as a user types it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import platformdirs
import pytest
import torch

from sam import Prompt
from sam.__main__ import main
from sam.backends import sam as backend
from sam.nano.prompt_maps import __file__ as _nano
from tests.sam.backends.parity import noisy, shaken
from tests.sam.backends.tiny import MODELS
from tests.sam.export.asked import feeds, opened

WEIGHTS = Path(_nano).parent / "weights"


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda name: tmp_path / "cache")
    torch.manual_seed(0)
    shaken(MODELS["sam"]()).save_pretrained(tmp_path / "tiny")
    return tmp_path / "tiny"


def test_both_files_together_are_the_model(tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert main(["export", str(tiny), "-o", str(out)]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [
        str(out / "encoder.onnx"),
        str(out / "decoder.onnx"),
    ]
    model = backend.load(tiny, name="tiny", device="cpu", dtype="float32")
    embedding, prompt = model.embed(noisy()), Prompt.of(points=[[60, 40]])
    encoder, decoder = (opened(out / f"{part}.onnx") for part in ("encoder", "decoder"))
    pixels, _ = model._pixels(noisy())
    names = [one.name for one in encoder.get_outputs()]
    found = dict(zip(names, encoder.run(None, {"pixel_values": pixels.numpy()})))
    inputs = {**feeds(prompt, embedding, model), **{name: value.astype(np.float32) for name, value in found.items()}}
    logits, scores = decoder.run(["logits", "scores"], inputs)
    ((expected, ranks),) = model.decode(embedding, [prompt])
    rows = 1 + np.argsort(-scores[0, 1:], kind="stable")
    np.testing.assert_allclose(logits[0, rows], expected, atol=0.02 * np.abs(expected).max())
    np.testing.assert_allclose(scores[0, rows], ranks, atol=0.01)


@pytest.mark.parametrize("part", ["encoder", "decoder"])
def test_one_of_nanos_own_files(part: str, tmp_path: Path) -> None:
    assert main(["export", "nano", "-o", str(tmp_path), f"--{part}"]) == 0
    assert [entry.name for entry in tmp_path.iterdir()] == [f"{part}.onnx"]
    assert (tmp_path / f"{part}.onnx").read_bytes() == (WEIGHTS / f"{part}.onnx").read_bytes()


@pytest.mark.parametrize(
    ("model", "words"), [("nano-subject", "only models that take clicks"), ("nanoo", "Did you mean nano")]
)
def test_what_cannot_be_exported_is_said(
    model: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", model, "-o", str(tmp_path)]) == 1
    assert words in capsys.readouterr().err


def test_a_folder_that_cannot_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert main(["export", "nano", "-o", str(tmp_path / "file")]) == 1
    assert "cannot be written" in capsys.readouterr().err
