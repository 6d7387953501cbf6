"""Write a report: report.json with everything, report.md with tables, report.html to look at."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...errors import SamError
from ..evaluate import Results
from .facts import facts, heading
from .tables import markdown, tables


def as_markdown(report: Mapping[str, Any]) -> str:
    """The report as Markdown: what was measured, then the tables."""
    lines = [f"# {heading(report)}", ""]
    lines += [f"- {name}: {text}" for name, text in facts(report)]
    return "\n".join([*lines, "", markdown(tables(report))])


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
