"""Points, boxes and masks as text and as JSON: the one reader and writer of command line, API, MCP, recipes and routes.

Text is numbers with whatever between them: "160 120", "160, 120", "1.6e2,120", "(160, 120)", "[10,20,110,220]"; ":0"
behind a point makes it one of the background. JSON comes in two forms, as lists (the API's) and as an object (files'),
and each reader takes both.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .. import rle
from ..errors import PromptError
from ..types import Boxes, Masks, Points, Prompt
from .arrays import read_floats, read_size, shown
from .json_text import parse_json
from .limits import MAX_TEXT, check_boxes, check_masks, check_points

POINTS_FORM = "[[x, y, label], ...] in image pixels; label 1 is on the object, 0 is not, and may be left out for 1"
BOXES_FORM = "[[x0, y0, x1, y1], ...] in image pixels, or boxes as another endpoint returned them"
MASKS_FORM = "masks as another endpoint returned them: a list of {rle, score, box, label}"

# NaN and infinity are read too, so that whoever types them is told what is wrong with them.
_NUMBER = r"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|nan|inf(?:inity)?)"
_BETWEEN = r"[\s,;()\[\]]"
_WORD = re.compile(rf"{_BETWEEN}*({_NUMBER})(?:\s*:\s*({_NUMBER}))?(?={_BETWEEN}|$)", re.IGNORECASE)
_REST = re.compile(rf"{_BETWEEN}*$")


# Text


def read_numbers(text: str | None, count: int, example: str = "") -> list[list[float]]:
    """Groups of `count` numbers: "10,20 30,40" -> [[10, 20], [30, 40]]; blank -> [].

    Raises:
        PromptError: something that is not a number, or a number too many.
    """
    words = _words(text or "", example)
    if any(label is not None for _, label in words):
        raise PromptError(f"Expected numbers{_such_as(example)}, got {shown(text)}.")
    return _groups([number for number, _ in words], count, text, example)


def is_numbers(text: str) -> bool:
    """Whether the text is numbers, and not a file's name or JSON."""
    try:
        # The beginning of what is too long for numbers, so that it is refused as such; not cut off inside a number.
        head = text if len(text) <= MAX_TEXT else text[:MAX_TEXT].rstrip("eE+-.:")
        return any(char.isdigit() for char in head) and bool(_words(head, ""))
    except PromptError:
        return False


def _words(text: str, example: str) -> list[tuple[float, str | None]]:
    """(number, label behind it) of each number in a text."""
    if len(text) > MAX_TEXT:
        raise PromptError(f"Expected numbers{_such_as(example)}, got {len(text):,} characters.")
    plain = "".join(_plain(char) for char in unicodedata.normalize("NFKC", text))
    found, place = [], 0
    while match := _WORD.match(plain, place):
        found.append((float(match[1]), match[2]))
        place = match.end()
    if not _REST.match(plain, place):
        raise PromptError(f"Expected numbers{_such_as(example)}, got {shown(text)}.")
    return found


def _plain(char: str) -> str:
    """Digits of every script, the minus sign, and commas of other scripts as ASCII has them."""
    if char.isascii():
        return char
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    return {"\u2212": "-", "\u3001": ",", "\u060c": ","}.get(char, char)


def _groups(numbers: list[float], count: int, text: str | None, example: str) -> list[list[float]]:
    if len(numbers) % count:
        raise PromptError(
            f"Expected numbers in groups of {count}{_such_as(example)}, got {len(numbers)} in {shown(text)}."
        )
    return [numbers[start : start + count] for start in range(0, len(numbers), count)]


def _such_as(example: str) -> str:
    return f", such as {example}" if example else ""


def _points_in(text: str) -> Points:
    words = _words(text, "500,375")
    xy = _groups([number for number, _ in words], 2, text, "")
    if any(label is not None for _, label in words[::2]):
        raise PromptError(f"Expected a label behind y only, as in 300,120:0, got {shown(text)}.")
    labels = []
    for _, label in words[1::2]:
        if label is not None and not label.isdecimal():
            raise PromptError(f"labels: expected a whole number, 1 or 0, got {label}.")
        labels.append(1 if label is None else int(label))
    check_points(len(xy))
    return Points(xy, labels)  # type: ignore[arg-type]


