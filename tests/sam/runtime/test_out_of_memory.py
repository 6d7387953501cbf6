"""Memory that runs out, as each library says it."""

from __future__ import annotations

import errno
import gc
import weakref

import numpy as np
import pytest

import sam
from sam.errors import OutOfMemory
from sam.models import registry
from sam.models.registry import MODELS, load_model
from sam.runtime import embedding_cache
from sam.runtime.out_of_memory import enough_memory, is_out_of_memory

TORCH = (
    "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate 8"
)
CUDA = "CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 has a total capacity of 7.79 GiB"
ONNX = (
    "[ONNXRuntimeError] : 6 : RUNTIME_EXCEPTION : Non-zero status code: Failed to allocate memory for requested buffer"
)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (MemoryError(), True),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), True),
        (RuntimeError(TORCH), True),
        (RuntimeError(CUDA), True),
        (RuntimeError(ONNX), True),
        (RuntimeError("std::bad_alloc"), True),
        (RuntimeError("shapes do not match"), False),
        (OSError(errno.ENOSPC, "No space left on device"), False),
        (KeyError("memory"), False),
    ],
)
def test_what_means_out_of_memory(error: Exception, expected: bool) -> None:
    assert is_out_of_memory(error) == expected


def test_numpy_and_torch_really_say_so() -> None:
    torch = pytest.importorskip("torch")
    for allocate in (lambda: np.empty(1 << 60, np.uint8), lambda: torch.empty(1 << 60, dtype=torch.uint8)):
        with pytest.raises(OutOfMemory, match="not enough memory to dream"), enough_memory("to dream"):
            allocate()


@pytest.mark.parametrize(
    ("said", "words"), [(TORCH, "memory for this.*close other"), (CUDA, "memory on the GPU for.*SAM_STUDIO_DEVICE=cpu")]
)
def test_the_sentence_says_what_to_do(said: str, words: str) -> None:
    with pytest.raises(OutOfMemory, match=rf"{words}.*try again\.$"), enough_memory("for this"):
        raise RuntimeError(said)


@pytest.mark.parametrize("error", [ValueError("odd"), sam.PromptError("No."), KeyboardInterrupt()])
def test_other_errors_are_left_alone(error: BaseException) -> None:
    with pytest.raises(type(error)) as caught, enough_memory("for this"):
        raise error
    assert caught.value is error


def test_the_error_does_not_hold_what_filled_the_memory() -> None:
    class Large:
        pass

    seen: list[weakref.ref[Large]] = []

    def fill() -> None:
        large = Large()
        seen.append(weakref.ref(large))
        raise MemoryError

    try:
        with enough_memory("for this"):
            fill()
    except OutOfMemory:
        gc.collect()
        assert seen[0]() is None


@pytest.fixture
def _no_models():
    MODELS.clear()
    yield
    MODELS.clear()


@pytest.mark.slow
@pytest.mark.usefixtures("_no_models")
def test_a_model_that_does_not_fit_unloads_the_others_and_tries_again(monkeypatch) -> None:
    load_model("nano")
    build, tries = registry._build, []

    def tight(target):
        tries.append(len(MODELS))
        if len(MODELS):
            raise MemoryError
        return build(target)

    monkeypatch.setattr(registry, "_build", tight)
    assert load_model("nano-subject", sam.SubjectFinder)
    # It loads nano for itself, which fits as well.
    assert tries[:2] == [1, 0]


@pytest.mark.usefixtures("_no_models")
def test_a_model_that_never_fits_is_said_and_the_next_try_works(monkeypatch) -> None:
    def full(*_, **__):
        raise RuntimeError(TORCH)

    with monkeypatch.context() as patch:
        patch.setattr("sam.backends.nano.load", full)
        with pytest.raises(OutOfMemory, match=r"not enough memory to load nano \(a file of \d+ MB\)"):
            load_model("nano")
    assert load_model("nano").name == "nano"


def test_a_photo_that_does_not_fit_is_said_and_the_next_try_works(monkeypatch) -> None:
    model, image = load_model("nano"), np.full((40, 60, 3), 7, np.uint8)

    def full(_):
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(model, "embed", full)
        with pytest.raises(OutOfMemory, match="not enough memory to encode this photo with nano"):
            embedding_cache.embed(model, image)
    assert embedding_cache.embed(model, image).size_hw == (40, 60)
