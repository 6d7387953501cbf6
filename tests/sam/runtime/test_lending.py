"""A lent model is its CPU copy but for what encodes. With the real package, and every kind of model: tests/zero_gpu."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import torch

from sam import Segmenter
from sam.backends import sam as family
from sam.runtime import zero_gpu
from sam.runtime.leases import is_lent
from sam.runtime.lending import held_bytes, lend
from sam.runtime.zero_gpu import Ref
from tests.sam.backends.tiny import tiny_model


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny_model("sam", tmp_path_factory.mktemp("lending") / "tiny")


def load(name, task):
    return family.load(name, name="tiny", device="cpu", dtype="bfloat16")


@pytest.fixture
def lent(folder, monkeypatch):
    # Without the package the functions that ask for a GPU are plain ones; models come as what is sent in their place.
    def here(call):
        sent = pickle.loads(pickle.dumps(call))  # noqa: S301 - our own bytes
        return zero_gpu._finished(sent.run)

    monkeypatch.setattr(zero_gpu, "ask", here)
    monkeypatch.setattr(zero_gpu, "_worker", False)
    monkeypatch.setattr(zero_gpu, "_LATE", {})
    monkeypatch.setattr("sam.runtime.device.pick_dtype", lambda device, wanted=None: torch.bfloat16)
    return lend(load(str(folder), ""), Ref(str(folder), "", load))


IMAGE = np.random.default_rng(0).integers(0, 256, (60, 90, 3), np.uint8)


def test_it_is_a_model_of_its_family_and_says_so(lent, folder):
    bare = load(str(folder), "")
    assert isinstance(lent, Segmenter)
    assert isinstance(lent, type(bare))
    assert is_lent(lent)
    assert not is_lent(bare)
    assert (lent.name, lent.weights, lent.nbytes) == (bare.name, bare.weights, bare.nbytes)


def test_it_holds_what_decodes_alone(lent):
    assert 0 < held_bytes(lent) < lent.nbytes
    assert all(weight.device.type == "meta" for weight in lent._model.vision_encoder.parameters())


def test_it_encodes_there_and_decodes_here(lent, folder):
    bare = load(str(folder), "")
    embedding, wanted = lent.embed(IMAGE), bare.embed(IMAGE)
    np.testing.assert_array_equal(embedding.arrays["image_embeddings"], wanted.arrays["image_embeddings"])
    assert embedding.size_hw == wanted.size_hw
    one, other = (model.predict(wanted, points=[[30, 30]]) for model in (lent, bare))
    np.testing.assert_array_equal(one.logits, other.logits)


def test_many_images_go_together(lent, monkeypatch):
    calls = []
    before = zero_gpu.ask
    monkeypatch.setattr(zero_gpu, "ask", lambda call: calls.append(call) or before(call))
    assert len(lent.embed_many([IMAGE] * 9)) == 9
    assert [len(call.args[2]) for call in calls] == [8, 1]


def test_what_is_no_picture_asks_nobody(lent, monkeypatch):
    from sam import ImageError

    monkeypatch.setattr(zero_gpu, "ask", lambda call: pytest.fail("asked for a GPU"))
    for call in (lambda: lent.embed(IMAGE[..., 0]), lambda: lent.embed_many([IMAGE, IMAGE.astype(float)])):
        with pytest.raises(ImageError):
            call()


def test_a_reference_travels_in_its_place(lent, folder):
    assert pickle.loads(pickle.dumps(lent)) == Ref(str(folder), "", load)  # noqa: S301 - our own bytes
