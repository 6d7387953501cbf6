"""What ZeroGPU says when it lends no GPU, or takes one away, as sentences for the visitor."""

from __future__ import annotations

import re
from pickle import PicklingError
from typing import Any

from ..errors import GpuQuotaExceeded, GpuUnavailable

_NANO = "The model nano needs no GPU."
# "(60s requested vs. 11s left). Try again in 1:00:00."
_LEFT = re.compile(r"(\d+)s left")
_WAIT = re.compile(r"Try again in ([^.]+(?:\.\d+)?)\.")


def explain(error: Exception, asked: int, taken: float) -> GpuUnavailable | None:
    """The refusal in an exception of the package `spaces`; None for what is a fault of this program.

    Args:
        error: with a title and a message, as Gradio's errors have, where the package made it.
        asked: seconds that were asked for.
        taken: seconds since.
    """
    title, message = str(getattr(error, "title", "")), str(getattr(error, "message", error))
    if isinstance(error, (PicklingError, TypeError, AttributeError, AssertionError)):
        return None
    if "quota" in title or "credits" in title or "illegal" in title:
        return _quota(title, message, asked)
    if title == "ZeroGPU queue timeout":
        return GpuUnavailable(f"No GPU was free within a minute. Try again later. {_NANO}")
    if "Expired" in message:
        return GpuUnavailable("Your visit to this Space has expired. Reload the page, then try again.")
    if title == "ZeroGPU worker error":
        if taken >= asked:
            return GpuUnavailable(
                f"This took longer than the {asked} s of GPU time that were asked for, and was stopped. "
                "Try again: more will be asked for."
            )
        reason = "" if "aborted" in message else f" ({message})"
        return GpuUnavailable(f"The GPU was taken away in the middle{reason}. Nothing was changed. Try again.")
    return GpuUnavailable(f"No GPU is free right now. Try again later. {_NANO}")


def _quota(title: str, message: str, asked: int) -> GpuQuotaExceeded:
    left: Any = _LEFT.search(message)
    wait = _WAIT.search(message)
    if "credits" in title:
        return GpuQuotaExceeded(f"Your GPU time is taken by work that still runs. Wait for it to end. {_NANO}")
    if "illegal" in title:
        return GpuQuotaExceeded(
            f"This needs {asked} s of GPU time at once, more than you may use. Choose a smaller photo or a faster "
            f"setting. {_NANO}"
        )
    if left is not None:
        more = f" You get more in {wait[1]}." if wait else ""
        return GpuQuotaExceeded(
            f"Your GPU time is used up: this needs up to {asked} s, and you have {left[1]} s left.{more} {_NANO}",
            left=float(left[1]),
        )
    if "runs limit" in message:
        return GpuQuotaExceeded(f"You have used the GPU as often as you may for now. Try again later. {_NANO}")
    return GpuQuotaExceeded(
        "The GPU time for visitors without an account is used up. Log in to Hugging Face and reload the page. " + _NANO
    )
