"""What the raters said, by model: means with intervals, and each model beside the first on the same objects."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import SamError
from ..bootstrap import interval, resampled_means

LOWEST, HIGHEST = 1, 10
GOOD = 7
"""From here on, the paper's guide speaks of small errors at most."""


def read_ratings(files: Sequence[Path], study: str, key: Mapping[str, Any]) -> list[dict[str, int]]:
    """item id -> rating, of each rater.

    Args:
        files: as the form saves them, one a rater.
        study: its id.
        key: see `Study.key`.

    Raises:
        SamError: not such a file, of another study, or a rating that is none.
    """
    found = []
    for file in files:
        try:
            data = json.loads(file.read_text("utf-8"))
            of, ratings = data["study"], dict(data["ratings"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise SamError(f"{file}: expected ratings as the form saves them, got {error!r}.") from error
        if of != study:
            raise SamError(f"{file}: these ratings are of the study {str(of)[:40]}, not of {study}.")
        for item, rating in ratings.items():
            whole = isinstance(rating, int) and not isinstance(rating, bool) and LOWEST <= rating <= HIGHEST
            if item not in key or not whole:
                raise SamError(f"{file}: {item[:40]} has the rating {rating!r}. Expected 1 to 10, for a known mask.")
        found.append({str(item): int(rating) for item, rating in ratings.items()})
    if not any(found):
        raise SamError("Nothing is rated yet. Open rate.html, rate the masks, and save.")
    return found


def summarise_ratings(raters: Sequence[Mapping[str, int]], key: Mapping[str, Any], seed: int = 0) -> dict[str, Any]:
    """Figures of each method, best first.

    Returns:
        "raters", and "methods": for each its name, `count` of rated masks, `mean` over the objects (several raters of
        one mask count as their mean), its 95% `interval` by resampling photos, the share `good` with 7 or more, and
        `beside`: (mean difference to the best one on the objects rated for both, interval), None for the best.
    """
    by_method: dict[str, dict[tuple[str, str], float]] = {}
    for item, source in key.items():
        given = [rater[item] for rater in raters if item in rater]
        if given:
            place = (str(source["photo"]), str(source["number"]))
            by_method.setdefault(str(source["method"]), {})[place] = float(np.mean(given))
    order = sorted(by_method, key=lambda name: -float(np.mean(list(by_method[name].values()))))
    return {"raters": len(raters), "methods": [_row(name, by_method, order[0], seed) for name in order]}


def _row(name: str, by_method: Mapping[str, Mapping[tuple[str, str], float]], best: str, seed: int) -> dict[str, Any]:
    rated = by_method[name]
    values = list(rated.values())
    both = [place for place in rated if place in by_method[best]]
    apart = [rated[place] - by_method[best][place] for place in both]
    beside = None
    if name != best and both:
        beside = {
            "mean": float(np.mean(apart)),
            "interval": interval(resampled_means(apart, [photo for photo, _ in both], seed)),
        }
    return {
        "name": name,
        "count": len(values),
        "mean": float(np.mean(values)),
        "interval": interval(resampled_means(values, [photo for photo, _ in rated], seed)),
        "good": float(np.mean(np.array(values) >= GOOD)),
        "beside": beside,
    }


def as_table(summary: Mapping[str, Any]) -> str:
    """Markdown."""
    rows = ["| method | mean | 95% | 7 or more | beside the best | masks |", "|---|---|---|---|---|---|"]
    for row in summary["methods"]:
        beside = row["beside"]
        apart = f"{beside['mean']:+.2f} ({_span(beside['interval'], '+.2f')})" if beside else "-"
        rows.append(
            f"| {row['name']} | {row['mean']:.2f} | {_span(row['interval'], '.2f')} | {row['good']:.0%} | {apart} | "
            f"{row['count']} |"
        )
    people = summary["raters"]
    return "\n".join([f"Human rating, 1 to 10, blind; {people} rater{'s' * (people != 1)}.", "", *rows])


def _span(found: tuple[float, float] | None, how: str) -> str:
    return f"{found[0]:{how}} to {found[1]:{how}}" if found else "-"
