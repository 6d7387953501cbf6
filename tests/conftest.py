"""Which tests share a process: those of a file, and those that share a server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]


def group_of(nodeid: str) -> str:
    """Browser tests are two groups, so that each server and each Chromium is started once; any other file is one."""
    file = nodeid.partition("::")[0]
    if not file.startswith("tests/browser/"):
        return file
    return "page decodes" if "page_server" in (ROOT / file).read_text("utf-8") else "server decodes"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """For `--dist loadfile`: the two groups begin, since they take longest; what is small fills the end."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class Groups(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid)

    config.option.loadscopereorder = False  # the most tests first would be the shortest files first
    return Groups(config, log)
