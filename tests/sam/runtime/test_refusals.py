"""What ZeroGPU's package says, as sentences for visitors: the package's own words, read from its source."""

from __future__ import annotations

from pickle import PicklingError

import pytest

from sam.errors import GpuQuotaExceeded, GpuUnavailable
from sam.runtime.refusals import explain


class Said(Exception):
    def __init__(self, title, message):
        self.title, self.message = title, message


QUOTA = "ZeroGPU quota exceeded"
WORKER = "ZeroGPU worker error"


@pytest.mark.parametrize(
    ("title", "message", "kind", "words"),
    [
        (
            QUOTA,
            "You have exceeded your free ZeroGPU quota (15s requested vs. 11s left). Try again in 1:00:00. ",
            GpuQuotaExceeded,
            "up to 15 s, and you have 11 s left. You get more in 1:00:00.",
        ),
        (QUOTA, "You have exceeded your ZeroGPU runs limit. ", GpuQuotaExceeded, "as often as you may"),
        (QUOTA, "Space app has reached its GPU limit. Try re-running outside of examples", GpuQuotaExceeded, "Log in"),
        (
            "ZeroGPU illegal duration",
            "The requested GPU duration (400s) is larger than the maximum allowed",
            GpuQuotaExceeded,
            "more than you may use",
        ),
        (
            "ZeroGPU pending credits exceeded",
            "You have too many ZeroGPU credits allocated",
            GpuQuotaExceeded,
            "still runs",
        ),
        ("ZeroGPU queue timeout", "No GPU was available after 60s", GpuUnavailable, "within a minute"),
        ("ZeroGPU client error", "No GPU was available", GpuUnavailable, "free right now"),
        ("ZeroGPU client error", "Expired ZeroGPU proxy token", GpuUnavailable, "Reload the page"),
        (WORKER, "GPU task aborted", GpuUnavailable, "taken away in the middle. Nothing"),
        (WORKER, "CudaError", GpuUnavailable, r"in the middle \(CudaError\)"),
    ],
)
def test_each_refusal_has_its_sentence(title, message, kind, words):
    found = explain(Said(title, message), 15, 1.0)
    assert type(found) is kind
    assert words.replace("\\", "") in str(found)
    assert str(found).endswith(".")
    assert "<" not in str(found)


def test_what_is_left_is_kept():
    for message, left in (("(15s requested vs. 11s left). Try again in 0:30.", 11), ("runs limit", None)):
        found = explain(Said(QUOTA, message), 15, 1)
        assert isinstance(found, GpuQuotaExceeded)
        assert found.left == left


def test_who_was_stopped_for_taking_too_long_is_told_that():
    assert "longer than the 15 s" in str(explain(Said(WORKER, "GPU task aborted"), 15, 15.5))


def test_faults_of_the_program_are_no_refusals():
    for error in (PicklingError("no"), TypeError("no"), AssertionError("no")):
        assert explain(error, 15, 1) is None


def test_a_device_api_that_fails_is_one():
    assert "free right now" in str(explain(RuntimeError("ZeroGPU API /schedule error: 500"), 15, 1))
