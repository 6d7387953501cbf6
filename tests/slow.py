"""Tests as on a slower machine, to look for races: `python -m tests.slow PAGE SERVER TEST pytest-arguments`.

Each of the first three is how many times slower the browser, the app's servers and the tests themselves run; they are
stopped for the rest of each tenth of a second, so that it costs no processor time and every clock goes on. `5 5 5` is
the slowest machine that the tests run on; `1 1 5` finds what disappears before a test looks, `5 5 1` what is not there
yet. On Linux only.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

PERIOD_S = 0.1
LOOK_S = 0.5
KINDS = ("page", "server", "test")


def parent(pid: int) -> int | None:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, ValueError):
        return None


def kind_of(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except OSError:
        return "test"
    if "chrom" in words[0]:
        return "page"
    return "server" if "app.py" in words else "test"


def family(root: int) -> dict[str, list[int]]:
    """The process and all that it started, by what they are."""
    children: dict[int | None, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            children.setdefault(parent(int(entry.name)), []).append(int(entry.name))
    found: dict[str, list[int]] = {kind: [] for kind in KINDS}
    todo = [root]
    while todo:
        pid = todo.pop()
        todo += children.get(pid, [])
        found[kind_of(pid)].append(pid)
    return found


def send(pids: list[int], what: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, what)
        except ProcessLookupError:
            continue  # it has ended since


def main(factors: list[float], arguments: list[str]) -> int:
    """Run pytest, and give each kind of process its share of every period."""
    slow = sorted((PERIOD_S / factor, kind) for kind, factor in zip(KINDS, factors) if factor > 1)
    tests = subprocess.Popen([sys.executable, "-m", "pytest", "-p", "no:xdist", *arguments])
    looked = 0.0
    while tests.poll() is None:
        began = time.monotonic()
        if began - looked > LOOK_S:
            pids, looked = family(tests.pid), began
        for runs, kind in slow:
            time.sleep(max(0.0, began + runs - time.monotonic()))
            send(pids[kind], signal.SIGSTOP)
        time.sleep(max(0.0, began + PERIOD_S - time.monotonic()))
        for _, kind in slow:
            send(pids[kind], signal.SIGCONT)
    return tests.returncode


if __name__ == "__main__":
    sys.exit(main([float(one) for one in sys.argv[1:4]], sys.argv[4:]))
