"""EfficientSAM against its authors' code with the same weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from sam import ModelUnavailable, Prompt, PromptError
from sam.backends import efficient_sam
from sam.backends.efficient_sam import EfficientSegmenter, load
from tests.sam.backends.made_up import drawn
from tests.sam.backends.parity import answers_of, asked, compare_with_original, write_original

PUBLISHED_SIDE = efficient_sam._SIDE


@pytest.fixture(autouse=True)
def small_images(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(efficient_sam, "_SIDE", 256)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_original("efficient_sam", tmp_path / "efficient_sam_vitt.pt")


@pytest.fixture
def model(path: Path) -> EfficientSegmenter:
    return load(path, name="efficient", device="cpu", dtype="float32")


def test_answers_are_those_of_its_authors_code(model: EfficientSegmenter) -> None:
    assert PUBLISHED_SIDE == 1024
    compare_with_original(model, answers_of("efficient_sam")[1], side=64)


def test_bfloat16_is_close_to_float32(path: Path, model: EfficientSegmenter) -> None:
    fast = load(path, name="efficient", device="cpu", dtype="bfloat16")
    one, two = (m.embed(drawn()).arrays["image_embeddings"].ravel().astype(np.float32) for m in (model, fast))
    assert np.corrcoef(one, two)[0, 1] > 0.999
    ((logits, _),) = fast.decode(fast.embed(drawn()), [asked("a box", False, 64, True)])
    assert np.isfinite(logits).all()


def test_batches_and_many_clicks(model: EfficientSegmenter) -> None:
    """More points than training had are all used, and an earlier mask is left out."""
    embedding = model.embed(drawn())
    points = [[20.0 * k + 5, 10.0 * k + 5] for k in range(8)]
    many = Prompt.of(points=points)
    mask = np.ones((64, 64), np.float32)
    prompts = [many, Prompt.of(points=points[:7]), Prompt.of(points=points, mask_input=mask)]
    (logits, _), (fewer, _), (guided, _) = model.decode(embedding, prompts)
    assert np.abs(logits - fewer).max() > 1e-3
    np.testing.assert_allclose(logits, guided, atol=1e-5)
    with pytest.raises(PromptError, match="no mask alone"):
        model.decode(embedding, [Prompt.of(mask_input=mask)])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda state: state.pop("image_encoder.pos_embed"), "has no 'image_encoder.pos_embed'"),
        (lambda state: state.pop("mask_decoder.iou_token.weight"), "missing: mask_decoder.iou_token.weight"),
        (lambda state: state.update(more=torch.zeros(1)), "unknown: more"),
    ],
)
def test_other_files_are_refused(change: Any, words: str, path: Path) -> None:
    state = torch.load(path, weights_only=True)["model"]
    change(state)
    torch.save(state, path)
    with pytest.raises(ModelUnavailable, match=words):
        load(path, name="other")