# JSON in


def read_points(value: Any, name: str = "points") -> Points:
    """From text, [[x, y], [x, y, label], ...], or {"xy": [[x, y], ...], "labels": [1, ...]}; None is none.

    Raises:
        PromptError: not that, or too many.
    """
    value = _parsed(value, name)
    if value is None or isinstance(value, (str, Points)):
        return value if isinstance(value, Points) else _points_in(value or "")
    if isinstance(value, Mapping):
        xy = value.get("xy", value.get("points"))
        if not isinstance(xy, list):
            raise PromptError(f'{name}: expected {{"xy": [[x, y], ...], "labels": [1, ...]}}, got {shown(value)}.')
        check_points(len(xy))
        return Points(xy, value.get("labels"))  # type: ignore[arg-type]
    rows = _rows(value, 2, name, POINTS_FORM)
    check_points(len(rows))
    if not all(isinstance(row, list) and len(row) in (2, 3) for row in rows):
        raise PromptError(f"{name}: expected {POINTS_FORM}.")
    return Points([row[:2] for row in rows], [row[2] if len(row) == 3 else 1 for row in rows])  # type: ignore[arg-type]


def read_boxes(value: Any, name: str = "boxes") -> Boxes:
    """From text, [[x0, y0, x1, y1], ...], records {"box", "score", "label"}, or an object with "boxes" or "masks".

    Raises:
        PromptError: not that, or too many.
    """
    value = _parsed(value, name)
    if value is None:
        return Boxes.empty()
    if isinstance(value, Boxes):
        return value
    if isinstance(value, str):
        value = read_numbers(value, 4)
    if isinstance(value, Mapping):
        value = [value] if "box" in value else value.get("boxes", value.get("masks"))
    if not isinstance(value, list):
        raise PromptError(f'{name}: expected {BOXES_FORM}, or {{"boxes": [{{"box": [x0, y0, x1, y1]}}, ...]}}.')
    rows = [row if isinstance(row, Mapping) else {"box": row} for row in _rows(value, 4, name, BOXES_FORM)]
    check_boxes(len(rows))
    if not all("box" in row for row in rows):
        raise PromptError(f'{name}: expected each as {{"box": [x0, y0, x1, y1], "score": 0.9}}.')
    scores, labels = _scores(rows, name), _labels(rows, name)
    return Boxes([row["box"] for row in rows], scores, labels) if rows else Boxes.empty()  # type: ignore[arg-type]


def read_masks(value: Any, name: str = "masks", size_hw: tuple[int, int] = (0, 0)) -> Masks:
    """From records {"rle", "score", "label"}, COCO RLEs, one of these, or {"size_hw", "masks": records}.

    Args:
        value: parsed JSON, or its text; None is none.
        name: how messages call it.
        size_hw: of the image, where there are no masks that say it.

    Raises:
        PromptError: not that, masks of different size, or too many for the memory.
    """
    value = [] if value is None else _parsed(value, name)
    if isinstance(value, Masks):
        return value
    if isinstance(value, Mapping):
        if value.get("size_hw") is not None:
            size_hw = read_size(value["size_hw"])
        value = [value] if "counts" in value or "rle" in value else value.get("masks")
    rows = value
    if not isinstance(rows, list) or not all(_is_record(row) for row in rows):
        raise PromptError(f'{name}: expected {MASKS_FORM}, {{"masks": [...]}} of such, or COCO RLEs.')
    if not rows:
        return Masks.empty(size_hw)
    scores, labels = _scores(rows, name), _labels(rows, name)
    first = rle.decode(rows[0].get("rle", rows[0]))
    check_masks(len(rows), (first.shape[0], first.shape[1]))
    masks = np.empty((len(rows), *first.shape), bool)
    for row, mask in zip(rows, masks):
        one = rle.decode(row.get("rle", row))
        if one.shape != first.shape:
            raise PromptError(f"{name}: expected masks of one image, all of the same size.")
        mask[:] = one
    found = Masks(masks, scores)
    return Masks(found.masks, found.scores, None, Boxes(found.boxes.xyxy, found.scores, labels))  # type: ignore[arg-type]


