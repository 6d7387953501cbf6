"""A module that transformers has changed runs as it is there: tried on each family that is rewritten."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import sam
from sam.backends.cpu.agreement import decoder_agrees, encoder_agrees, transformer_agrees
from tests.sam.backends.tiny import tiny_model

FAMILIES = ("sam", "sam_hq", "sam2", "sam3_tracker", "edgetam")
PROMPTS = [sam.Prompt.of(points=[[12, 20]], labels=[1]), sam.Prompt.of(boxes=[[4, 6, 50, 40]])]


def make(family: str, folder: Path) -> Any:
    """A tiny model of random weights, behind its backend."""
    backend = importlib.import_module(f"sam.backends.{family}")
    return backend.load(tiny_model(family, folder), name="tiny", device="cpu", dtype="float32")


def image() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (48, 60, 3), dtype=np.uint8)


def twice(forward: Any) -> Any:
    """Another forward under the same name: its first answer is twice as large."""

    def changed(self: Any, *args: Any, **kwargs: Any) -> Any:
        found = forward(self, *args, **kwargs)
        return (2 * found[0], *found[1:]) if isinstance(found, tuple) else 2 * found

    return changed


@pytest.mark.parametrize("family", FAMILIES)
def test_todays_modules_agree(family, tmp_path):
    model = make(family, tmp_path / "model")
    assert model._own_order
    assert getattr(model, "_agrees", True)
    assert getattr(model, "_plain_vit", True)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_changed_decoder_is_run_as_it_is(family, tmp_path, monkeypatch, caplog):
    """Every layer's attention of the tokens to themselves answers twice as much: ours would not know."""
    before = make(family, tmp_path / "before")
    kind: Any = type(before._model.mask_decoder.transformer)
    module = importlib.import_module(kind.__module__)
    monkeypatch.setattr(module.__dict__[kind.__name__], "forward", twice(kind.forward))
    model = make(family, tmp_path / "after")
    assert not (model._agrees if hasattr(model, "_agrees") else model._own_order)
    assert "it runs as it is there" in caplog.text
    embedding = model.embed(image())
    assert embedding.arrays.keys() == before.embed(image()).arrays.keys()
    for (logits, scores), (old, _) in zip(model.decode(embedding, PROMPTS), before.decode(embedding, PROMPTS)):
        assert logits.shape == old.shape
        assert np.isfinite(logits).all()
        assert np.isfinite(scores).all()
        assert not np.allclose(logits, old, rtol=1e-3), "the change must be in the answer"


@pytest.mark.parametrize("family", ["sam", "sam_hq"])
def test_a_changed_image_encoder_is_run_as_it_is(family, tmp_path, monkeypatch):
    encoder: Any = make(family, tmp_path / "before")._model.vision_encoder
    kind = type(encoder.layers[0])
    monkeypatch.setattr(kind, "forward", twice(kind.forward))
    model = make(family, tmp_path / "after")
    assert not model._plain_vit
    pixels, _ = model._pixels(image())
    with torch.inference_mode():
        theirs = model._model.vision_encoder(pixels.to(model._pixel_dtype)).last_hidden_state
        ours = model._encode(pixels.to(model._pixel_dtype))["image_embeddings"]
    assert torch.equal(theirs, ours)


def test_another_part_is_noticed(tmp_path):
    model = make("sam", tmp_path / "model")._model
    assert encoder_agrees(model.vision_encoder)
    model.vision_encoder.add_module("registers", torch.nn.Linear(2, 2))
    assert not encoder_agrees(model.vision_encoder)
    assert decoder_agrees(model.mask_decoder)
    del model.mask_decoder.upscale_layer_norm
    assert not decoder_agrees(model.mask_decoder)
    assert not transformer_agrees(torch.nn.Linear(2, 2), 16)


def test_the_programs_random_numbers_are_left_alone(tmp_path):
    model = make("sam", tmp_path / "model")._model
    torch.manual_seed(7)
    expected = torch.randn(3)
    torch.manual_seed(7)
    assert decoder_agrees(model.mask_decoder)
    assert torch.equal(torch.randn(3), expected)
