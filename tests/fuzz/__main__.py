"""`python -m tests.fuzz [--count 20000] [--seed N]`: no 500, no traceback, no file outside, memory flat."""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, configuration, given, seed, settings

from webapp.workspace.registry import Workspaces

from . import doors, route_doors, served
from .writes import watched

SHARES = {"readers": 0.3, "routes": 0.3, "formats": 0.1, "endpoints": 0.15, "served": 0.1, "commands": 0.05}
"""How the values are dealt out: what is quick gets more."""


ENOUGH = 5000
"""Values of a run; with fewer, caches are still filling."""
MARGIN = 50e6
"""Bytes that an allocator may keep."""


def resident() -> int:
    """Bytes of memory of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1]) if Path("/proc/self/statm").exists() else 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def throw(strategy: Any, door: Callable[[Any], str], count: int, start: int) -> tuple[int, list[str]]:
    """(values thrown, what went wrong) at one door; the first thing that goes wrong ends it, and is made small."""
    thrown = 0

    @seed(start)
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        derandomize=False,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )
    @given(strategy)
    def one(value: Any) -> None:
        nonlocal thrown
        thrown += 1
        wrong = door(value)
        assert not wrong, f"{wrong}\n  with {value!r}"

    try:
        one()
    except Exception as error:  # an error that a door let through is what is looked for
        return thrown, [f"{type(error).__name__}: {str(error)[:600]}"]
    return thrown, []


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """Without what the owner's log holds of each refusal; afterwards it is as it was."""
    log = logging.getLogger("sam_studio")
    before = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(before)


def run(
    count: int, start: int, say: Callable[[str], None] = lambda text: None, only: Sequence[str] = tuple(SHARES)
) -> list[str]:
    """What went wrong at any door; [] for nothing.

    Args:
        count: values at all doors together, of which each of `only` gets its share.
        start: seed.
        say: told a line a door.
        only: doors.
    """
    wrong: list[str] = []
    with (
        _silent(),
        tempfile.TemporaryDirectory() as name,
        _temporary(_made(Path(name) / "temporary")),
        _inside(_made(Path(name) / "inside")),
        served.serving() as demo,
    ):
        inside, workspaces = Path(name) / "inside", Workspaces()
        made = {
            "readers": doors.readers(),
            "routes": route_doors.routes(workspaces),
            "formats": route_doors.formats(),
            "endpoints": doors.endpoints(inside),
            "served": served.doors(demo),
            "commands": doors.commands(inside),
        }
        for door, (strategy, ask) in ((one, made[one]) for one in only):
            began, values = time.perf_counter(), max(1, int(count * SHARES[door]))
            # What is loaded and cached once is there after the first part.
            with watched(Path(name), Path(demo.uploads.folder)) as written:
                first, found = throw(strategy, ask, max(1, values // 3), start)
                wrong += [f"{door}: {one}" for one in found]
                before = resident()
                thrown, found = throw(strategy, ask, values - values // 3, start + 1)
                wrong += [f"{door}: {one}" for one in found]
            # A command writes where its user says.
            wrong += [f"{door}: a file outside: {one}" for one in sorted(set(written)) if door != "commands"]
            after, thrown = resident(), thrown + first
            if count >= ENOUGH and after > 1.15 * before + MARGIN:
                wrong.append(f"{door}: memory grew from {before / 1e6:.0f} to {after / 1e6:.0f} MB")
            memory = f"{before / 1e6:.0f} -> {after / 1e6:.0f} MB"
            say(
                f"{door}: {thrown} values, seeds {start} and {start + 1}, {time.perf_counter() - began:.0f} s, {memory}"
            )
        outside = [path.name for path in Path(name).iterdir() if path.name not in ("inside", "temporary")]
        wrong += [f"a file outside: {outside}"] if outside else []
        workspaces.close_all()
    return wrong


@contextlib.contextmanager
def _temporary(folder: Path) -> Iterator[None]:
    """What is temporary, hypothesis's tables too, goes into this folder."""
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    configuration.set_hypothesis_home_dir(folder / "hypothesis")
    try:
        yield
    finally:
        configuration.set_hypothesis_home_dir(None)
        tempfile.tempdir = before


@contextlib.contextmanager
def _inside(folder: Path) -> Iterator[None]:
    """Work in this folder; `contextlib.chdir` came with Python 3.11."""
    here = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(here)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def main() -> int:
    """Run it; 0 where nothing went wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=20_000, help="values at all doors together")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="to throw the same values again")
    parser.add_argument("--only", nargs="+", choices=tuple(SHARES), default=tuple(SHARES), help="doors")
    options = parser.parse_args()
    wrong = run(options.count, options.seed, lambda text: print(text, flush=True), options.only)
    for one in wrong:
        print(f"WRONG {one}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
