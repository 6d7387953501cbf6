"""`python -m plugins list` and `python -m plugins check NAME`, for authors of plugins."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Sequence

from sam.io.output import escape_output

from ._core.check import Result, check_plugin, describe
from ._core.discovery import load_plugins

_WORD = {True: "ok", False: "FAIL", None: "skip"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0 when all is well, 1 when a check failed."""
    parser = argparse.ArgumentParser(prog="python -m plugins", description="See and check plugins.")
    commands = parser.add_subparsers(dest="command", required=True)
    listing = commands.add_parser("list", help="every plugin, what it adds, and why one failed")
    checking = commands.add_parser("check", help="the conformance kit: exit code 1 when a check fails")
    checking.add_argument("name", metavar="NAME", help="name of a plugin, or path of its file or folder")
    for command in (listing, checking):
        command.add_argument("--json", action="store_true", help="machine-readable output")
    options = parser.parse_args(arguments)
    escape_output()
    if options.command == "list":
        rows = describe(load_plugins())
        _write(json.dumps(rows, indent=2) if options.json else "\n".join(_lines(row) for row in rows))
        return 0
    results = check_plugin(options.name)
    failed = any(result.ok is False for result in results)
    if options.json:
        rows = [dataclasses.asdict(result) for result in results]
        _write(json.dumps({"plugin": options.name, "ok": not failed, "results": rows}, indent=2))
    else:
        _write(_table(results))
    return 1 if failed else 0


def _lines(row: dict) -> str:
    if row["state"] == "failed":
        return f"{row['plugin']}: FAILED at {row['stage']}: {row['cause']} {row['hint']}\n{row['traceback']}".rstrip()
    what = [*row["tools"], *(f"tab {title!r}" for title in row["tabs"])]
    return "\n    ".join([f"{row['plugin']} ({row['source']})", *what])


def _table(results: Sequence[Result]) -> str:
    rows = [(_WORD[result.ok], result.check, result.subject, result.detail) for result in results]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = ["  ".join([*(cell.ljust(width) for cell, width in zip(row, widths)), row[3]]) for row in rows]
    failed = sum(result.ok is False for result in results)
    return "\n".join([*lines, f"{failed} of {len(results)} failed"])


def _write(text: str) -> None:
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
