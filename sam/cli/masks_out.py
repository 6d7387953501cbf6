"""A tool's masks as annotations, in the format that --format names."""

from __future__ import annotations

from pathlib import Path

import typer

from ..errors import SamError
from ..formats import Format, find_writable, loss
from ..formats import write_annotations as write
from ..formats.annotations import of_photo
from ..io.output import STDOUT, Inputs, check_name
from ..types import Masks
from .plugin_formats import Extra, with_plugins

FORMAT_HELP = "Write the masks as annotations: coco, yolo, svg, ...; see the command convert."


def check_format(name: str, out: Path | None, extra: Extra = lambda: ()) -> Format:
    """The format of a name; refused, before the work, where there is none, or it cannot go to that place.

    Raises:
        SamError: which, or that there is no place at all.
    """
    chosen = with_plugins(extra, lambda more: find_writable(name, more))
    if out is None or out == STDOUT:
        raise SamError("--format needs -o: a folder, a name in .zip, or the one file.")
    check_name(out)
    if out.suffix and out.suffix.lower() not in (".zip", chosen.suffix) and not out.is_dir():
        fits = f"a name in {chosen.suffix}, " if chosen.suffix else ""
        raise SamError(f"{out.name}: {chosen.title} goes into {fits}a folder or a name in .zip.")
    return chosen


def write_masks(masks: Masks, photo: str | bytes, out: Path, format: Format, model: str = "") -> None:
    """A tool's masks as annotations of the photo; what is lost is said on standard error.

    Raises:
        SamError: it cannot be written.
    """
    found = of_photo(masks, photo, model)
    if isinstance(photo, str):
        Inputs([photo]).check(out)
    lost = loss(found, format)
    write(found, out, format)
    if not lost.nothing:
        for line in lost.sentences():
            typer.echo(line, err=True)
