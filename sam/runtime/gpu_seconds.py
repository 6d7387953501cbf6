"""How long a GPU is asked for, by what such work took before; and receipts, for whoever is to be told what it took."""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from types import MappingProxyType

LEAST_SECONDS, MOST_SECONDS = 2, 120
"""Bounds of what one lease is asked for: a visitor without an account has two minutes a day."""
_MARGIN = 1.5
_REMEMBERED = 8

FIRST_GUESS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "encode": (2, 0.5),
        "everything": (2, 3),
        "sharpen": (2, 0.5),
        "text": (3, 0.5),
        "subject": (2, 1),
        "matte": (2, 1.5),
        "diffusion": (6, 0.15),
    }
)
"""Kind of work -> (seconds to begin, which is a worker that is forked and weights that are moved; seconds a unit, until
that was measured)."""


@dataclass(frozen=True)
class Work:
    """What somebody wants to do on a GPU.

    Attributes:
        kind: one of `FIRST_GUESS`.
        label: the model.
        units: how much of it: images, objects, phrases, megapixels, steps.
    """

    kind: str
    label: str = ""
    units: float = 1.0


class Estimates:
    """Seconds that kinds of work take, by what they took. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: dict[tuple[str, str], deque[float]] = {}

    def need(self, work: Work) -> float:
        """Seconds that it will take, as far as is known."""
        begin, each = FIRST_GUESS.get(work.kind, (10, 5))
        with self._lock:
            # The slowest of late: who asks for too little is stopped in the middle, and has paid for nothing.
            each = max(self._taken.get((work.kind, work.label), (each,)))
        return begin + each * work.units

    def ask(self, work: Work) -> int:
        """Whole seconds to ask for."""
        return min(MOST_SECONDS, max(LEAST_SECONDS, math.ceil(_MARGIN * self.need(work))))

    def fits(self, work: Work) -> bool:
        """Whether one lease is long enough for it, as far as is known."""
        return _MARGIN * self.need(work) <= MOST_SECONDS

    def note(self, work: Work, seconds: float) -> None:
        """Remember what a call took."""
        with self._lock:
            kept = self._taken.setdefault((work.kind, work.label), deque(maxlen=_REMEMBERED))
            kept.append(seconds / max(work.units, 1e-6))


ESTIMATES = Estimates()


@dataclass(frozen=True)
class Receipt:
    """One lease.

    Attributes:
        kind: of work.
        asked: seconds that were asked for.
        seconds: that it took.
    """

    kind: str
    asked: int
    seconds: float


_receipts: ContextVar[list[Receipt] | None] = ContextVar("sam_studio_receipts", default=None)


@contextmanager
def receipts() -> Iterator[list[Receipt]]:
    """Collects the leases that are taken inside, in this thread and in those that get a copy of its context."""
    kept: list[Receipt] = []
    token = _receipts.set(kept)
    try:
        yield kept
    finally:
        _receipts.reset(token)


def file_receipt(receipt: Receipt) -> None:
    """Hand a receipt to whoever collects them."""
    kept = _receipts.get()
    if kept is not None:
        kept.append(receipt)
