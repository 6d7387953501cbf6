"""JSON from outside, read with care: one sentence for whatever is wrong with it, and only values that can be used."""

from __future__ import annotations

import json
from typing import Any

from ..errors import PromptError, SamError
from .arrays import whole_text
from .limits import MAX_JSON_CONTAINERS, MAX_JSON_DEPTH, MAX_JSON_VALUES

_LARGEST_WHOLE = 1 << 63


def parse_json(data: str | bytes, name: str, error: type[SamError] = PromptError) -> Any:
    """The value of a JSON text.

    Args:
        data: text, or bytes in UTF-8, -16 or -32.
        name: how messages call it.
        error: kind to raise.

    Raises:
        SamError: not JSON, more values than memory is for, or as `clean_json`.
    """
    opening, comma = ("[", "{"), ","
    count: Any = data.count if isinstance(data, str) else lambda sign: data.count(sign.encode())
    # At least as many as there are: such signs in texts count, too.
    if sum(map(count, opening)) > MAX_JSON_CONTAINERS or count(comma) > MAX_JSON_VALUES:
        raise error(
            f"{name} holds more than {MAX_JSON_CONTAINERS:,} lists and objects, or {MAX_JSON_VALUES:,} values. "
            "Split it up."
        )
    try:
        value = json.loads(data)
    except (ValueError, RecursionError, OverflowError) as problem:
        # Of a number with thousands of digits Python tells how to allow it, which is no help here.
        reason = "too deep" if isinstance(problem, RecursionError) else str(problem).partition(";")[0]
        raise error(f"{name} is not JSON ({reason}).") from problem
    return clean_json(value, name, error)


def clean_json(value: Any, name: str, error: type[SamError] = PromptError, depth: int = 0) -> Any:
    """A parsed JSON value with nothing in it that breaks later: half characters are replaced, the rest is refused.

    Args:
        value: of text, numbers, true, false, None, lists and dictionaries; anything else stays as it is.
        name, error: as `parse_json`.

    Raises:
        SamError: NaN or infinity, whole numbers beyond 64 bits, or more than `MAX_JSON_DEPTH` levels.
    """
    if isinstance(value, str):
        return whole_text(value)
    if isinstance(value, float) and not (value - value == 0):
        raise error(f"{name}: expected numbers, got NaN or infinity.")
    if isinstance(value, int) and not isinstance(value, bool) and not -_LARGEST_WHOLE <= value < _LARGEST_WHOLE:
        raise error(f"{name}: expected smaller numbers, got one of {value.bit_length()} bits.")
    if not isinstance(value, (list, tuple, dict)):
        return value
    if depth == MAX_JSON_DEPTH:
        raise error(f"{name}: expected at most {MAX_JSON_DEPTH} lists or objects inside one another.")
    if isinstance(value, dict):
        return {
            whole_text(key) if isinstance(key, str) else key: clean_json(item, name, error, depth + 1)
            for key, item in value.items()
        }
    return [clean_json(item, name, error, depth + 1) for item in value]
