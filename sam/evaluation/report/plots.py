"""The report's plots as SVG, each once for a light and once for a dark page; matplotlib is only needed here."""

from __future__ import annotations

import base64
import importlib.util
import io
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

MISSING = "matplotlib is not installed. To have plots: pip install 'matplotlib>=3.9,<4', then run this again."
MOST_BARS = 20
"""Sets or groups in a plot; the tables have all."""


class Theme(NamedTuple):
    """Colours of a page; `series` in an order that people who see few colours can tell apart."""

    text: str
    line: str
    series: tuple[str, ...]


LIGHT = Theme("#1d2330", "#dfe3ea", ("#2563eb", "#d97706", "#0f9d76", "#c2418c", "#64748b", "#7c3aed", "#a16207"))
DARK = Theme("#e7eaf0", "#2d333e", ("#6ea0ff", "#f5b047", "#4fd1ac", "#f28cc4", "#9aa4b5", "#b79cff", "#e0c060"))


class Plot(NamedTuple):
    """A plot.

    Attributes:
        caption: under it.
        alt: what it shows, in words.
        light, dark: data URLs of SVG pictures.
    """

    caption: str
    alt: str
    light: str
    dark: str


Draw = Callable[[Any, Theme], None]


def draw_plots(report: Mapping[str, Any]) -> tuple[list[Plot], str]:
    """The plots that this report has the figures for, and why there are none, or ""."""
    if importlib.util.find_spec("matplotlib") is None:
        return [], MISSING
    found = []
    for caption, alt, height, draw in _wanted(report):
        light, dark = (_svg(draw, theme, height) for theme in (LIGHT, DARK))
        found.append(Plot(caption, alt, light, dark))
    return found, ""


def _wanted(report: Mapping[str, Any]) -> list[tuple[str, str, float, Draw]]:
    """(caption, alternative text, height in inches, what draws it)."""
    methods = report["methods"]
    models = {name: method for name, method in methods.items() if method["model"]}
    title = {key: about["title"] for key, about in report["figures"].items()}
    found: list[tuple[str, str, float, Draw]] = []
    names = 0.25 * len(models) if len(models) > 1 else 0.0
    counts = sorted({int(key.split("_")[1]) for key in title if key.startswith("clicks_")})
    if counts:
        what = "Mean IoU after each number of clicks, with 95% intervals: single mask, and the best of three (dashed)."
        found.append((what, _words(report, models, "click_single", counts), 3.2 + names, _clicks(models, counts)))
    for key in ("box", "click_oracle", "click_single"):
        having = {
            name: method["mean_of_sets"][key] for name, method in methods.items() if key in method["mean_of_sets"]
        }
        if len(having) > 1:
            what = f"IoU, {title[key]}, mean of the sets with 95% intervals."
            found.append((what, _list(having), 0.9 + 0.36 * len(having), _bars({"": having}, _place(methods))))
    if models:
        what = "How many objects reach which IoU: from the box (filled) and from one click by top score (line)."
        found.append((what, what, 3.2 + names, _histogram(report["objects"], list(models))))
    for key in ("box", "click_oracle"):
        by_size = {size: {n: m["sizes"][size][key] for n, m in models.items() if size in m["sizes"]} for size in _SIZES}
        by_size = {size: cells for size, cells in by_size.items() if cells}
        if by_size:
            what = f"IoU by size (COCO's), {title[key]}, with 95% intervals."
            alt = "; ".join(f"{size}: {_list(cells)}" for size, cells in by_size.items())
            height = 0.9 + names + 0.3 * sum(len(cells) + 0.5 for cells in by_size.values())
            found.append((what, alt, height, _bars(by_size, _place(models))))
    for part, key, name in _parts(report):
        cells = next(iter(models.values()))[part]
        groups = list(cells) if part == "sets" else sorted(cells, key=lambda each: -cells[each][key]["objects"])
        groups = groups[:MOST_BARS]
        by_group = {each: {n: m[part][each][key] for n, m in models.items()} for each in groups}
        what = f"IoU by {name}, {title[key]}, with 95% intervals."
        height = 0.9 + names + 0.3 * sum(len(cells) + 0.5 for cells in by_group.values())
        found.append((what, f"{what} The tables have the same.", height, _bars(by_group, _place(models))))
    for name, by_model in report["edges"].items():
        what = f"{name}: precision and recall of edges."
        alt = ", ".join(f"{model}: ODS {edges['ods']:.3f}" for model, edges in by_model.items())
        found.append((what, alt, 3.2, _curves(by_model)))
    return found


