"""The report as one HTML file that needs nothing else: no script, no font, no address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .facts import facts, heading
from .plots import Plot
from .tables import tables
from .worst import ANSWER, PROMPT, TRUTH, Picture

TEMPLATE = Path(__file__).with_name("report.html.jinja")
TITLES = {"box": "from its box", "click": "from one click, the mask with the best score"}


def as_html(
    report: Mapping[str, Any], plots: Sequence[Plot], worst: Sequence[tuple[str, str, list[Picture]]], note: str = ""
) -> str:
    """The page.

    Args:
        report: from `summary.summarise`.
        plots: to show.
        worst: (model, prompt, pictures).
        note: why there are no plots, or "".
    """
    from jinja2 import Environment, StrictUndefined

    # Names of classes and files come from annotation files, which anyone may have written.
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    found = tables(report)
    return environment.from_string(TEMPLATE.read_text("utf-8")).render(
        title=heading(report),
        facts=facts(report),
        note=note,
        plots=plots,
        main=found[:1],
        tables=found[1:],
        galleries=[(f"{method}, {TITLES[prompt]}", pictures) for method, prompt, pictures in worst],
        figures=report["figures"],
        colours={"truth": _css(TRUTH), "answer": _css(ANSWER), "prompt": _css(PROMPT)},
    )


def _css(colour: tuple[int, int, int]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
