"""Which files this process writes: Python's own audit events, so that no door can forget to look."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_CHANGES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_PLACES = {
    "os.mkdir": (0,),
    "os.rename": (0, 1),
    "os.remove": (0,),
    "os.rmdir": (0,),
    "os.link": (1,),
    "os.symlink": (1,),
    "os.truncate": (0,),
    "os.chmod": (0,),
    "os.utime": (0,),
}
"""Which arguments of an event are places that it changes."""

_watching: list[tuple[tuple[str, ...], list[str]]] = []


def _changed(event: str, given: tuple[Any, ...]) -> list[str]:
    """The places that an audit event changes."""
    if event == "open":
        path, _mode, flags = given
        named = (path,) if isinstance(flags, int) and flags & _CHANGES else ()
    else:
        named = tuple(given[at] for at in _PLACES.get(event, ()))
    return [os.fsdecode(one) for one in named if isinstance(one, str | bytes | os.PathLike)]


def _heard(event: str, given: tuple[Any, ...]) -> None:
    if not _watching or (event != "open" and event not in _PLACES):
        return
    allowed, seen = _watching[-1]
    for place in _changed(event, given):
        whole = os.path.abspath(place)
        # Compiled modules are Python's own.
        if not whole.startswith(allowed) and "__pycache__" not in whole:
            seen.append(f"{event} {whole}")


_hooked = False


@contextmanager
def watched(*allowed: Path) -> Iterator[list[str]]:
    """What is written outside of these folders meanwhile, by any thread, as ["event place", ...].

    A hook cannot be taken out again, so there is one; without a watcher it does nothing.
    """
    global _hooked
    if not _hooked:
        sys.addaudithook(_heard)
        _hooked = True
    seen: list[str] = []
    _watching.append((("/dev/", *(str(one.resolve()) for one in allowed)), seen))
    try:
        yield seen
    finally:
        _watching.pop()
