"""A report of made-up figures with everything that a report can hold, names that try to break it among them."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np

from sam.evaluation.evaluate import Results, Row, Settings
from sam.evaluation.report.plots import Plot, draw_plots
from sam.evaluation.report.summary import summarise

from ..conftest import make_case, square

EVIL = "<script>alert(1)</script>"
PIPE = "a | b\n$x_1$ & \u96ea"


class Edges(NamedTuple):
    """As edges.EdgeFigures."""

    ods: float
    ois: float
    ap: float
    r50: float
    curve: np.ndarray


ABOUT: dict[str, Any] = {
    "created": "2026-01-01T00:00:00+00:00",
    "arguments": {"split": "held-out", "photos": 5, "objects": 3, "min_area": 200.0, "seed": 0},
    "models": [{"name": "nano", "weights": "abc123"}, {"name": EVIL, "weights": "def456"}],
    "versions": {"python": "3.11"},
    "commit": None,
}


def make_results(models: tuple[str, ...] = ("nano", EVIL), sets: tuple[str, ...] = ("first", PIPE)) -> Results:
    """Thirty objects of each set, figures drawn at random."""
    random = np.random.default_rng(0)
    settings = Settings("held-out", group_by="colour")
    results = Results(settings, [*models, "filled box"], list(models), dict.fromkeys(sets, (10, 10)))
    keys = ["box", "click_single", "click_top", "click_oracle"]
    keys += ["clicks_3", "clicks_3_oracle", "clicks_5", "clicks_5_oracle", "noc_85", "noc_90", "failed_90"]
    for name in sets:
        for number in range(30):
            figures = {
                model: {key: float(random.uniform(1, 20) if key[:3] == "noc" else random.random()) for key in keys}
                for model in models
            }
            figures["filled box"] = {"box": float(random.random())}
            label, group = [EVIL, PIPE, "cat"][number % 3], [EVIL, "red", None][number % 3]
            area = float(10 ** random.uniform(2.5, 4.5))
            results.rows.append(Row(name, f"{name}/{number // 3}.png", number, label, area, group, figures))
    results.left_out.append((f"first/{EVIL}.png", f"image not readable: {EVIL}"))
    curve = np.array([[0.1, 0.2, 0.9], [0.5, 0.6, 0.6], [0.9, 0.95, 0.1]])
    results.edges["first"] = {model: Edges(0.6, 0.62, 0.5, 0.7, curve) for model in models}
    case = make_case(square(10, 10, 30, 30), photo=EVIL, label=EVIL, number=EVIL)
    for model in models:
        results.worst.offer(model, "box", 0.1, case, case.mask)
        results.worst.offer(model, "click", 0.2, case, case.mask)
    return results


@cache
def make_plots() -> list[Plot]:
    """Its plots, drawn once for all tests."""
    return draw_plots(make_report())[0]


def make_report(results: Results | None = None) -> dict[str, Any]:
    return summarise(results or make_results(), ABOUT)
