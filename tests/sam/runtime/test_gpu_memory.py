"""Models that share a GPU: who was used last stays, who is in use is not moved."""

from __future__ import annotations

import gc
import threading

import pytest
import torch

from sam import ModelUnavailable
from sam.runtime import gpu_memory
from sam.runtime.gpu_memory import GpuMemory, bytes_of, memory_limit, on_gpu, settle

SIZE = bytes_of(torch.nn.Linear(10, 10))


@pytest.fixture
def moves():
    return []


@pytest.fixture
def memory(moves):
    return GpuMemory(2 * SIZE, lambda module, device: moves.append((module.name, device)))


def module(name):
    made = torch.nn.Linear(10, 10)
    made.name = name
    return made


def test_the_least_recently_used_makes_room(memory, moves):
    a, b, c = module("a"), module("b"), module("c")
    for one in (a, b, a, c):
        with memory.using(one, "gpu"):
            assert one in memory
    assert moves == [("a", "gpu"), ("b", "gpu"), ("b", "cpu"), ("c", "gpu")]
    assert (a in memory, b in memory, c in memory) == (True, False, True)
    assert memory.nbytes == 2 * SIZE


def test_what_is_in_use_stays_and_who_has_no_room_waits(memory, moves):
    a, b, c = module("a"), module("b"), module("c")
    done = threading.Event()

    def third():
        with memory.using(c, "gpu"):
            done.set()

    with memory.using(a, "gpu"):
        with memory.using(b, "gpu"):
            thread = threading.Thread(target=third)
            thread.start()
            assert not done.wait(0.2)
        assert done.wait(60)
    thread.join()
    assert ("a", "cpu") not in moves
    assert ("b", "cpu") in moves


def test_one_that_is_too_large_for_all_is_there_alone(moves):
    memory = GpuMemory(1, lambda module, device: moves.append((module.name, device)))
    a, b = module("a"), module("b")
    for one in (a, b):
        with memory.using(one, "gpu"):
            assert one in memory
    assert moves == [("a", "gpu"), ("a", "cpu"), ("b", "gpu")]


def test_what_cannot_be_moved_takes_no_room(moves):
    def move(module, device):
        raise RuntimeError("out of memory")

    memory = GpuMemory(2 * SIZE, move)
    a = module("a")
    with pytest.raises(RuntimeError), memory.using(a, "gpu"):
        pass
    assert a not in memory
    assert memory.nbytes == 0


def test_who_drops_a_model_drops_its_weights(memory):
    a = module("a")
    with memory.using(a, "gpu"):
        pass
    assert memory.nbytes == SIZE
    del a
    gc.collect()
    assert memory.nbytes == 0


def test_elsewhere_nothing_is_counted(monkeypatch):
    monkeypatch.setattr(gpu_memory, "_memory_of", lambda index: pytest.fail("no GPU here"))
    one, cpu = module("a"), torch.device("cpu")
    assert settle(one, cpu) is one
    with on_gpu(one, cpu):
        pass


@pytest.mark.parametrize(("said", "expected"), [("", 70), ("2.5", 2_500_000_000)])
def test_the_limit(said, expected, monkeypatch):
    monkeypatch.setenv(gpu_memory.VARIABLE, said)
    assert memory_limit(100) == expected


@pytest.mark.parametrize("said", ["much", "0", "-1", "inf", "nan"])
def test_a_limit_that_is_none(said, monkeypatch):
    monkeypatch.setenv(gpu_memory.VARIABLE, said)
    with pytest.raises(ModelUnavailable, match="expected gigabytes"):
        memory_limit(100)
