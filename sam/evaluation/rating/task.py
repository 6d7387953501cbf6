"""`sam eval --task rating`: make the form, or count what was rated."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...errors import SamError

FORM, KEY = "rate.html", "key.json"


def make_form(study: Any, out: Path) -> list[Path]:
    """Write the form, and beside it the key that says which mask is whose.

    Raises:
        SamError: the folder holds the form of another study, whose key ratings may wait for.
    """
    from .form import as_form

    key = out / KEY
    if key.exists() and read_key(out)[0] != study.id:
        raise SamError(f"{out} holds another study. Choose another folder with -o.")
    out.mkdir(parents=True, exist_ok=True)
    (out / FORM).write_text(as_form(study), "utf-8")
    key.write_text(json.dumps({"study": study.id, "key": study.key()}), "utf-8")
    return [out / FORM, key]


def read_key(out: Path) -> tuple[str, dict[str, Any]]:
    """(study, key).

    Raises:
        SamError: there is none.
    """
    try:
        data = json.loads((out / KEY).read_text("utf-8"))
        return str(data["study"]), dict(data["key"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SamError(f"{out / KEY}: expected the key of a study, got {error!r}. Make the form first.") from error


def count_ratings(files: Sequence[Path], out: Path, seed: int) -> dict[str, Any]:
    """The summary of rating files for the study in `out`.

    Raises:
        SamError: see `read_key` and `read_ratings`.
    """
    from .ratings import read_ratings, summarise_ratings

    study, key = read_key(out)
    return summarise_ratings(read_ratings(files, study, key), key, seed)
