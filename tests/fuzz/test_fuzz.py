"""A few of the values that `python -m tests.fuzz` throws, in every run of the tests, and always the same."""

from __future__ import annotations

import pytest

pytest.importorskip("hypothesis")


def test_no_door_breaks(monkeypatch):
    from tests.fuzz.__main__ import run

    assert run(120, 1) == []
