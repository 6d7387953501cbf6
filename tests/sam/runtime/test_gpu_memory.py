"""Models that share a GPU: who was used last stays, who is in use is not moved."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import torch

from sam import ModelUnavailable
from sam.runtime import gpu_memory
from sam.runtime.gpu_memory import GpuMemory, bytes_of, memory_limit, on_gpu, settle

ROOT = Path(__file__).parents[3]
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


SHARED = """
import sys, torch
import numpy as np
from tests.zero_gpu.fake_cuda import cuda_is_the_cpu
cuda_is_the_cpu(torch)
from sam.backends import sam as family
from sam.runtime import gpu_memory
from tests.sam.backends.tiny import tiny_model
folder = tiny_model("sam", __import__("pathlib").Path(sys.argv[1]) / "tiny")
image = np.random.default_rng(0).integers(0, 256, (60, 90, 3), np.uint8)
on_cpu = family.load(folder, name="tiny", device="cpu", dtype="float32")
wanted = on_cpu.embed(image)
memory = gpu_memory._memory_of(0)
memory.limit = gpu_memory.bytes_of(on_cpu._model) * 3 // 2
moves = []
move = memory._move
memory._move = lambda module, device: moves.append(str(device)) or move(module, device)
one, two = (family.load(folder, name="tiny", device="cuda", dtype="float32") for _ in range(2))
for model in (one, two, one, one):
    embedding = model.embed(image)
    assert np.allclose(embedding.arrays["image_embeddings"], wanted.arrays["image_embeddings"], atol=1e-4)
    masks = model.predict(embedding, points=[[30, 30]])
    assert np.allclose(masks.logits, on_cpu.predict(wanted, points=[[30, 30]]).logits, atol=1e-3)
    assert (model._model in memory, memory.nbytes <= memory.limit) == (True, True)
import threading, time
gate, entered, sizes, encode, found = threading.Event(), threading.Event(), [], one._embed, {}
def held(prepared):
    sizes.append(len(prepared))
    entered.set()
    assert gate.wait(600)
    return encode(prepared)
one._embed = held
photos = [np.roll(image, 7 * visitor, 1) for visitor in range(3)]
visitors = [threading.Thread(target=lambda n=n: found.update({n: one.embed(photos[n])})) for n in range(3)]
visitors[0].start()
assert entered.wait(600)
for visitor in visitors[1:]:
    visitor.start()
while len(one._together._waiting) < 2:
    time.sleep(0.01)
gate.set()
for visitor in visitors:
    visitor.join()
for n, photo in enumerate(photos):
    alone = on_cpu.embed(photo).arrays["image_embeddings"]
    assert np.allclose(found[n].arrays["image_embeddings"], alone, atol=1e-4)
print(*moves, *sizes)
"""


@pytest.mark.slow
def test_segmenters_take_turns_on_a_gpu_that_has_room_for_one_and_photos_that_wait_go_together(tmp_path):
    # A GPU is made up alone: there "cuda" is another name of the CPU.
    command = [sys.executable, "-c", SHARED, str(tmp_path)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    # Loaded one after the other; then each makes room for the other, and stays while nobody else is asked.
    # Who came second and third waited for the first, and went together.
    assert done.stdout.split() == ["cuda", *["cpu", "cuda"] * 4, "1", "2"]
