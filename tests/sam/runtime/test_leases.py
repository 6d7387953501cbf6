"""Seconds that are asked for, receipts, and which calls are leases."""

from __future__ import annotations

import contextvars
import threading

import pytest

from sam.runtime import leases, zero_gpu
from sam.runtime.leases import (
    FIRST_GUESS,
    LEAST_SECONDS,
    MOST_SECONDS,
    Estimates,
    Receipt,
    Work,
    file_receipt,
    is_lent,
    one_lease,
    receipts,
)


def test_more_work_is_asked_more_time_for():
    estimates = Estimates()
    for kind in FIRST_GUESS:
        few, many = (estimates.ask(Work(kind, "m", units)) for units in (1, 10))
        assert LEAST_SECONDS <= few <= many <= MOST_SECONDS
    assert estimates.ask(Work("everything", "m", 1000)) == MOST_SECONDS


def test_what_was_measured_settles_it():
    estimates, work = Estimates(), Work("everything", "m", 4)
    guess = estimates.ask(work)
    estimates.note(work, 0.4)
    quick = estimates.ask(work)
    estimates.note(work, 40)
    assert quick < guess < estimates.ask(work)
    assert estimates.ask(Work("everything", "another", 4)) == guess
    for _ in range(8):
        estimates.note(work, 0.4)
    assert estimates.ask(work) == quick


def test_less_is_needed_than_asked_for():
    estimates = Estimates()
    assert estimates.need(Work("encode")) < estimates.ask(Work("encode"))


def test_receipts_reach_whoever_collects_them_from_other_threads_too():
    with receipts() as outer:
        file_receipt(Receipt("encode", 5, 1.0))
        with receipts() as inner:
            thread = threading.Thread(
                target=contextvars.copy_context().run, args=(file_receipt, Receipt("text", 5, 2.0))
            )
            thread.start()
            thread.join()
        file_receipt(Receipt("matte", 5, 3.0))
    file_receipt(Receipt("nobody", 5, 4.0))
    assert [one.kind for one in outer] == ["encode", "matte"]
    assert [one.kind for one in inner] == ["text"]


class Plain:
    name = "plain"


class Lent(Plain):
    name, lent = "lent", True


@one_lease("sharpen", lambda model, *things, **options: len(things))
def work(model, *things, extra=0, progress=None):
    return model.name, things, extra


@one_lease("diffusion", when=lambda thing, *, engine="auto": engine == "diffusion")
def draw(thing, *, engine="auto"):
    return thing


@pytest.fixture
def asked(monkeypatch):
    calls = []

    def run(work, function, args, options, *, progress=None):
        calls.append((work, function.__name__, args, dict(options), progress))
        return "leased"

    monkeypatch.setattr(zero_gpu, "run", run)
    return calls


def test_a_call_with_a_lent_model_is_one_lease(asked):
    def tell(*step):
        pass

    model = Lent()
    assert work(model, 1, 2, extra=3, progress=tell) == "leased"
    assert asked == [(Work("sharpen", "lent", 2.0), "work", (model, 1, 2), {"extra": 3}, tell)]
    assert is_lent(model)


def test_with_any_other_it_is_a_call(asked):
    assert work(Plain(), 1) == ("plain", (1,), 0)
    assert asked == []
    assert not is_lent(Lent)


@pytest.mark.parametrize(
    ("there", "inside", "engine", "expected"),
    [
        (True, False, "diffusion", "leased"),
        (True, True, "diffusion", 1),
        (False, False, "diffusion", 1),
        (True, False, "auto", 1),
    ],
)
def test_a_function_may_need_a_gpu_without_a_model(there, inside, engine, expected, asked, monkeypatch):
    monkeypatch.setattr(leases, "lends", lambda: there)
    monkeypatch.setattr(zero_gpu, "in_worker", lambda: inside)
    assert draw(1, engine=engine) == expected
