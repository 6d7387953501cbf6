"""The command `eval`: light to import, so that the command line starts fast; what measures is loaded when it runs."""

from __future__ import annotations

import json
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import SamError

STOPPED = 130
"""Exit code after Ctrl-C, as shells expect it."""


class SplitName(str, Enum):
    """The choices of --split."""

    ALL = "all"
    HELD_OUT = "held-out"


class TaskName(str, Enum):
    """The choices of --task."""

    MASKS = "masks"
    RATING = "rating"


def evaluate(
    data: Annotated[
        Path | None, typer.Option(help="COCO folder (images/, annotations.json), or a folder of them.")
    ] = None,
    annotations: Annotated[Path | None, typer.Option(help="Instead of --data: a COCO annotation file.")] = None,
    images: Annotated[Path | None, typer.Option(help="With --annotations: the folder of its images.")] = None,
    model: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="As in segment; may be repeated; nano if not given.")
    ] = None,
    split: Annotated[
        SplitName, typer.Option(help="held-out: only photos that sam.training never trains on.")
    ] = SplitName.ALL,
    photos: Annotated[int, typer.Option(min=1, help="Of each set, at most; chosen by name.")] = 50,
    objects: Annotated[int, typer.Option(min=1, help="Of each photo, at most.")] = 8,
    min_area: Annotated[float, typer.Option(min=0, help="Of an object, in pixels.")] = 200,
    clicks: Annotated[int, typer.Option(min=1, max=20, help="Report 1, 2, 3, 5, 9 clicks up to this.")] = 5,
    noc: Annotated[bool, typer.Option("--noc/--no-noc", help="Click up to 20 times for NoC@85 and NoC@90.")] = True,
    seed: Annotated[int, typer.Option(min=0, help="Of the noise on boxes and of the intervals.")] = 0,
    classics: Annotated[
        bool, typer.Option("--classics", help="Also methods without weights, such as GrabCut.")
    ] = False,
    group_by: Annotated[
        str | None, typer.Option(metavar="FIELD", help="Compare groups by a field of annotations or images.")
    ] = None,
    edges: Annotated[bool, typer.Option("--edges", help="Also edge detection, for BSDS500.")] = False,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Folder for report.json, report.md and report.html.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    task: Annotated[
        TaskName, typer.Option(help="rating: a form in which people rate masks, then its figures.")
    ] = TaskName.MASKS,
    masks: Annotated[int, typer.Option(min=1, help="For rating: of each model.")] = 50,
    ratings: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="For rating: what a rater has saved; may be repeated.")
    ] = None,
) -> None:
    """Measure models on a COCO-format folder.

    By the published protocols of SAM and RITM: boxes, clicks, number of clicks, boundary IoU, each with its confidence
    interval. Ctrl-C ends it early with the figures so far.

    --task rating writes OUT/rate.html, which asks people for a number from 1 to 10 for each mask without saying whose
    it is; with --ratings, what they have saved is counted.
    """
    if task is TaskName.RATING:
        if ratings:
            _count(ratings, _out_of(out), seed, as_json)
            return
        sets = _find_sets(data, annotations, images)
        _make_form(sets, model or ["nano"], _out_of(out), masks, split, min_area, seed)
        return
    arguments: dict[str, Any] = {name: _plain(value) for name, value in locals().items() if name in _ARGUMENTS}
    measured = {"clicks": clicks, "noc": noc, "seed": seed}
    how = (split.value, photos, objects, min_area, seed, group_by, edges)
    _measure(_find_sets(data, annotations, images), how, model or ["nano"], measured, classics, arguments, out, as_json)


def _measure(
    sets: Any,
    how: tuple[Any, ...],
    names: list[str],
    measured: dict[str, Any],
    classics: bool,
    arguments: dict[str, Any],
    out: Path | None,
    as_json: bool,
) -> None:
    """The task "masks"; `how` are the fields of `Settings`, `measured` what is asked of each model."""
    from .evaluate import Settings
    from .evaluate import evaluate as measure
    from .methods import ModelMethod, classic_methods
    from .report.provenance import describe_model
    from .report.report import as_markdown, check_folder
    from .report.summary import summarise

    settings = Settings(*how)
    _check(sets, settings)
    if out is not None:
        check_folder(out)
    models = [_load(name) for name in dict.fromkeys(names)]
    methods = [ModelMethod(each, name=name, **measured) for name, each in models]
    results = measure([*methods, *(classic_methods(settings.seed) if classics else [])], sets, settings)
    _check_results(results, settings.min_area)
    about = _about(arguments, [describe_model(each) | {"name": name} for name, each in models])
    report = summarise(results, about)
    typer.echo(json.dumps(report) if as_json else as_markdown(report))
    if out is not None:
        _write(report, results, out)
    if not results.complete:
        raise typer.Exit(STOPPED)


