"""Commands for annotations: from one format to another, and measures."""

from __future__ import annotations

import csv
import inspect
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from ..formats import Files, FormatError, Options, find_format, list_formats, loss, read_annotations
from ..formats import write_annotations as write
from ..formats.annotations import Annotations
from ..formats.measures_csv import columns, measure
from ..io.output import STDOUT, Inputs, check_name
from .plugin_formats import Extra, bound, with_plugins
from .tool_commands import Command, UsageError

_SHOWN = 20


def annotation_commands(extra: Extra = lambda: ()) -> list[Command]:
    """`convert` and `measure`, knowing the formats of plugins, too."""
    return [
        Command("convert", bound(convert, extra), inspect.getdoc(convert) or ""),
        Command("measure", bound(measure_objects, extra), inspect.getdoc(measure_objects) or ""),
    ]


def convert(
    extra: Extra,
    source: Annotated[
        Path, typer.Argument(metavar="IN", help="File, folder or zip of annotations.", show_default=False)
    ],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder, name in .zip, or the one file.")],
    to: Annotated[str, typer.Option("--to", metavar="FORMAT", help=f"One of: {_names()}.")],
    source_format: Annotated[
        str, typer.Option("--from", metavar="FORMAT", help="What IN is in; default: by looking.")
    ] = "",
    photos: Annotated[
        list[Path] | None, typer.Option("--photos", help="Folder with the photos, where IN has none.")
    ] = None,
    tolerance: Annotated[
        float, typer.Option(min=0, help="How far outlines may move to need fewer vertices, in pixels.")
    ] = 0.0,
    copy_photos: Annotated[bool, typer.Option("--copy-photos", help="Write the photos beside.")] = False,
    scale: Annotated[float | None, typer.Option(help="Millimetres a pixel, for csv.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Write nothing where something cannot be read.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Convert annotations from one format to another.

    What is lost by it, and what could not be read, is said on standard error.
    """
    chosen = with_plugins(extra, lambda more: find_format(to, more))
    check_name(out)
    found = _read(source, source_format, extra, photos or [])
    if found.problems and strict:
        raise FormatError(f"{len(found.problems)} parts of {source} cannot be read, the first: {found.problems[0]}")
    Inputs([source]).check(out)
    options = Options(tolerance, copy_photos, scale)
    lost = loss(found, chosen, options)
    made = write(found, out, chosen, options)
    facts = {"out": str(out), "format": chosen.name, "photos": len(found.images), "objects": len(found.objects)}
    if as_json:
        loses = lost.sentences()
        typer.echo(json.dumps({**facts, "files": len(made.names), "loss": loses, "problems": found.problems}))
        return
    typer.echo(f"{out}: {len(found.objects):,} objects of {len(found.images):,} photos as {chosen.title}")
    for line in lost.sentences():
        typer.echo(line, err=True)


def measure_objects(
    extra: Extra,
    source: Annotated[
        Path, typer.Argument(metavar="IN", help="File, folder or zip of annotations.", show_default=False)
    ],
    out: Annotated[Path | None, typer.Option("-o", "--out", help="CSV file; default: standard output.")] = None,
    source_format: Annotated[
        str, typer.Option("--from", metavar="FORMAT", help="What IN is in; default: by looking.")
    ] = "",
    photos: Annotated[
        list[Path] | None, typer.Option("--photos", help="Folder with the photos, for mean colours.")
    ] = None,
    scale: Annotated[float | None, typer.Option(help="Millimetres a pixel; default: pixels.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Measure objects: area, box, centroid, perimeter, length and width, mean colour."""
    found = _read(source, source_format, extra, photos or [])
    options = Options(scale=scale)
    if as_json:
        typer.echo(json.dumps(measure(found, options.scale)))
    elif out is None or out == STDOUT:
        buffer = io.StringIO()
        table = csv.DictWriter(buffer, columns(options.scale), lineterminator="\n")
        table.writeheader()
        table.writerows(measure(found, options.scale))
        typer.echo(buffer.getvalue(), nl=False)
    else:
        Inputs([source]).check(out)
        if out.suffix.lower() != ".csv":
            raise UsageError("-o: expected a name that ends in .csv.")
        write(found, out, "csv", options)
        typer.echo(str(out))


def _read(source: Path, format: str, extra: Extra, photos: Sequence[Path]) -> Annotations:
    """Annotations, with what could not be read said on standard error."""
    files = Files.open(source)
    for folder in photos:
        files.add_photos(folder)
    if source.is_file() and not photos and files.single:
        files.add_photos(source.parent)
    found = with_plugins(extra, lambda more: read_annotations(files, format, more))
    for line in found.problems[:_SHOWN]:
        typer.echo(line, err=True)
    if len(found.problems) > _SHOWN:
        typer.echo(f"And {len(found.problems) - _SHOWN:,} more.", err=True)
    return found


def _names() -> str:
    return ", ".join(one.name for one in list_formats() if one.write is not None)
