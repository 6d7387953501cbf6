"""Work that nobody waits for any more: long loops of the engine look here, so none needs a parameter for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from .errors import Cancelled

_stopped: ContextVar[Callable[[], bool] | None] = ContextVar("sam_stopped", default=None)


@contextmanager
def stoppable(stopped: Callable[[], bool]) -> Iterator[None]:
    """What runs inside, in this thread and in those that copy its context, ends with `Cancelled` once `stopped()`."""
    token = _stopped.set(stopped)
    try:
        yield
    finally:
        _stopped.reset(token)


def check_stopped() -> None:
    """Called between the steps of long work; costs a look-up.

    Raises:
        Cancelled: nobody wants the result any more.
    """
    stopped = _stopped.get()
    if stopped is not None and stopped():
        raise Cancelled("Stopped.")
