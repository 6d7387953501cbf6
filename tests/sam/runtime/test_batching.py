"""Who waits is done together, in order, and nobody pays for another one's failure."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from sam.runtime.batching import Batcher


class Slow:
    """Work that waits for leave, and keeps what it was given."""

    def __init__(self, bad: int | None = None) -> None:
        self.batches: list[list[int]] = []
        self.began, self.go = threading.Semaphore(0), threading.Semaphore(0)
        self.bad = bad

    def __call__(self, items):
        self.batches.append(list(items))
        self.began.release()
        assert self.go.acquire(timeout=60)
        if self.bad in items:
            raise ValueError(f"not {self.bad}")
        return [10 * item for item in items]


def waiting(batcher, count):
    """Comes back when so many wait."""
    for _ in range(6000):
        with batcher._lock:
            if len(batcher._waiting) >= count:
                return
        threading.Event().wait(0.01)
    raise AssertionError("nobody waits")


def test_those_who_wait_are_done_together():
    work = Slow()
    batcher = Batcher(work, 3)
    with ThreadPoolExecutor(6) as pool:
        first = pool.submit(batcher, 0)
        assert work.began.acquire(timeout=60)
        others = []
        for item in range(1, 6):
            others.append(pool.submit(batcher, item))
            waiting(batcher, item)
        for _ in range(3):
            work.go.release()
        assert [one.result(60) for one in [first, *others]] == [0, 10, 20, 30, 40, 50]
    assert work.batches == [[0], [1, 2, 3], [4, 5]]
    with batcher._lock:
        assert not batcher._busy


def test_a_failure_is_its_own_only():
    work = Slow(bad=2)
    batcher = Batcher(work, 8)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(batcher, 0)
        assert work.began.acquire(timeout=60)
        others = []
        for item in (1, 2, 3):
            others.append(pool.submit(batcher, item))
            waiting(batcher, item)
        for _ in range(6):
            work.go.release()
        assert first.result(60) == 0
        # Who led the batch has its failure; the others do theirs alone.
        with pytest.raises(ValueError, match="not 2"):
            others[0].result(60)
        with pytest.raises(ValueError, match="not 2"):
            others[1].result(60)
        assert others[2].result(60) == 30
    assert work.batches == [[0], [1, 2, 3], [2], [3]]


def test_after_a_failure_it_works_on():
    calls = []

    def work(items):
        calls.append(list(items))
        if len(calls) == 1:
            raise ValueError("once")
        return items

    batcher = Batcher(work, 2)
    with pytest.raises(ValueError, match="once"):
        batcher(1)
    assert batcher(2) == 2


def test_results_must_be_as_many():
    with pytest.raises(ValueError, match="zip"):
        Batcher(lambda items: [], 2)(1)
