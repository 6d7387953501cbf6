"""Jobs that visitors share."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from sam import ModelUnavailable
from sam.errors import HubUnreachable
from tests.present import present
from webapp.models.jobs import Jobs


def until(said: Callable[[], object]) -> None:
    deadline = time.monotonic() + 120
    while not said():
        assert time.monotonic() < deadline
        time.sleep(0.005)


class Slow:
    """Work that goes on until `go` is set, and counts how often it was begun and finished."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.begun = self.finished = 0

    def __call__(self, tell) -> None:
        self.begun += 1
        while not self.go.wait(0.005):
            tell(3, 10)
        self.finished += 1


@pytest.fixture
def slow():
    work = Slow()
    yield work
    work.go.set()


def test_two_who_want_the_same_share_it(slow) -> None:
    jobs = Jobs()
    jobs.start("download", "tiny", "anna", slow)
    jobs.start("download", "tiny", "ben", slow)
    until(lambda: present(jobs.of("tiny")).here == 3)
    shown = present(jobs.of("tiny")).to_json("anna")
    assert shown == {
        "kind": "download",
        "here": 3,
        "total": 10,
        "note": "",
        "state": "running",
        "error": "",
        "unreachable": False,
        "mine": True,
        "others": 1,
        "stopping": False,
    }
    jobs.cancel("tiny", "anna")
    assert present(jobs.of("tiny")).to_json("anna")["mine"] is False
    slow.go.set()
    until(lambda: jobs.of("tiny") is None)
    assert (slow.begun, slow.finished) == (1, 1)


def test_it_stops_when_the_last_of_them_cancels(slow) -> None:
    jobs = Jobs()
    for who in ("anna", "ben"):
        jobs.start("download", "tiny", who, slow)
    for who in ("anna", "ben"):
        jobs.cancel("tiny", who)
    until(lambda: jobs.of("tiny") is None)
    assert slow.finished == 0


def test_who_wants_it_after_all_gets_it() -> None:
    jobs, noticed, go = Jobs(), threading.Event(), threading.Event()
    begun: list[int] = []

    def work(tell) -> None:
        begun.append(1)
        try:
            while len(begun) == 1:
                tell(0, 0)
        except BaseException:
            noticed.set()
            go.wait(30)
            raise

    jobs.start("download", "tiny", "anna", work)
    until(lambda: begun)
    jobs.cancel("tiny", "anna")
    assert noticed.wait(30)
    # It is on its way out already.
    jobs.start("download", "tiny", "ben", work)
    go.set()
    until(lambda: jobs.of("tiny") is None)
    assert len(begun) == 2


@pytest.mark.parametrize(
    ("error", "shown", "unreachable"),
    [
        (ModelUnavailable("The disk is full."), "The disk is full.", False),
        (HubUnreachable("No hub."), "No hub.", True),
        (KeyError("odd"), "It failed (KeyError); the log has the details. Try again.", False),
    ],
)
def test_a_failure_is_kept_until_the_next_try(error: Exception, shown: str, unreachable: bool) -> None:
    jobs = Jobs()

    def fail(tell) -> None:
        raise error

    jobs.start("download", "tiny", "anna", fail)
    until(lambda: not present(jobs.of("tiny")).active)
    failed = present(jobs.of("tiny"))
    assert (failed.error, failed.unreachable) == (shown, unreachable)
    jobs.start("download", "tiny", "ben", lambda tell: None)
    until(lambda: jobs.of("tiny") is None)
    jobs.start("download", "tiny", "anna", fail)
    until(lambda: not present(jobs.of("tiny")).active)
    jobs.cancel("tiny", "ben")
    assert jobs.of("tiny") is None


def test_the_others_wait_for_their_turn(slow) -> None:
    jobs, third = Jobs(at_once=1), Slow()
    jobs.start("download", "one", "anna", slow)
    until(lambda: slow.begun)
    jobs.start("download", "two", "anna", third)
    jobs.start("download", "three", "anna", lambda tell: None)
    assert [present(jobs.of(name)).state for name in ("two", "three")] == ["waiting", "waiting"]
    jobs.cancel("two", "anna")
    until(lambda: jobs.of("two") is None)
    slow.go.set()
    until(lambda: jobs.of("three") is None)
    assert third.begun == 0
