"""Measure methods on data sets, object by object; what was measured stays when it is interrupted."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ..errors import SamError
from .cases import Case, cases
from .dataset import DataSet, LabelledPhoto, Split
from .measures import size_name
from .methods import Answer, Method, ModelMethod
from .report.worst import Worst


@dataclass(frozen=True)
class Settings:
    """What is measured.

    Attributes:
        split: "all" photos, or those "held-out" of training by `sam.training.split`.
        photos: of each data set, at most.
        objects: of each photo, at most.
        min_area: of an object, in pixels.
        seed: of the noise on boxes and of the confidence intervals.
        group_by: field of the annotations or images; None for no groups.
        edges: also measure edge detection.
    """

    split: Split = "all"
    photos: int = 50
    objects: int = 8
    min_area: float = 200
    seed: int = 0
    group_by: str | None = None
    edges: bool = False


@dataclass(frozen=True, eq=False)
class Row:
    """One object's figures.

    Attributes:
        data_set: its name.
        photo: data set and file name.
        number: the annotation's id.
        label: class.
        area: in pixels.
        group: value of the field that is grouped by.
        figures: method -> key -> value.
    """

    data_set: str
    photo: str
    number: int | str
    label: str
    area: float
    group: str | None
    figures: dict[str, dict[str, float]]

    @property
    def size(self) -> str:
        """COCO's word for its area."""
        return size_name(self.area)


@dataclass(eq=False)
class Results:
    """All that was measured.

    Attributes:
        settings: what was asked for.
        methods: names, in order; `models` are those that are models.
        sets: name -> (photos measured, the last one perhaps in part, and photos chosen).
        rows: one an object.
        worst: the worst answers of each model as pictures.
        left_out: (what, why) of photos and objects that could not be used.
        edges: data set -> method -> edge figures.
        complete: False when it was interrupted.
    """

    settings: Settings
    methods: list[str]
    models: list[str]
    sets: dict[str, tuple[int, int]] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    worst: Worst = field(default_factory=Worst)
    left_out: list[tuple[str, str]] = field(default_factory=list)
    edges: dict[str, dict[str, Any]] = field(default_factory=dict)
    complete: bool = True


def evaluate(methods: Sequence[Method], sets: Sequence[DataSet], settings: Settings = Settings()) -> Results:
    """Measure every method on the same objects. Ctrl-C ends it early, with what is there.

    Args:
        methods: with names that differ.
        sets: to measure on.
        settings: how much of them.

    Raises:
        SamError: a model refuses an image or a prompt.
    """
    models = [method.name for method in methods if isinstance(method, ModelMethod)]
    results = Results(settings, [method.name for method in methods], models)
    progress = Progress()
    try:
        for data_set in sets:
            photos = data_set.chosen(settings.split, settings.photos)
            for number, photo in enumerate(photos):
                progress.show(f"{data_set.name}: photo {number + 1} of {len(photos)}, {len(results.rows)} objects")
                results.sets[data_set.name] = number + 1, len(photos)
                _measure_photo(methods, photo, data_set.name, results)
            objects = sum(row.data_set == data_set.name for row in results.rows)
            if settings.edges and photos:
                _measure_edges(methods, photos, data_set.name, results, progress)
            progress.keep(f"{data_set.name}: {len(photos)} photos, {objects} objects")
    except KeyboardInterrupt:
        results.complete = False
        progress.keep(f"Stopped after {len(results.rows)} objects")
    return results


def _measure_photo(methods: Sequence[Method], photo: LabelledPhoto, name: str, results: Results) -> None:
    settings = results.settings

    def leave_out(what: str, why: str) -> None:
        results.left_out.append((what, why))

    for case in cases(photo, settings.objects, settings.min_area, settings.group_by, leave_out):
        answers = {method.name: method.measure(case) for method in methods}
        figures = {method: answer.figures for method, answer in answers.items()}
        results.rows.append(Row(name, case.photo, case.number, case.label, case.area, case.group, figures))
        for method in results.models:
            _keep_worst(results.worst, method, case, answers[method])


def _keep_worst(worst: Worst, method: str, case: Case, answer: Answer) -> None:
    worst.offer(method, "box", answer.figures["box"], case, answer.shown["box"])
    worst.offer(method, "click", answer.figures["click_top"], case, answer.shown["click"])


def _measure_edges(
    methods: Sequence[Method], photos: Sequence[LabelledPhoto], name: str, results: Results, progress: Progress
) -> None:
    """Edge figures of each model and, where classics are measured, of Sobel's filter."""
    from .benchmarks.edges import measure_detector, measure_edges, sobel_edges

    work: dict[str, Callable[..., Any]] = {
        method.name: partial(measure_edges, method.model) for method in methods if isinstance(method, ModelMethod)
    }
    if len(work) < len(methods):
        work["Sobel"] = partial(measure_detector, sobel_edges)
    for method, measure in work.items():

        def show(done: int, total: int, method: str = method) -> None:
            progress.show(f"{name}: edges of {method}, photo {done} of {total}")

        def leave_out(what: str, why: str, method: str = method) -> None:
            results.left_out.append((f"{what}, edges of {method}", why))

        try:
            found = measure(photos, show, leave_out=leave_out)
        except SamError as error:
            results.left_out.append((f"{name}, edges of {method}", str(error)))
        else:
            results.edges.setdefault(name, {})[method] = found


class Progress:
    """One line on standard error that is written over; where it cannot be (a log file), every tenth is written."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._count = 0

    def show(self, line: str) -> None:
        """Say what is being done."""
        self._count += 1
        if self._terminal:
            print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)  # noqa: T201
        elif self._count % 10 == 0:
            print(line, file=sys.stderr, flush=True)  # noqa: T201

    def keep(self, line: str) -> None:
        """Say what was done, in a line that stays."""
        print(f"\r\x1b[K{line}" if self._terminal else line, file=sys.stderr, flush=True)  # noqa: T201
        self._count = 0
