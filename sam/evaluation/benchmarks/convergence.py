"""Whether clicks converge: `python -m sam.evaluation.benchmarks.convergence --data FOLDER`.

Ten clicks an object by RITM's clicker, none left out however good the answer is. Beside the number of clicks that an
object takes, two things that a person at the mouse minds most: whether the spot that was clicked has its label in the
answer, and how often a correction makes the whole worse.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...errors import SamError
from ...models import load_model
from ...segmenter import Segmenter
from ..cases import Case, cases
from ..clicker import MOST_CLICKS, Clicking, click_through
from ..dataset import find_sets

CLICKS = 10
"""Clicks that each object gets."""
LEAST_AREA = 1000.0
"""Objects smaller than this are left out: ten clicks have no room on them."""
LOSS = 0.01
"""A correction that lowers the IoU by more has made the answer worse."""
COLUMNS = ("NoC@85", "NoC@90", "own spot", "lower", "IoU at 1", "IoU at 3", f"IoU at {CLICKS}")


@dataclass(frozen=True)
class Figures:
    """Means over objects.

    Attributes:
        objects: how many.
        noc_85, noc_90: clicks until IoU reaches .85 and .90; 20 where ten do not suffice, as RITM counts a failure.
        own_spot: share of clicks whose own pixel has its label in the answer to it.
        lower: share of corrections after which the IoU is lower by more than `LOSS`.
        first, third, last: IoU after one, three and all clicks.
    """

    objects: int
    noc_85: float
    noc_90: float
    own_spot: float
    lower: float
    first: float
    third: float
    last: float

    def row(self) -> list[str]:
        """The figures as a table shows them."""
        return [f"{self.noc_85:.2f}", f"{self.noc_90:.2f}"] + [
            f"{value:.3f}" for value in (self.own_spot, self.lower, self.first, self.third, self.last)
        ]


def figures(runs: Sequence[Clicking]) -> Figures:
    """What the clicks on some objects came to.

    Args:
        runs: one for each object, at least one click in each.

    Raises:
        SamError: no objects.
    """
    if not runs:
        raise SamError(f"convergence: expected objects of at least {LEAST_AREA:.0f} pixels, found none.")
    own, steps = [], []
    for run in runs:
        spots = zip(run.xy, run.labels, run.masks)
        own += [bool(mask[int(xy[1]), int(xy[0])]) == (label == 1) for xy, label, mask in spots]
        steps += list(np.diff(run.ious))
    return Figures(
        len(runs),
        _mean([_clicks(run, 0.85) for run in runs]),
        _mean([_clicks(run, 0.90) for run in runs]),
        _mean(own),
        _mean([float(step < -LOSS) for step in steps]) if steps else 0.0,
        _mean([run.iou_after(1) for run in runs]),
        _mean([run.iou_after(3) for run in runs]),
        _mean([run.iou_after(CLICKS) for run in runs]),
    )


def _clicks(run: Clicking, threshold: float) -> int:
    reached = [number for number, iou in enumerate(run.ious, 1) if iou >= threshold]
    return reached[0] if reached else MOST_CLICKS


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))


def measure(
    model: Segmenter, data: Path, photos: int, objects: int, *, everything: bool = False
) -> dict[str, list[Clicking]]:
    """Clicks on the objects of each set, by the set's name.

    Args:
        model: to click in.
        data: a COCO folder, or a folder of them.
        photos: of each set, at most.
        objects: of each photo, at most.
        everything: also photos that training may have seen; else those that it holds out.

    Raises:
        SamError: nothing to measure on.
    """
    found: dict[str, list[Clicking]] = {}
    for data_set in find_sets(data):
        runs = []
        for photo in data_set.chosen("all" if everything else "held-out", photos):
            runs += list(_clicked(model, list(cases(photo, objects, LEAST_AREA))))
        if runs:
            found[data_set.name] = runs
    return found


def _clicked(model: Segmenter, photo: Sequence[Case]) -> Iterator[Clicking]:
    embedding = None
    for case in photo:
        embedding = embedding or model.embed(case.image)
        yield click_through(model, embedding, case.mask, least=CLICKS, most=CLICKS)


def table(found: dict[str, list[Clicking]]) -> str:
    """Markdown: a row for each set, and the mean of the sets."""
    rows = {name: figures(runs) for name, runs in found.items()}
    lines = [f"| set | objects | {' | '.join(COLUMNS)} |", "|---" * (2 + len(COLUMNS)) + "|"]
    lines += [f"| {name} | {row.objects} | {' | '.join(row.row())} |" for name, row in rows.items()]
    if len(rows) > 1:
        keys = [key for key in Figures.__dataclass_fields__ if key != "objects"]
        mean = Figures(
            sum(row.objects for row in rows.values()),
            *(_mean([getattr(row, key) for row in rows.values()]) for key in keys),
        )
        lines.append(f"| **mean of sets** | {mean.objects} | {' | '.join(mean.row())} |")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m sam.evaluation.benchmarks.convergence", description="Measure whether clicks converge."
    )
    parser.add_argument("--data", type=Path, required=True, help="a COCO folder, or a folder of them")
    parser.add_argument("--model", default="nano")
    parser.add_argument("--photos", type=int, default=40, help="photos of each folder, at most")
    parser.add_argument("--objects", type=int, default=3, help="objects of each photo, at most")
    parser.add_argument("--all", action="store_true", help="also photos that training may have seen")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    a = parser.parse_args()
    try:
        found = measure(load_model(a.model), a.data, a.photos, a.objects, everything=a.all)
        if not found:
            raise SamError(f"{a.data}: expected held-out objects of at least {LEAST_AREA:.0f} pixels, found none.")
        sys.stdout.write(table(found) + "\n")
    except SamError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if a.json:
        rows = {name: vars(figures(runs)) for name, runs in found.items()}
        a.json.write_text(json.dumps(rows, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
