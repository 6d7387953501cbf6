"""Which files of a folder are results of earlier runs: a list beside them, so that no run takes them for photos."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sam.io.serialization import SUFFIXES, replace_json

from .journal import state

MANIFEST = ".sam-studio-results.json"
"""The list's name: file name -> [bytes, time of change in nanoseconds]."""

_MOST_BYTES = 64 << 20


class Results:
    """The list of one folder, grown by each result; written when told to."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / MANIFEST
        self._known = _read(self._path)

    def add(self, file: Path) -> None:
        """One more result, as it is on the disk now."""
        self._known[file.name] = state(file)

    def write(self) -> None:
        """Keep the list where photos lie beside the results. Not to be able to is no reason to fail."""
        try:
            if not any(_is_picture(file) and file.name not in self._known for file in self._path.parent.iterdir()):
                return
            replace_json(self._path, {"results": self._known})
        except OSError:
            return


def results_among(files: Iterable[Path]) -> set[Path]:
    """The files of one or several folders that a run wrote and nobody changed since."""
    known: dict[Path, dict[str, Any]] = {}
    found: set[Path] = set()
    for file in files:
        if file.parent not in known:
            known[file.parent] = _read(file.parent / MANIFEST)
        entry = known[file.parent].get(file.name)
        if entry is not None and entry == state(file):
            found.add(file)
    return found


def _is_picture(file: Path) -> bool:
    return file.suffix.lower() in SUFFIXES and not file.name.startswith(".")


def _read(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _MOST_BYTES:
            return {}
        data = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    entries = data.get("results") if isinstance(data, dict) else None
    return dict(entries) if isinstance(entries, dict) else {}
