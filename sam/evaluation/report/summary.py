"""From rows to a report: means with confidence intervals by set, size, class and group, as plain data for JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..bootstrap import interval, resampled_means
from ..evaluate import Results, Row
from ..measures import SIZES, figure

FORMAT = 1
"""Raised when a field changes its meaning."""
NO_GROUP = "(not given)"
Cell = dict[str, Any]
"""mean, low and high (None where there is one image only), objects."""


def summarise(results: Results, about: Mapping[str, Any]) -> dict[str, Any]:
    """The whole report as JSON can hold it.

    Args:
        results: with at least one row.
        about: versions, arguments and the like, kept as they are.
    """
    rows, seed = results.rows, results.settings.seed
    many = len(results.sets) > 1
    parts = {
        "sets": _split(rows, lambda row: row.data_set),
        "sizes": _split(rows, lambda row: row.size, SIZES),
        "classes": _split(rows, lambda row: f"{row.data_set}: {row.label}" if many else row.label),
        "groups": _split(rows, lambda row: row.group or NO_GROUP) if results.settings.group_by else {},
    }
    columns = [(method, key) for method in results.methods for key in rows[0].figures[method]]
    keys = list(dict.fromkeys(key for _, key in columns))
    methods: dict[str, Any] = {
        name: {"model": name in results.models, "mean_of_sets": {}, **{part: {} for part in parts}}
        for name in results.methods
    }
    for part, groups in parts.items():
        for number, (name, members) in enumerate(groups.items()):
            cells, _ = _cells(members, columns, [seed, number])
            for (method, key), cell in cells.items():
                methods[method][part].setdefault(name, {})[key] = cell
    for (method, key), cell in _mean_of_sets(list(parts["sets"].values()), columns, seed).items():
        methods[method]["mean_of_sets"][key] = cell
    return {
        "format": FORMAT,
        **about,
        "complete": results.complete,
        "group_by": results.settings.group_by,
        "sets": {
            name: {"photos": photos, "chosen": chosen, "objects": len(parts["sets"].get(name, ()))}
            for name, (photos, chosen) in results.sets.items()
        },
        "figures": {key: figure(key)._asdict() for key in keys},
        "methods": methods,
        "edges": {name: {model: _edges(found) for model, found in by.items()} for name, by in results.edges.items()},
        "left_out": left_out(results.left_out),
        "objects": [_object(row) for row in rows],
    }


def left_out(entries: Sequence[tuple[str, str]], examples: int = 20) -> dict[str, Any]:
    """How many photos and objects could not be used, by reason, and some of them by name."""
    reasons = Counter(why.partition(":")[0] for _, why in entries)
    return {
        "count": len(entries),
        "reasons": dict(reasons.most_common()),
        "examples": [{"what": what, "why": why} for what, why in entries[:examples]],
    }


def _split(rows: Sequence[Row], key: Callable[[Row], str], order: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Rows by a key: in the order given, or else the key with most objects first; sets keep their own order."""
    parts: dict[str, list[Row]] = {name: [] for name in order or ()}
    for row in rows:
        parts.setdefault(key(row), []).append(row)
    return {name: members for name, members in parts.items() if members}


def _matrix(rows: Sequence[Row], columns: Sequence[tuple[str, str]]) -> NDArray[np.float64]:
    return np.array([[row.figures[method][key] for method, key in columns] for row in rows], np.float64)


def _cells(
    rows: Sequence[Row], columns: Sequence[tuple[str, str]], seed: Sequence[int]
) -> tuple[dict[tuple[str, str], Cell], NDArray[np.float64]]:
    """A cell for each column, and the resampled means, (draws, columns)."""
    values = _matrix(rows, columns)
    draws = resampled_means(values, [row.photo for row in rows], seed)
    means = values.mean(0)
    cells = {column: _cell(means[i], draws[:, i], len(rows)) for i, column in enumerate(columns)}
    return cells, draws


def _mean_of_sets(
    parts: Sequence[Sequence[Row]], columns: Sequence[tuple[str, str]], seed: int
) -> dict[tuple[str, str], Cell]:
    """Each set counts the same, whatever its number of objects; images are resampled within their sets."""
    found = [_cells(rows, columns, [seed, number]) for number, rows in enumerate(parts)]
    known = all(len(draws) for _, draws in found)
    total = sum(len(rows) for rows in parts)
    cells = {}
    for i, column in enumerate(columns):
        mean = float(np.mean([cells[column]["mean"] for cells, _ in found]))
        draws = np.mean([draws[:, i] for _, draws in found], 0) if known else np.empty(0)
        cells[column] = _cell(mean, draws, total)
    return cells


def _cell(mean: float, draws: NDArray[np.float64], objects: int) -> Cell:
    found = interval(draws)
    low, high = found if found is not None else (None, None)
    return {"mean": _round(mean), "low": _round(low), "high": _round(high), "objects": objects}


def _round(value: float | None) -> float | None:
    return None if value is None else round(float(value), 6)


def _edges(found: Any) -> dict[str, Any]:
    figures = {name: _round(getattr(found, name)) for name in ("ods", "ois", "ap", "r50")}
    return {**figures, "curve": np.round(np.asarray(found.curve, float), 6).tolist()}


def _object(row: Row) -> dict[str, Any]:
    figures = {method: {key: _round(value) for key, value in by.items()} for method, by in row.figures.items()}
    known = {"set": row.data_set, "photo": row.photo, "annotation": row.number, "class": row.label}
    return {**known, "area": row.area, "size": row.size, "group": row.group, "figures": figures}
