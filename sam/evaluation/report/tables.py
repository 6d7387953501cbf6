"""The report's tables, the same for Markdown and for the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

MOST_CLASSES = 40
"""Classes in a table, those with most objects; report.json has all."""


class Value(NamedTuple):
    """One field of a table.

    Attributes:
        text: what it says.
        detail: its confidence interval, or "".
    """

    text: str
    detail: str = ""


class Table(NamedTuple):
    """A table.

    Attributes:
        title: heading.
        note: a sentence under it, or "".
        header: names of the columns, the first for the rows' names.
        rows: fields; the first is the row's name.
    """

    title: str
    note: str
    header: list[str]
    rows: list[list[Value]]


def tables(report: Mapping[str, Any]) -> list[Table]:
    """All tables of a report (`summary.summarise`), the most important first."""
    found = [overview(report)]
    models = [name for name, method in report["methods"].items() if method["model"]]
    if len(report["sets"]) > 1:
        found += [by_part(report, name, "sets", "set") for name in report["methods"]]
    if report["group_by"]:
        found += [by_part(report, name, "groups", report["group_by"]) for name in models]
    found += [by_part(report, name, "sizes", "size") for name in models]
    found += [by_part(report, name, "classes", "class", MOST_CLASSES) for name in models]
    found += [by_part(report, name, "sizes", "size") for name in report["methods"] if name not in models]
    if report["edges"]:
        found.append(edges(report))
    if report["left_out"]["count"]:
        found.append(left_out(report))
    return found


def overview(report: Mapping[str, Any]) -> Table:
    """Every figure of every method, mean of the sets."""
    methods = report["methods"]
    rows = []
    for key, about in report["figures"].items():
        unit = "" if about["unit"] == "IoU" else f" ({about['unit']})"
        cells = [value(method["mean_of_sets"].get(key)) for method in methods.values()]
        rows.append([Value(about["title"] + unit), *cells])
    what = "" if len(report["sets"]) == 1 else ", each set counting the same"
    note = f"Mean IoU, where nothing else is said{what}; in brackets 95% confidence intervals (images resampled)."
    return Table("All figures", note, ["figure", *methods], rows)


def by_part(report: Mapping[str, Any], method: str, part: str, name: str, most: int | None = None) -> Table:
    """The main figures of one method for each set, size, class or group, most objects first where there is no order."""
    found = report["methods"][method][part]
    keys = [key for key in main_figures(report) if any(key in cells for cells in found.values())]
    if part == "groups":
        keys = [key for key in keys if not key.startswith(("noc", "failed"))]
    names = list(found)
    if part in ("classes", "groups"):
        names.sort(key=lambda each: -_objects(found[each]))
    shown = names[:most]
    rows = [
        [Value(each), Value(str(_objects(found[each]))), *[value(found[each].get(key)) for key in keys]]
        for each in shown
    ]
    if part == "sets":
        means = report["methods"][method]["mean_of_sets"]
        rows.append([Value("mean of sets"), Value(str(_objects(means))), *[value(means.get(key)) for key in keys]])
    notes = {
        "sizes": "By COCO's area: small below 32² pixels, medium below 96², large from there.",
        "classes": f"The {most} classes with most objects of {len(names)}." if len(shown) < len(names) else "",
        "groups": "Intervals that overlap are no evidence of a difference.",
    }
    title = f"{method} by {name}"
    return Table(
        title, notes.get(part, ""), [name, "objects", *[report["figures"][key]["title"] for key in keys]], rows
    )


def edges(report: Mapping[str, Any]) -> Table:
    """Edge detection by the benchmark of BSDS500."""
    rows = [
        [Value(f"{name}: {model}"), *[Value(f"{found[key]:.3f}") for key in ("ods", "ois", "ap", "r50")]]
        for name, by in report["edges"].items()
        for model, found in by.items()
    ]
    return Table("Edge detection", "SAM paper, appendix D.2.", ["set and model", "ODS", "OIS", "AP", "R50"], rows)


def left_out(report: Mapping[str, Any]) -> Table:
    """What could not be measured."""
    found = report["left_out"]
    rows = [[Value(why), Value(str(count))] for why, count in found["reasons"].items()]
    first = found["examples"][0]
    note = f"{found['count']} photos or objects could not be used. The first: {first['what']}, {first['why']}."
    return Table("Left out", note, ["why", "how many"], rows)


def main_figures(report: Mapping[str, Any]) -> list[str]:
    """The few figures that fit a table with many rows: box, one click, three, most clicks, NoC."""
    keys = list(report["figures"])
    last = [key for key in keys if key.startswith("clicks_")][-2:]
    main = ["box", "click_single", "click_top", "click_oracle", "clicks_3", *last, "noc_85", "noc_90"]
    return [key for key in dict.fromkeys(main) if key in keys]


def value(cell: Mapping[str, Any] | None) -> Value:
    """A cell as text: 0.670 and [0.64, 0.70]; fewer digits from 1 on, where clicks are counted."""
    if cell is None:
        return Value("–")
    detail = "" if cell["low"] is None else f"[{cell['low']:.2f}, {cell['high']:.2f}]"
    return Value(f"{cell['mean']:.{3 if cell['mean'] <= 1 else 2}f}", detail)


def _objects(cells: Mapping[str, Mapping[str, Any]]) -> int:
    return max((cell["objects"] for cell in cells.values()), default=0)


def markdown(found: Sequence[Table]) -> str:
    """The tables as Markdown; names from annotation files cannot end a cell or become HTML."""
    lines = []
    for table in found:
        lines += [f"## {_plain(table.title)}", ""]
        lines += [_plain(table.note), ""] if table.note else []
        lines += [_line([_plain(name) for name in table.header]), _line(["---"] + ["---:"] * (len(table.header) - 1))]
        lines += [_line([_plain(f"{field.text} {field.detail}".strip()) for field in row]) for row in table.rows]
        lines.append("")
    return "\n".join(lines)


def _line(fields: Sequence[str]) -> str:
    return f"| {' | '.join(fields)} |"


def _plain(text: str) -> str:
    for mark, code in (("&", "&amp;"), ("<", "&lt;"), ("|", "\\|")):
        text = text.replace(mark, code)
    return " ".join(text.split())
