"""Many visitors at once beside other work: `python -m tests.load`, with a few of them and a server of the suite."""

from __future__ import annotations

import argparse

import pytest

from tests.load import run


@pytest.mark.slow
def test_visitors_beside_heavy_work_lose_nothing(stranger, photo):
    options = argparse.Namespace(clients=4, clicks=2, timeout=300, beside=True)
    times = run(stranger.local_url, photo, options)
    assert dict(times.failures) == {}
    done = {step: len(seconds) for step, seconds in times.seconds.items()}
    assert done.pop("everything") >= 1
    one, each = 4, 8
    steps = {"open": one, "photo": one, "grant": one, "embedding": one, "cut-out": one, "close": one, "API client": 1}
    assert done == {**steps, "click": each, "keep": each, "mask": each}
    assert stranger.scheduler.counts() == {"tool": (0, 0), "photo": (0, 0)}
