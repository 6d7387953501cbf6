"""Seconds that are asked for, and receipts."""

from __future__ import annotations

import contextvars
import threading

from sam.runtime.gpu_seconds import (
    FIRST_GUESS,
    LEAST_SECONDS,
    MOST_SECONDS,
    Estimates,
    Receipt,
    Work,
    file_receipt,
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
