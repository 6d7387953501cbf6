"""A least-recently-used cache bounded in bytes; each value is made once, however many threads ask."""

from __future__ import annotations

import os
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any, Generic, TypeVar, cast

T = TypeVar("T")


_ALL: weakref.WeakSet[LruCache[Any]] = weakref.WeakSet()


def _begin_in_child() -> None:
    for cache in list(_ALL):
        cache._begin_in_child()


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_begin_in_child)


class LruCache(Generic[T]):
    """Least recently used goes first. Safe to use from any thread.

    Two threads that ask for the same key get the same value, and the second waits for the first; other keys are not
    held up. What failed is not kept: the next to ask tries again.
    """

    def __init__(self, max_bytes: int, size_of: Callable[[T], int]) -> None:
        """Empty.

        Args:
            max_bytes: the newest value stays even when it alone is larger.
            size_of: bytes of a value.
        """
        self._max_bytes = max_bytes
        self._size_of = size_of
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, tuple[T, int]] = OrderedDict()
        self._making: dict[Hashable, Future[T]] = {}
        _ALL.add(self)

    def _begin_in_child(self) -> None:
        """After a fork: the threads that held the lock, and those that made values, are not here."""
        self._lock = threading.Lock()
        self._making = {}

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of `key`, made now if it is not there.

        Raises:
            Whatever `make` raises, to everyone who waits for this value.
        """
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key][0]
            future = self._making.get(key)
            mine = future is None
            if future is None:
                future = self._making[key] = Future()
        if not mine:
            return future.result()
        try:
            value = make()
        except BaseException as error:
            with self._lock:
                del self._making[key]
            future.set_exception(error)
            raise
        with self._lock:
            self._kept[key] = (value, self._size_of(value))
            del self._making[key]
            self._evict()
        future.set_result(value)
        return value

    def peek(self, key: Hashable) -> T | None:
        """The value of `key` where it is there; it counts as used."""
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key][0]

    def resize(self, max_bytes: int) -> None:
        """Another limit, from now on."""
        with self._lock:
            self._max_bytes = max_bytes
            self._evict()

    def drop(self, key: Hashable) -> int:
        """Forget one value, which whoever holds it keeps; its bytes, 0 where it is not there."""
        with self._lock:
            return self._kept.pop(key)[1] if key in self._kept else 0

    def clear(self) -> None:
        """Forget everything; whoever holds a value keeps it."""
        with self._lock:
            self._kept.clear()

    @property
    def max_bytes(self) -> int:
        """The limit."""
        return self._max_bytes

    @property
    def sizes(self) -> dict[Hashable, int]:
        """Key -> bytes, the first to go first."""
        with self._lock:
            return {key: size for key, (_, size) in self._kept.items()}

    @property
    def nbytes(self) -> int:
        """Bytes of all values kept."""
        with self._lock:
            return self._total()

    def __contains__(self, key: Hashable) -> bool:
        with self._lock:
            return key in self._kept

    def __len__(self) -> int:
        with self._lock:
            return len(self._kept)

    def _evict(self) -> None:
        total = self._total()
        while len(self._kept) > 1 and total > self._max_bytes:
            total -= cast(int, self._kept.popitem(last=False)[1][1])

    def _total(self) -> int:
        return sum(size for _, size in self._kept.values())
