"""The training log: a line every hundred steps, and curves."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

LOG = "log.jsonl"
CURVES = "curves.png"


class History:
    """Means of the figures over every `every` steps, as JSON lines in a file and on the screen."""

    def __init__(self, path: Path, every: int = 100) -> None:
        self.path, self.every = path, every
        self.rows: list[dict[str, float]] = []

    def add(self, figures: dict[str, float], **where: float) -> None:
        """Take in one step; `where` says which it was."""
        self.rows.append(figures)
        if len(self.rows) == self.every:
            means = {name: round(float(np.mean([row[name] for row in self.rows])), 4) for name in figures}
            print(line := json.dumps(means | where), flush=True)
            with self.path.open("a") as file:
                file.write(line + "\n")
            self.rows.clear()


def read_log(path: Path) -> list[dict[str, float]]:
    """The rows of a log; those that a stopped process left unfinished are skipped."""
    rows = []
    for line in path.read_text().splitlines() if path.exists() else []:
        try:
            rows.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return rows


def draw_curves(run: Path) -> Path | None:
    """Loss and IoU over the steps as `curves.png` in the run's folder; None without a log or without matplotlib."""
    rows = read_log(run / LOG)
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return None
    if not rows:
        return None
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    losses, scores = figure.subplots(1, 2)
    steps = [row["step"] for row in rows]
    losses.plot(steps, [row["loss"] for row in rows], label="loss")
    losses.set_ylabel("loss")
    for name, title in (("single", "single mask"), ("oracle", "best of three"), ("top", "first of three")):
        # Logs of earlier versions lack some of them.
        pairs = [(row["step"], row[name]) for row in rows if name in row]
        scores.plot(*zip(*pairs), label=title) if pairs else None
    scores.set_ylabel("IoU on training crops")
    scores.legend(frameon=False)
    for axes in (losses, scores):
        axes.set_xlabel("step")
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(run / CURVES, dpi=120)
    return run / CURVES
