"""The facts needed to judge a report's figures: data, split, limits, weights, versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

HELD_OUT = "Held-out photos only: one in eight, by sam/training/split.py, which sam/training never trains on."
ALL_PHOTOS = (
    "All photos. If a model was trained on some of them, its figures are too good; --split held-out measures only "
    "those that sam/training keeps out."
)


def heading(report: Mapping[str, Any]) -> str:
    """What was measured, in a line."""
    names = [name for name, method in report["methods"].items() if method["model"]]
    return f"Evaluation of {' and '.join(names)}" if names else "Evaluation of methods without weights"


def facts(report: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(name, text) of what one must know to judge the figures."""
    sets = report["sets"]
    objects = sum(row["objects"] for row in sets.values())
    listed = ", ".join(f"{name} ({row['photos']} photos, {row['objects']} objects)" for name, row in sets.items())
    found = [
        ("Data", f"{objects} objects in {sum(row['photos'] for row in sets.values())} photos: {listed}"),
        ("Split", HELD_OUT if report["arguments"]["split"] == "held-out" else ALL_PHOTOS),
        ("Limits", _limits(report["arguments"])),
    ]
    found += [(f"Weights of {model['name']}", model["weights"]) for model in report["models"]]
    found.append(("Source", f"commit {report['commit']}" if report["commit"] else "commit unknown"))
    found.append(("Versions", ", ".join(f"{name} {version}" for name, version in report["versions"].items())))
    found.append(("Made", report["created"]))
    if not report["complete"]:
        found.insert(0, ("Incomplete", "This run was stopped early; the figures are those of the objects until then."))
    return found


def _limits(arguments: Mapping[str, Any]) -> str:
    return (
        f"{arguments['photos']} photos of each set at most, {arguments['objects']} objects of each photo at most, "
        f"objects of {arguments['min_area']:g} pixels or more, seed {arguments['seed']}"
    )
