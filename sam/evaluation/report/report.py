"""Write a report: report.json with everything, report.md with tables, report.html to look at."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...errors import SamError
from ..evaluate import Results
from .tables import markdown, tables

HELD_OUT = "Held-out photos only: one in eight, by sam/training/split.py, which sam/training never trains on."
ALL_PHOTOS = (
    "All photos. If a model was trained on some of them, its figures are too good; --split held-out measures only "
    "those that sam/training keeps out."
)


def as_markdown(report: Mapping[str, Any]) -> str:
    """The report as Markdown: what was measured, then the tables."""
    lines = [f"# {heading(report)}", ""]
    lines += [f"- {name}: {text}" for name, text in facts(report)]
    return "\n".join([*lines, "", markdown(tables(report))])


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


def check_folder(out: Path) -> None:
    """Make the folder before anything is measured.

    Raises:
        SamError: it cannot be made, or is a file.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SamError(f"{out}: expected a folder for the report, which cannot be made ({error.strerror}).") from error


def write_report(report: Mapping[str, Any], results: Results, out: Path) -> tuple[list[Path], str]:
    """The three files, and what kept the page from having plots, or "".

    Args:
        report: from `summary.summarise`.
        results: for the pictures of the worst cases.
        out: a folder that is there.

    Raises:
        SamError: a file cannot be written.
    """
    from .page import as_html
    from .plots import draw_plots

    plots, missing = draw_plots(report)
    files = {
        "report.json": json.dumps(report, indent=1) + "\n",
        "report.md": as_markdown(report),
        "report.html": as_html(report, plots, list(results.worst), missing),
    }
    for name, text in files.items():
        try:
            (out / name).write_text(text, "utf-8")
        except OSError as error:
            raise SamError(f"{out / name} cannot be written ({error.strerror}).") from error
    return [out / name for name in files], missing
