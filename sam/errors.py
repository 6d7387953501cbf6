"""The errors that user input can cause; each message says what was expected, what came, and what to do."""

from __future__ import annotations


class SamError(Exception):
    """Base of every error that this package raises on purpose; its message is safe to show to a user."""


class ImageError(SamError, ValueError):
    """The image cannot be read or used."""


class PromptError(SamError, ValueError):
    """The points, boxes, mask or text of a prompt are not usable."""


class ModelUnavailable(SamError, RuntimeError):
    """The model is unknown, not downloaded, corrupt, or needs something that is not installed."""


class HubUnreachable(ModelUnavailable):
    """The hub that models come from does not answer, or this machine is told not to ask it."""


class OutOfMemory(SamError):
    """The work needs more memory than there is; nothing was changed."""


class Cancelled(SamError):
    """The user stopped the work; nothing was changed."""
