"""The errors that user input can cause; each message says what was expected, what came, and what to do."""

from __future__ import annotations

import difflib
import logging
from collections.abc import Iterable

from .permits import tell

_log = logging.getLogger("sam_studio")
_FEW = 4
_SHOWN = 80


class SamError(Exception):
    """Base of every error that this package raises on purpose; its message is safe to show to a user.

    Args:
        message: for whoever owns this machine.
        visitors: instead, for those who may not be told what lies where on it (`sam.permits`), and can install and
            download nothing; default: the message without paths.
    """

    def __init__(self, message: object = "", *, visitors: str = "") -> None:
        super().__init__(message)
        self.visitors = visitors
        self._logged = False

    def __str__(self) -> str:
        """The message; half a character in it, which no terminal and no wire takes, is written out as \\udc80.

        What visitors are told less of, the owner's log holds in full, with the traceback.
        """
        full = super().__str__()
        told = tell(full, self.visitors)
        if told != full and not self._logged:
            self._logged = True  # first, for the traceback asks for the message, too
            _log.warning("In full, as visitors are told less: %s", full, exc_info=self)
        return told.encode("utf-8", "backslashreplace").decode("utf-8")


class ImageError(SamError, ValueError):
    """The image cannot be read or used."""


class PromptError(SamError, ValueError):
    """The points, boxes, mask or text of a prompt are not usable."""


class ModelUnavailable(SamError, RuntimeError):
    """The model is unknown, not downloaded, corrupt, or needs something that is not installed."""


class GpuUnavailable(ModelUnavailable):
    """No GPU was lent for this, or it was taken away; nothing was changed."""


class GpuQuotaExceeded(GpuUnavailable):
    """The visitor's GPU time is used up.

    Attributes:
        left: seconds that are left, where that is known.
    """

    def __init__(self, message: str, left: float | None = None) -> None:
        super().__init__(message)
        self.left = left


class HubUnreachable(ModelUnavailable):
    """The hub that models come from does not answer, or this machine is told not to ask it."""


class OutOfMemory(SamError):
    """The work needs more memory than there is; nothing was changed."""


class Cancelled(SamError):
    """The user stopped the work; nothing was changed."""


def suggest(name: str, names: Iterable[str], begin: str = "There are") -> str:
    """A sentence with the few names that come closest to a wrong one, or with the first ones."""
    known = list(names)
    if not known:
        return f"{begin}: none."
    close = difflib.get_close_matches(name.lower()[:200], known, n=3, cutoff=0.5)
    if close and len(known) > _FEW:
        return f"Did you mean {' or '.join(close)}?"
    few = known if len(known) <= _FEW else sorted(known, key=lambda one: (not one.startswith("nano"), one))[:_FEW]
    more = f" and {len(known) - len(few)} more" if len(known) > len(few) else ""
    return f"{begin}: {', '.join(few)}{more}."


def short(value: object) -> str:
    """A value in a message: as Python writes it, cut off where it is long."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
