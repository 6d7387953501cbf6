"""What a worker does with a call, in this process: without the package `spaces` its two functions are plain ones.

That package, its fork and its queues are in tests/zero_gpu.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Generator

import pytest

from sam import Cancelled, ModelUnavailable, PromptError
from sam.errors import GpuQuotaExceeded, GpuUnavailable
from sam.runtime import zero_gpu
from sam.runtime.gpu_seconds import ESTIMATES, Work, receipts
from sam.runtime.zero_gpu import Answer, Call, Piece, Ref, Told, WorkerError, job, place, run, stream
from sam.stopping import check_stopped, stoppable


@pytest.fixture(autouse=True)
def as_before(monkeypatch):
    monkeypatch.setattr(zero_gpu, "_worker", False)
    monkeypatch.setattr(zero_gpu, "_PLACED", {})
    monkeypatch.setattr(zero_gpu, "_LATE", {})


def add(one, other, progress=None):
    for share in (0.5, 1.0):
        if progress is not None:
            progress(share, "adding")
    return one + other


def refuse():
    raise PromptError("points: expected some.")


def fail():
    raise KeyError("nobody foresaw this")


def count(to, progress=None):
    yield from range(to)


def forever(progress):
    while True:
        progress(0.1)


def endless():
    number = 0
    while True:
        yield number
        number += 1
        time.sleep(0.01)


ENDED: list[str] = []


def looking():
    """Looks whether it is still wanted, and nothing else: it may be inside a library that catches all else."""
    yield "begun"
    while True:
        try:
            check_stopped()
        except Cancelled as stopped:
            ENDED.append(type(stopped).__name__)
            raise
        time.sleep(0.01)


def deaf():
    """Works on without ever saying how far it is."""
    while True:
        time.sleep(0.01)


@pytest.mark.parametrize("short", [True, False])
def test_an_answer_and_its_receipt(short):
    with receipts() as kept:
        assert run(Work("encode"), add, (1, 2), short=short) == 3
    assert [(one.kind, one.asked) for one in kept] == [("encode", ESTIMATES.ask(Work("encode")))]


def test_progress_is_told_as_the_work_tells_it():
    told = []
    assert run(Work("text"), add, (1, 2), progress=lambda *step: told.append(step)) == 3
    assert told[-1] in ((0.5, "adding"), (1.0, "adding"))


@pytest.mark.parametrize("short", [True, False])
def test_errors_of_ours_arrive_as_they_are(short):
    with pytest.raises(PromptError, match="expected some"):
        run(Work("encode"), refuse, (), short=short)


@pytest.mark.parametrize("short", [True, False])
def test_others_arrive_with_their_traceback(short):
    with pytest.raises(WorkerError, match=r"(?s)KeyError.*in fail"):
        run(Work("encode"), fail, (), short=short)


def test_the_values_of_a_generator_come_one_by_one():
    assert list(stream(Work("text"), count, (3,))) == [0, 1, 2, None]


def test_what_came_before_an_error_is_kept():
    def some():
        yield 1
        raise PromptError("no more")

    kept: list[int] = []
    with pytest.raises(PromptError):
        kept.extend(stream(Work("text"), some, ()))
    assert kept == [1]


# Work is ended by an exception in its thread; one that falls into a callback of the garbage collector is only told of.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_what_progress_raises_ends_the_work():
    def stop(share):
        raise Cancelled("Stopped.")

    before = threading.active_count()
    with pytest.raises(Cancelled):
        run(Work("text"), forever, (), progress=stop)
    assert threading.active_count() == before


def test_a_visitor_who_has_gone_ends_work_that_tells_nobody_how_far_it_is():
    gone = threading.Event()
    before = threading.active_count()
    with stoppable(gone.is_set):
        values = stream(Work("text"), endless, ())
        assert [next(values) for _ in range(3)] == [0, 1, 2]
        gone.set()
        with pytest.raises(Cancelled):
            next(values)
    assert threading.active_count() == before


def test_the_loops_of_the_engine_see_the_stop_inside_a_worker(monkeypatch):
    monkeypatch.setattr(zero_gpu, "_interrupt", lambda thread: None)
    steps = job(Call(looking, (), {}, 5))
    assert next(steps) == Piece("begun")
    running = threading.active_count()
    assert isinstance(steps, Generator)
    steps.close()
    assert threading.active_count() == running - 1
    assert ENDED.pop() == "Cancelled"


def test_work_that_says_nothing_is_ended_too():
    steps = job(Call(deaf, (), {}, 5))
    assert next(steps) == Told()
    running = threading.active_count()
    assert isinstance(steps, Generator)
    steps.close()
    assert threading.active_count() == running - 1


def test_models_are_placed_or_loaded_once_where_they_are_asked_for():
    loaded = []

    def load(name, task):
        loaded.append((name, task))
        return f"model {name}"

    early, late = Ref("a b", "segment", load), Ref("c", "", load)
    place(early)
    place(early)
    for _ in range(2):
        assert Call(add, (early, " and "), {"other": "x"}, 1).args[0].model() == "model a b"
        assert late.model() == "model c"
    assert loaded == [("a b", "segment"), ("c", "")]


class Refused(Exception):
    """As the package's errors are."""

    def __init__(self, message):
        self.title, self.message = "ZeroGPU quota exceeded", message


def test_a_visitor_with_little_left_asks_for_that(monkeypatch):
    asked = []

    def ask(call):
        asked.append(call.seconds)
        if call.seconds > 20:
            raise Refused("You have exceeded your free ZeroGPU quota (30s requested vs. 20s left). Try again in 1:00.")
        return Answer("done", None, 1.0)

    monkeypatch.setattr(zero_gpu, "ask", ask)
    monkeypatch.setattr(ESTIMATES, "ask", lambda work: 30)
    monkeypatch.setattr(ESTIMATES, "need", lambda work: 18.0)
    assert run(Work("encode"), add, (1, 2), short=True) == "done"
    assert asked == [30, 20]
    monkeypatch.setattr(ESTIMATES, "need", lambda work: 21.0)
    with pytest.raises(GpuQuotaExceeded, match="20 s left") as refusal:
        run(Work("encode"), add, (1, 2), short=True)
    assert refusal.value.left == 20
    assert asked == [30, 20, 30]


def test_a_refusal_is_a_model_that_is_not_to_be_had(monkeypatch):
    def ask(call):
        raise RuntimeError("ZeroGPU API /schedule error: 500")

    monkeypatch.setattr(zero_gpu, "ask", ask)
    with pytest.raises(GpuUnavailable, match="No GPU is free") as refusal:
        run(Work("encode"), add, (1, 2), short=True)
    assert isinstance(refusal.value, ModelUnavailable)


def test_a_worker_that_ends_without_an_answer_is_a_fault(monkeypatch):
    monkeypatch.setattr(zero_gpu, "job", lambda call: (Told() for _ in range(1)))
    with pytest.raises(WorkerError, match="without an answer"):
        run(Work("encode"), add, (1, 2))
