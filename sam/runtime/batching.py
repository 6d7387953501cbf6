"""Requests that come while one is at work are done together next, where that takes hardly longer than one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar, cast

T = TypeVar("T")
R = TypeVar("R")


class _Waiting(Generic[T, R]):
    def __init__(self, item: T) -> None:
        self.item = item
        self.turn = threading.Event()
        self.leads = self.alone = False
        self.done = False
        self.result: R | None = None


class Batcher(Generic[T, R]):
    """Calls `work` with what waits. Safe to use from any thread, and to fork while it is idle.

    Who waits longest works for all who wait by then, in its own thread and context. Where work for several fails, each
    of the others does its own alone, so that nobody pays for somebody else's request or quota.

    Args:
        work: items -> as many results.
        most: items in one call.
    """

    def __init__(self, work: Callable[[Sequence[T]], Sequence[R]], most: int) -> None:
        self._work = work
        self._most = most
        self._lock = threading.Lock()
        self._waiting: list[_Waiting[T, R]] = []
        self._busy = False

    def __call__(self, item: T) -> R:
        """The result for one item.

        Raises:
            Whatever `work` raises for it.
        """
        own = _Waiting[T, R](item)
        with self._lock:
            own.leads = not self._busy
            self._busy = True
            self._waiting.append(own)
        if not own.leads:
            own.turn.wait()
        if not own.done:
            self._lead(own)
        return cast(R, own.result)

    def _lead(self, own: _Waiting[T, R]) -> None:
        with self._lock:
            self._waiting.remove(own)
            others = [] if own.alone else [one for one in self._waiting if not one.alone][: self._most - 1]
            self._waiting = [one for one in self._waiting if one not in others]
        batch = [own, *others]
        try:
            results = self._work([one.item for one in batch])
            for one, result in zip(batch, results, strict=True):
                one.result, one.done = result, True
        finally:
            with self._lock:
                again = [one for one in others if not one.done]
                for one in again:
                    one.alone = True
                self._waiting = again + self._waiting
                self._busy = bool(self._waiting)
                if self._waiting:
                    self._waiting[0].turn.set()
            for one in others:
                if one.done:
                    one.turn.set()