_SIZES = ("small", "medium", "large")


def _parts(report: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """(part, figure, its name) of the plots with a bar for each set or group."""
    found = []
    if not any(method["model"] for method in report["methods"].values()):
        return []
    if len(report["sets"]) > 1:
        found += [("sets", "box", "set"), ("sets", "click_oracle", "set")]
    if report["group_by"]:
        found += [("groups", key, report["group_by"]) for key in ("click_top", "clicks_3") if key in report["figures"]]
    return found


def _clicks(models: Mapping[str, Any], counts: Sequence[int]) -> Draw:
    def draw(axes: Any, theme: Theme) -> None:
        for number, (name, method) in enumerate(models.items()):
            colour = theme.series[number % len(theme.series)]
            for suffix, first, style in (("", "click_single", "-"), ("_oracle", "click_oracle", "--")):
                cells = [method["mean_of_sets"][first]]
                cells += [method["mean_of_sets"][f"clicks_{count}{suffix}"] for count in counts]
                xs, ys = [1, *counts], [cell["mean"] for cell in cells]
                label = None if suffix else _text(name)
                axes.plot(xs, ys, style, color=colour, marker="o", markersize=4, label=label)
                if all(cell["low"] is not None for cell in cells):
                    lows, highs = [cell["low"] for cell in cells], [cell["high"] for cell in cells]
                    axes.fill_between(xs, lows, highs, color=colour, alpha=0.15, linewidth=0)
        axes.set_xticks([1, *counts])
        axes.set_ylim(0, 1)
        axes.set_xlabel("clicks")
        axes.set_ylabel("mean IoU")
        axes.grid(axis="y", color=theme.line)
        _legend(axes, axes.get_legend_handles_labels()[0])

    return draw


def _bars(groups: Mapping[str, Mapping[str, Any]], place: Mapping[str, int]) -> Draw:
    """Horizontal bars with intervals: groups from the top down, in each the methods in order, in their colours."""

    def draw(axes: Any, theme: Theme) -> None:
        several = len({name for cells in groups.values() for name in cells}) > 1
        ticks, y = [], 0.0
        for group, cells in groups.items():
            start = y
            for name, cell in cells.items():
                colour = theme.series[place[name] % len(theme.series)]
                axes.barh(y, cell["mean"], 0.8, color=colour)
                right = cell["mean"]
                if cell["low"] is not None:
                    right = max(right, cell["high"])
                    axes.plot([cell["low"], cell["high"]], [y, y], color=theme.text, linewidth=1.5)
                axes.text(min(right + 0.015, 1.0), y, f"{cell['mean']:.2f}", va="center", fontsize=9)
                if not group:
                    ticks.append((y, name))
                y += 1
            if group:
                ticks.append(((start + y - 1) / 2, group))
            y += 0.5 if group else 0
        axes.set_yticks([at for at, _ in ticks], [_text(name) for _, name in ticks])
        axes.tick_params(axis="y", length=0)
        axes.margins(y=0.02)
        axes.invert_yaxis()
        axes.set_xlim(0, 1.1)
        axes.set_xticks(np.arange(0, 1.1, 0.2))
        axes.grid(axis="x", color=theme.line)
        axes.set_axisbelow(True)
        if several and "" not in groups:
            from matplotlib.patches import Patch

            names = dict.fromkeys(name for cells in groups.values() for name in cells)
            patches = [Patch(color=theme.series[place[name] % len(theme.series)], label=_text(name)) for name in names]
            _legend(axes, patches)

    return draw


def _histogram(objects: Sequence[Mapping[str, Any]], models: Sequence[str]) -> Draw:
    def draw(axes: Any, theme: Theme) -> None:
        edges = np.linspace(0, 1, 21)
        for number, name in enumerate(models):
            colour = theme.series[number % len(theme.series)]
            for key, filled in (("box", True), ("click_top", False)):
                counts, _ = np.histogram([row["figures"][name][key] for row in objects], edges)
                style: dict[str, Any] = {"alpha": 0.35} if filled else {"linewidth": 2}
                label = _text(name) if filled else None
                axes.stairs(counts, edges, fill=filled, color=colour, label=label, **style)
        axes.set_xlim(0, 1)
        axes.set_xlabel("IoU")
        axes.set_ylabel("objects")
        axes.yaxis.get_major_locator().set_params(integer=True)
        axes.grid(axis="y", color=theme.line)
        _legend(axes, axes.get_legend_handles_labels()[0])

    return draw


def _curves(by_model: Mapping[str, Any]) -> Draw:
    def draw(axes: Any, theme: Theme) -> None:
        for number, (name, edges) in enumerate(by_model.items()):
            curve = np.array(edges["curve"], float).reshape(-1, 3)
            label = f"{_text(name)}, ODS {edges['ods']:.3f}"
            axes.plot(curve[:, 2], curve[:, 1], color=theme.series[number % len(theme.series)], label=label)
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)
        axes.set_xlabel("recall")
        axes.set_ylabel("precision")
        axes.grid(color=theme.line)
        axes.legend(frameon=False, fontsize=10)

    return draw