def read_prompt(value: Any, mask_input: Any = None) -> Prompt:
    """From the page's JSON: {"points": [[x, y], ...], "labels": [1, 0, ...], "box": [x0, y0, x1, y1] or null}.

    Raises:
        PromptError: not that, or an empty one.
    """
    if not isinstance(value, Mapping):
        raise PromptError(f"prompts: expected points, labels and box, got {type(value).__name__}.")
    points, labels, box = value.get("points") or [], value.get("labels") or None, value.get("box")
    if isinstance(points, list) and not (points and isinstance(points[0], list) and len(points[0]) == 3):
        points = {"xy": points, "labels": labels if points else None}
    return Prompt(read_points(points), None if box is None else read_boxes(box, "box"), mask_input)  # type: ignore[arg-type]


def _parsed(value: Any, name: str) -> Any:
    """The value of JSON text; other text, and anything else, as it is."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "[") and not is_numbers(value):
        return parse_json(value, name)
    return value


def _rows(value: Any, width: int, name: str, form: str) -> list[Any]:
    """A list of rows; one row that came alone becomes a list of it."""
    if not isinstance(value, (list, tuple)):
        raise PromptError(f"{name}: expected {form}.")
    alone = len(value) == width and all(isinstance(item, (int, float)) for item in value)
    return [list(value)] if alone else list(value)


def _is_record(row: Any) -> bool:
    return isinstance(row, Mapping) and ("rle" in row or "counts" in row)


def _scores(rows: Sequence[Mapping[str, Any]], name: str) -> Any:
    try:
        return read_floats([row.get("score", 1) for row in rows], f"{name}: score", "a number")
    except PromptError as error:
        raise PromptError(f'{name}: expected each as {{"score": 0.9, ...}}. {error}') from error


def _labels(rows: Sequence[Mapping[str, Any]], name: str) -> tuple[str, ...]:
    labels = [row.get("label") or "" for row in rows]
    if not all(isinstance(label, (str, int, float)) for label in labels):
        raise PromptError(f"{name}: expected labels as text.")
    return tuple(str(label) for label in labels)


# JSON out


def write_points(points: Points) -> dict[str, Any]:
    """{"xy": [[x, y], ...], "labels": [1, ...]}."""
    return {"xy": points.xy.tolist(), "labels": points.labels.tolist()}


def write_boxes(boxes: Boxes) -> list[dict[str, Any]]:
    """One record for each box, best first: box, score, label."""
    return [_record(*row) for row in zip(boxes.xyxy, boxes.scores, boxes.labels)]


def write_masks(masks: Masks) -> list[dict[str, Any]]:
    """One record for each mask, best first: box, score, label, area, rle."""
    rows = zip(masks.masks, masks.boxes.xyxy, masks.scores, masks.boxes.labels)
    return [{**_record(*row), "area": int(mask.sum()), "rle": rle.encode(mask)} for mask, *row in rows]


def write_object(value: Points | Boxes | Masks) -> dict[str, Any]:
    """The same records in an object, as files hold them; blank labels are left out."""
    if isinstance(value, Points):
        return write_points(value)
    records = write_masks(value) if isinstance(value, Masks) else write_boxes(value)
    records = [{key: item for key, item in record.items() if key != "label" or item} for record in records]
    return {"size_hw": list(value.size_hw), "masks": records} if isinstance(value, Masks) else {"boxes": records}


def _record(box: Any, score: Any, label: str) -> dict[str, Any]:
    # The shortest decimals that are this float32, and not the digits of it as a float64.
    return {"box": [float(side) for side in box], "score": float(str(np.float32(score))), "label": label}