def _out_of(out: Path | None) -> Path:
    """Where the form is.

    Raises:
        SamError: nobody said.
    """
    if out is None:
        raise SamError("Say where the form is, or is to be: -o FOLDER.")
    return out


def _make_form(
    sets: Any, names: list[str], out: Path, masks: int, split: SplitName, min_area: float, seed: int
) -> None:
    from .rating.study import make_study
    from .rating.task import make_form

    models = [_load(name) for name in dict.fromkeys(names)]
    study = make_study(models, sets, masks=masks, split=split.value, min_area=min_area, seed=seed)
    form, _ = make_form(study, out)
    typer.echo(f"{len(study.items)} masks to rate: open {form} in a browser.")
    typer.echo(f"then: python -m sam eval --task rating -o {out} --ratings {out / f'ratings-{study.id}.json'}")


def _count(files: list[Path], out: Path, seed: int, as_json: bool) -> None:
    from .rating.ratings import as_table
    from .rating.task import count_ratings

    summary = count_ratings(files, out, seed)
    typer.echo(json.dumps(summary) if as_json else as_table(summary))


def _find_sets(data: Path | None, annotations: Path | None, images: Path | None) -> list[Any]:
    """What to measure on.

    Raises:
        SamError: neither a folder nor a file with its images, or both.
    """
    from .dataset import find_sets, read_set

    if data is not None and annotations is None and images is None:
        return find_sets(data)
    if data is None and annotations is not None and images is not None:
        return [read_set(annotations, images)]
    raise SamError("Say what to measure on: --data FOLDER, or --annotations FILE and --images FOLDER.")


def _check_results(results: Any, min_area: float) -> None:
    """Make sure that something was measured.

    Raises:
        typer.Exit: it was stopped before.
        SamError: nothing can be.
    """
    if results.rows:
        return
    if not results.complete:
        typer.echo("Stopped before the first object was measured; there is nothing to report.", err=True)
        raise typer.Exit(STOPPED)
    raise SamError(f"Nothing could be measured. {_why_nothing(results.left_out, min_area)}")


def _write(report: Any, results: Any, out: Path) -> None:
    """The files of a report, named on standard error."""
    from .report.report import write_report

    files, missing = write_report(report, results, out)
    for line in [missing] * bool(missing) + [str(file) for file in files]:
        typer.echo(line, err=True)


_ARGUMENTS = (
    *("data", "annotations", "images", "model", "split", "photos", "objects", "min_area", "clicks", "noc", "seed"),
    *("classics", "group_by", "edges"),
)


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return str(value) if isinstance(value, Path) else value


def _load(name: str) -> tuple[str, Any]:
    """(name in the report, model)."""
    from ..models.registry import load_model

    return name, load_model(name)


def _check(sets: Any, settings: Any) -> None:
    """Before a model is loaded: photos there must be, and somebody must have the field that is grouped by.

    Raises:
        SamError: else.
    """
    chosen = [photo for data_set in sets for photo in data_set.chosen(settings.split, settings.photos)]
    if not chosen:
        if settings.split == "held-out":
            raise SamError(
                "None of the photos with objects is held out of training (one in eight is, by its name). "
                "For photos that no model was trained on, use --split all."
            )
        raise SamError("No photo has an object to find: the annotations are empty, or all are crowds.")
    name = settings.group_by
    if name and all(photo.value(each, name) is None for photo in chosen for each in photo.annotations):
        first = chosen[0]
        known = sorted({"category", *first.record, *(key for each in first.annotations for key in each)})
        raise SamError(f"--group-by: no annotation or image has the field {name!r}. There are: {', '.join(known)}.")


def _why_nothing(left_out: list[tuple[str, str]], min_area: float) -> str:
    if not left_out:
        return f"No object has {min_area:g} pixels or more; use a smaller --min-area."
    what, why = left_out[0]
    return f"{len(left_out)} photos or objects were left out. The first: {what}, {why}"


def _about(arguments: dict[str, Any], models: list[dict[str, Any]]) -> dict[str, Any]:
    from datetime import datetime, timezone

    from .report.provenance import commit, versions

    created = datetime.now(timezone.utc).isoformat(timespec="seconds")
    known = {"created": created, "arguments": arguments, "models": models}
    return {**known, "versions": versions(), "commit": commit()}