def _legend(axes: Any, handles: Sequence[Any]) -> None:
    """Above the axes, where it hides nothing; long names below each other. None for a single name."""
    if len(handles) > 1:
        columns = 1 if max(len(handle.get_label()) for handle in handles) > 14 else 3
        axes.figure.legend(handles=handles, loc="outside upper left", ncols=columns, frameon=False, fontsize=10)


def _svg(draw: Draw, theme: Theme, height: float) -> str:
    """A data URL. Drawn without pyplot, whose figures are shared by all threads."""
    import matplotlib
    from matplotlib.figure import Figure

    style: dict[Any, Any] = {f"{part}.color": theme.text for part in ("text", "xtick", "ytick")}
    style |= {"axes.edgecolor": theme.line, "axes.labelcolor": theme.text, "font.size": 11}
    style |= {"axes.spines.top": False, "axes.spines.right": False, "svg.hashsalt": "report"}
    with matplotlib.rc_context(style), warnings.catch_warnings():
        # Class names may be in any script; a box instead of a letter is no reason to have no report.
        warnings.filterwarnings("ignore", "Glyph .* missing from font", UserWarning)
        figure = Figure((4.5, height), layout="constrained")
        draw(figure.add_subplot(), theme)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    return "data:image/svg+xml;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def _place(methods: Mapping[str, Any]) -> dict[str, int]:
    return {name: number for number, name in enumerate(methods)}


def _text(name: str) -> str:
    """As it is: matplotlib would read dollar signs as formulas. Long names are cut."""
    name = name if len(name) <= 24 else name[:23] + "…"
    return name.replace("$", r"\$")


def _list(cells: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {cell['mean']:.2f}" for name, cell in cells.items())


def _words(report: Mapping[str, Any], models: Mapping[str, Any], first: str, counts: Sequence[int]) -> str:
    last = f"clicks_{counts[-1]}"
    return "; ".join(
        f"{name}: {method['mean_of_sets'][first]['mean']:.2f} after one click, "
        f"{method['mean_of_sets'][last]['mean']:.2f} after {counts[-1]}"
        for name, method in models.items()
    )
