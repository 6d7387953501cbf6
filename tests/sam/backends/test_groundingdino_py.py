"""Grounding DINO in a process of its own: the same protocol with this Python, and the package where it is installed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from sam import Cancelled, Detector, Embedding, ImageError, ModelUnavailable, PromptError, load_model
from sam.backends import grounding_dino, groundingdino_py
from sam.backends.groundingdino_py import GroundingDinoPy
from sam.models.spec import GROUNDINGDINO_PYTHON
from sam.runtime.subprocess_model import Worker

from .conftest import drawn
from .dinos import calm_weights, write_tiny_dino, write_vocabulary

ROOT = Path(__file__).parents[3]
HERE = f"import os, sys; sys.path.insert(0, {str(ROOT)!r}); from sam.runtime.groundingdino_worker import serve\n"
# The protocol's other end over transformers' Grounding DINO, which this Python has.
TINY = (
    HERE
    + """
import torch
from sam.backends import grounding_dino

class Tiny:
    def __init__(self, folder):
        self.dino = grounding_dino.load(folder, name="tiny", device="cpu")
    def tokens(self, phrases):
        return [len(self.dino._tokenizer.tokenize(phrase)) for phrase in phrases]
    def look(self, image):
        self.pixels = torch.from_numpy(self.dino.preprocess(image))[None]
        self.mask = torch.ones((1, *self.pixels.shape[-2:]), dtype=torch.int64)
    def ask(self, phrases):
        return self.dino._ask(self.pixels, self.mask, phrases)

serve(lambda: (Tiny(sys.argv[1]), {"most_tokens": 64, "nbytes": 1}))
"""
)
# Without a model: quick to start, and to be got rid of.
FRAIL = (
    HERE
    + """
class Frail:
    def tokens(self, phrases): return [len(phrase) for phrase in phrases]
    def look(self, image): pass
    def ask(self, phrases):
        if phrases == ["crash"]: os._exit(7)
        return [[0.5, 0.5, 0.5, 0.5]], [[0.9] * len(phrases)]

serve(lambda: (Frail(), {"most_tokens": 30, "nbytes": 1}))
"""
)


def start(code, *arguments):
    return lambda: Worker([sys.executable, "-I", "-c", code, *arguments], name="tiny", seconds=120)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_tiny_dino(tmp_path_factory.mktemp("dinos") / "tiny")


@pytest.fixture(scope="module")
def model(folder):
    return GroundingDinoPy(start(TINY, str(folder)), name="tiny")


@pytest.fixture
def frail():
    return GroundingDinoPy(start(FRAIL), name="frail")


@pytest.mark.parametrize("count", [1, 2, 12])
def test_answers_are_those_of_the_model_without_pipes(count, model, folder):
    own = grounding_dino.load(folder, name="own", device="cpu")
    image, text = drawn((60, 91), 2), ". ".join(["cat", "red car", *(f"thing {i}" for i in range(10))][:count])
    told: list[float] = []
    found, expected = model.detect(image, text, progress=told.append), own.detect(image, text)
    assert isinstance(model, Detector)
    assert len(found) == len(expected) > 0
    assert found.labels == expected.labels
    np.testing.assert_allclose(found.xyxy, expected.xyxy, atol=1e-3)
    np.testing.assert_allclose(found.scores, expected.scores, atol=1e-5)
    assert told[0] == 0


def test_a_process_that_died_is_said_and_started_again(frail):
    image = drawn((20, 30), 1)
    with pytest.raises(ModelUnavailable, match=r"frail|tiny.*exit code 7"):
        frail.detect(image, "crash")
    found = frail.detect(image, "dog")
    assert found.labels == ("dog",)
    np.testing.assert_allclose(found.xyxy, [[7.5, 5, 22.5, 15]])


def test_it_can_be_stopped_and_asked_again(frail):
    image = drawn((20, 30), 1)

    def stop(share):
        if share:
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        frail.detect(image, "dog. cat", progress=stop)
    assert frail.detect(image, "dog. cat").labels == ("dog", "cat")


def test_what_is_refused(frail):
    image = drawn((20, 30), 1)
    for text, message in [("", "Type what to find"), ("كلب", "English only"), ("long " * 9, "too long for frail")]:
        with pytest.raises(PromptError, match=message):
            frail.detect(image, text)
    with pytest.raises(ImageError):
        frail.detect(np.zeros((4, 4)), "cat")
    with pytest.raises(ModelUnavailable, match="encoder of its own"):
        frail.detect(Embedding("nano", "0" * 64, {}, (4, 4), (4, 4), 4), "cat")


@pytest.fixture
def alone(monkeypatch, tmp_path):
    """Nothing is set up, and no hub has left anything."""
    from huggingface_hub import constants

    monkeypatch.setenv("SAM_STUDIO_MODELS_DIR", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.delenv(GROUNDINGDINO_PYTHON, raising=False)
    return tmp_path


def test_what_is_missing_is_named_one_after_the_other(alone, monkeypatch):
    checkpoint = alone / "groundingdino_swint_ogc.pth"
    checkpoint.write_bytes(b"x")
    monkeypatch.setattr("sam.models.registry.verify_files", lambda *_: None)
    with pytest.raises(
        ModelUnavailable, match=r"environment of its own.* requirements-groundingdino-py\.txt.*SAM_STUDIO"
    ):
        load_model("groundingdino-py", Detector)
    monkeypatch.setenv(GROUNDINGDINO_PYTHON, str(alone / "python"))
    with pytest.raises(ModelUnavailable, match=r"Put vocab\.txt"):
        load_model("groundingdino-py", Detector)
    write_vocabulary(alone)
    with pytest.raises(ModelUnavailable, match=r"needs the Python .*cannot be run"):
        load_model("groundingdino-py", Detector)
    # This Python runs, and does not have the package.
    monkeypatch.setenv(GROUNDINGDINO_PYTHON, sys.executable)
    with pytest.raises(ModelUnavailable, match="No module named 'groundingdino'"):
        load_model("groundingdino-py", Detector)


@pytest.mark.skipif(not os.environ.get(GROUNDINGDINO_PYTHON), reason=f"{GROUNDINGDINO_PYTHON} is not set")
def test_the_package_answers_as_the_converted_checkpoint(tmp_path):
    """Its own model, transforms and tokenizer against transformers', on the same made-up weights."""
    write_vocabulary(tmp_path)
    torch.save({"model": {f"module.{key}": value for key, value in calm_weights().items()}}, tmp_path / "swint.pth")
    packaged = groundingdino_py.load(tmp_path / "swint.pth", name="package")
    converted = grounding_dino.load(tmp_path / "swint.pth", name="converted", device="cpu")
    image = drawn((60, 91), 1)
    for text in ("cat", ". ".join(["cat", "dog", "red car", "house", "tree", "man", "hat", "window", "thing"])):
        found, expected = packaged.detect(image, text), converted.detect(image, text)
        assert len(found) == len(expected) > 0
        assert found.labels == expected.labels
        np.testing.assert_allclose(found.scores, expected.scores, atol=1e-4)
        np.testing.assert_allclose(found.xyxy, expected.xyxy, atol=1e-2)
