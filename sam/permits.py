"""What whoever asks may do with this machine's models, and may be told of it.

The owner may do everything, and a library or a command line works for its owner. Who works for others, as the web app
does for its visitors, says so around it:

    with acting_for(Permit(names=frozenset({"nano"}), fetch=False, told_places=False)):
        load_model(name)  # refuses other names, whatever option, file or step of a recipe they came in

The questions are asked where it counts, in `load_model` and where a download starts, so that no caller can forget to;
and errors leave out paths of this machine where they are turned into text.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

_LONGEST = 400
"""Characters of what visitors are told."""


@dataclass(frozen=True)
class Permit:
    """What may be done.

    Attributes:
        names: that `load_model` takes; None: any name, hub id or path.
        fetch: whether a model that is not on this machine may be downloaded.
        chosen: hub ids that may be downloaded all the same, since the owner has chosen them.
        told_places: whether errors may say what lies where on this machine.
    """

    names: frozenset[str] | None = None
    fetch: bool = True
    chosen: frozenset[str] = frozenset()
    told_places: bool = True


OWNER = Permit()
_permit: ContextVar[Permit] = ContextVar("sam_permit", default=OWNER)


def permit() -> Permit:
    """Of whoever the running thread or task works for."""
    return _permit.get()


@contextmanager
def acting_for(permit: Permit) -> Iterator[None]:
    """Work for somebody with this permit; threads that are given this context do, too."""
    token = _permit.set(permit)
    try:
        yield
    finally:
        _permit.reset(token)


def tell(text: str, visitors: str = "") -> str:
    """A message as it may be told to whom it is for: `visitors`, or the text without paths, where these are not."""
    if permit().told_places:
        return text
    told = visitors or hide_places(text)
    return told if len(told) <= _LONGEST else f"{told[:_LONGEST]}…"


def hide_places(text: str) -> str:
    """The text with the last part only of each absolute path, of Windows or other systems; web addresses stay."""
    for root in _roots():
        # Their own names may have spaces in them.
        text = re.sub(rf"{_BEFORE}{re.escape(root)}{_REST}*", lambda found: _last(found[0]), text)
    text = _QUOTED.sub(lambda found: found[1] + _last(found[2]) + found[1], text)
    return _BARE.sub(lambda found: _last(found[0]), text)


_START = r"(?:file://|~?/|[A-Za-z]:[\\/]|\\\\)"
_REST = r"[^\s'\"`,;:()<>|]"
_QUOTED = re.compile(rf"(['\"])({_START}[^'\"\n]*)\1")
# Not after a word, a dot, a colon, a slash or <: "and/or", web addresses and HTML are no paths.
_BEFORE = r"(?<![\w.:/\\~<])"
_BARE = re.compile(rf"{_BEFORE}{_START}{_REST}+")


def _last(path: str) -> str:
    return re.split(r"[\\/]+", path.rstrip("\\/"))[-1] or "a folder"


def _roots() -> list[str]:
    """Folders that paths of this machine begin with, the longest first."""
    from .models.spec import models_folder

    here = {str(models_folder()), str(Path.home()), os.getcwd(), tempfile.gettempdir(), str(Path(__file__).parents[1])}
    return sorted((one for one in here if len(one) > 1), key=len, reverse=True)
