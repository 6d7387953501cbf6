"""What a run over many photos has done, a line a step, so that after a crash the same command goes on where it was.

A line is written before a photo's result and one after it: whatever is killed in between, a result that is there is
known to be a run's own, and one that was not finished is made again. A line that was cut off counts for nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sam.errors import SamError

if TYPE_CHECKING:
    from .batch import Done, Job
    from .recipe import Recipe

JOURNAL = ".sam-studio-run.jsonl"
"""Its name, in the folder of the results."""


def recipe_key(recipe: Recipe, ending: str) -> str:
    """The same for the same work: the steps with their options, and what files they become; not the recipe's name."""
    steps = recipe.to_json()["steps"]
    return hashlib.sha256(json.dumps([steps, ending], sort_keys=True).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Entry:
    """The last that is known of a photo.

    Attributes:
        key: see `recipe_key`.
        photo: [bytes, time of change] of the photo when it was read.
        out: of its result.
        result: [bytes, time of change] of the result; [] where it was begun and not finished, or failed.
        error: why it failed.
    """

    key: str
    photo: list[int]
    out: str
    result: list[int]
    error: str = ""


class Journal:
    """The journal of one folder of results, appended to as photos are done."""

    def __init__(self, folder: Path, key: str) -> None:
        """Read what earlier runs have done there; nothing is written yet."""
        self.path = folder / JOURNAL
        self.key = key
        self._folder = folder.absolute()
        data = _bytes(self.path)
        self._cut_off = bool(data) and not data.endswith(b"\n")
        self._entries = _read(data)
        self._by_result = {entry.out: entry for entry in self._entries.values()}

    def is_done(self, photo: Path) -> bool:
        """Whether this photo, as it is now, has a result of this recipe that nobody has changed."""
        entry = self._entries.get(_name(photo))
        if entry is None or entry.key != self.key or not entry.result or entry.photo != state(photo):
            return False
        return state(self.path.parent / entry.out) == entry.result

    def is_ours(self, out: Path) -> bool:
        """Whether a run made this file, or was about to: going on may replace it."""
        entry = self._by_result.get(out.name) if out.parent.absolute() == self._folder else None
        return entry is not None and (not entry.result or entry.result == state(out))

    def result_of(self, photo: Path) -> Path | None:
        """Where the finished result of a photo is."""
        entry = self._entries.get(_name(photo))
        return self.path.parent / entry.out if entry is not None and entry.result else None

    def begin(self, job: Job) -> None:
        """Before the work on a photo."""
        self._add(job, Entry(self.key, state(job.photo), job.out.name, []))

    def finish(self, done: Done) -> None:
        """After it, whatever came of it."""
        result = [] if done.error else state(done.job.out)
        self._add(done.job, Entry(self.key, state(done.job.photo), done.job.out.name, result, done.error))

    def _add(self, job: Job, entry: Entry) -> None:
        self._entries[_name(job.photo)] = self._by_result[entry.out] = entry
        # The line before may have been cut off.
        line = "\n" * self._cut_off + json.dumps({"of": _name(job.photo), **vars(entry)}) + "\n"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with open(self.path, "a", encoding="ascii") as file:
                file.write(line)
            self._cut_off = False
        except OSError as error:
            why = f"{self.path.parent} cannot be written to ({error.strerror})"
            raise SamError(f"{why}. What is done is safe: make room, then give --resume.") from error


def state(file: Path) -> list[int]:
    """[bytes, time of change in nanoseconds] of a file; [] where it is not there."""
    try:
        found = file.stat()
    except OSError:
        return []
    return [found.st_size, found.st_mtime_ns]


def _name(photo: Path) -> str:
    return str(photo.absolute())


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _read(data: bytes) -> dict[str, Entry]:
    entries: dict[str, Entry] = {}
    for line in data.splitlines():
        try:
            row: Any = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, Mapping) and isinstance(row.get("of"), str):
            parts = {name: row.get(name) for name in ("key", "photo", "out", "result", "error")}
            if all(isinstance(parts[name], str) for name in ("key", "out", "error")) and all(
                isinstance(parts[name], list) for name in ("photo", "result")
            ):
                entries[row["of"]] = Entry(**parts)  # type: ignore[arg-type]
    return entries
