"""A class list of its own: a text file with one a line, COCO's categories, or the names of YOLO's data.yaml."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from ...errors import PromptError
from ...io.arrays import shown
from ..annotations import LabelClass
from .format import FormatError
from .sources import Files
from .yaml_text import load_yaml

MAX_LINES = 5000


def read_classes(files: Files) -> tuple[LabelClass, ...]:
    """The classes of the first file that lists some, in its order; of two of one name the first.

    Args:
        files: *.txt or *.names: a class a line, # begins a remark; *.yaml: YOLO's `names`, a list or numbers with
            names; *.json: COCO's `categories`, a list of names, or one of {"name", "color", "key"}.

    Raises:
        FormatError: none of them lists classes.
    """
    problem = f"{files.title} lists no classes. Give a text file with one a line, COCO's JSON or YOLO's data.yaml."
    for name in files:
        ending = PurePosixPath(name).suffix.lower()
        try:
            found = _READERS[ending](files, name) if ending in _READERS else []
        except PromptError as error:
            problem = f"{name}: {error}"
            continue
        if found:
            first: dict[str, LabelClass] = {}
            for one in found:
                first.setdefault(one.name, one)
            return tuple(first.values())
    raise FormatError(problem if problem.endswith(".") else f"{problem}.")


def _from_text(files: Files, name: str) -> list[LabelClass]:
    lines = [line.strip() for line in files.text(name).splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    if len(lines) > MAX_LINES:
        raise PromptError(f"expected at most {MAX_LINES:,} classes, got {len(lines):,} lines.")
    for line in lines:
        words = line.split()
        if len(words) > 4 and all(_is_number(word) for word in words):
            raise PromptError("these are outlines or boxes, not names of classes.")
    return [LabelClass(line) for line in lines]


def _from_yaml(files: Files, name: str) -> list[LabelClass]:
    held = load_yaml(files.text(name))
    names = held.get("names") if isinstance(held, dict) else held
    if isinstance(names, dict):
        names = [names[number] for number in sorted(names, key=_rank)]
    if not isinstance(names, list):
        raise PromptError("expected a list of names.")
    return [_label({"name": str(one)}) for one in names]


def _from_json(files: Files, name: str) -> list[LabelClass]:
    held = files.json(name)
    rows = held.get("categories", held.get("classes")) if isinstance(held, dict) else held
    if not isinstance(rows, list) or not all(isinstance(row, (str, dict)) for row in rows):
        raise PromptError("expected a list of categories.")
    return [_label(row if isinstance(row, dict) else {"name": row}) for row in rows]


def _label(row: dict[str, Any]) -> LabelClass:
    name, color, key = row.get("name"), row.get("color"), row.get("key", "")
    if not isinstance(name, str):
        raise PromptError(f"expected a category's name, got {shown(row)}.")
    if isinstance(color, str) and len(color) == 7 and color[0] == "#":
        try:
            color = [int(color[at : at + 2], 16) for at in (1, 3, 5)]
        except ValueError:
            color = None
    usable = isinstance(color, list) and len(color) == 3 and all(isinstance(one, int) for one in color)
    chosen: Any = tuple(color) if usable else None  # type: ignore[arg-type]
    return LabelClass(name, chosen, key if isinstance(key, str) and len(key) == 1 else "")


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _rank(number: Any) -> tuple[float, str]:
    text = str(number)
    return (float(text), "") if _is_number(text) else (float("inf"), text)


_READERS = {
    ".txt": _from_text,
    ".names": _from_text,
    ".yaml": _from_yaml,
    ".yml": _from_yaml,
    ".json": _from_json,
}
