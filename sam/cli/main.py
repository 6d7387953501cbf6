"""The command line: `python -m sam segment photo.jpg --point 500,375 -o out.png`."""

from __future__ import annotations

import inspect
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, TypeVar

import numpy as np
import typer

from ..clicks import predict_in_turn
from ..errors import ModelUnavailable, PromptError, SamError, short, suggest
from ..evaluation.command import evaluate
from ..export.command import export
from ..high_resolution.tiles import Tiled
from ..images import read_image
from ..io.arrays import shown
from ..io.color_profiles import read_original
from ..io.output import STDOUT, Inputs, check_outputs, escape_output
from ..io.prompts import read_numbers
from ..io.serialization import STDIN, check_output, read_stdin, read_value, to_json, write_value
from ..models.downloads import delete, download
from ..models.registry import ModelSpec, list_models, load_model
from ..runtime.embedding_cache import embed
from ..runtime.out_of_memory import enough_memory
from ..training.command import train
from ..training.prepare.command import prepare
from ..types import Cutout, Image, Masks, Points, Prompt
from .annotation_commands import annotation_commands
from .masks_out import FORMAT_HELP, check_format, write_masks
from .plugin_formats import Extra, bound
from .project_commands import project_app
from .tool_commands import (
    BRIGHTNESS_HELP,
    PAGE_HELP,
    Command,
    UsageError,
    check_pipes,
    read_brightness,
    tell_note,
)

T = TypeVar("T")

OK, USER_ERROR, USAGE_ERROR = 0, 1, 2

OWN_COMMANDS = (
    *("segment", "convert", "measure", "project", "models", "download"),
    *("eval", "train", "prepare", "export"),
)
"""Those that need no plugin."""

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def build_cli(extra_commands: Sequence[Command] = (), formats: Extra = lambda: ()) -> typer.Typer:
    """The application with its own commands and others; where two have a name, the first keeps it.

    Commands and options have hyphens; with underscores they are the same. `formats` are those that plugins add.
    """
    app = typer.Typer(
        name="sam",
        help="Cut anything out of any picture.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"token_normalize_func": with_hyphens},
    )
    own = [
        Command("segment", bound(segment, formats), inspect.getdoc(segment) or ""),
        *annotation_commands(formats),
        Command("models", models, inspect.getdoc(models) or ""),
        Command("download", fetch, inspect.getdoc(fetch) or ""),
        Command("eval", evaluate, inspect.getdoc(evaluate) or ""),
        Command("train", train, inspect.getdoc(train) or ""),
        Command("prepare", prepare, inspect.getdoc(prepare) or ""),
        Command("export", export, inspect.getdoc(export) or ""),
    ]
    app.add_typer(project_app(), name="project")
    taken: set[str] = {"project"}
    for command in [*own, *extra_commands]:
        if command.name not in taken:
            taken.add(command.name)
            app.command(command.name, help=command.help, rich_help_panel=command.group or None)(command.run)
    return app


def with_hyphens(word: str) -> str:
    """How commands and options are spelled."""
    return word.replace("_", "-")


def run_cli(app: typer.Typer, arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 when it worked, 1 when something that the user gave cannot be used (said on standard error in a sentence), 2
        when the command line itself is wrong.
    """
    escape_output()
    try:
        with enough_memory("for this"):
            app(
                args=None if arguments is None else list(arguments),
                prog_name="sam" if Path(sys.argv[0]).stem == "sam" else "python -m sam",
            )
    except SamError as error:
        typer.echo(f"Error: {error}", err=True)
        return USER_ERROR
    except OSError as error:
        if error.filename is None:
            raise  # not of a file that the user has named
        typer.echo(f"Error: {short(str(error.filename))}: {error.strerror}.", err=True)
        return USER_ERROR
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else OK if end.code is None else USER_ERROR
    return OK


def segment(
    extra: Extra,
    image: Annotated[str, typer.Argument(help="Picture file; - for standard input.", show_default=False)],
    point: Annotated[list[str] | None, typer.Option(metavar="X,Y", help="On the object; may be repeated.")] = None,
    background_point: Annotated[
        list[str] | None, typer.Option(metavar="X,Y", help="Not on it; may be repeated.")
    ] = None,
    box: Annotated[str | None, typer.Option(metavar="X0,Y0,X1,Y1", help="Around it.")] = None,
    model: Annotated[str, typer.Option(help="Name, hub id, folder or .pth file; see the command models.")] = "nano",
    out: Annotated[
        Path | None,
        typer.Option(
            "-o", "--out", help="Cut-out: the picture, transparent but for the object; - for standard output."
        ),
    ] = None,
    mask_out: Annotated[Path | None, typer.Option(help="The mask: white on black; - for standard output.")] = None,
    format: Annotated[str | None, typer.Option(help=f"For --mask-out. {FORMAT_HELP}")] = None,
    tiles: Annotated[
        bool,
        typer.Option("--tiles", help="For small objects in a large photo: look at it in tiles, at full resolution."),
    ] = False,
    page: Annotated[int | None, typer.Option(min=1, help=PAGE_HELP)] = None,
    brightness: Annotated[str, typer.Option(help=BRIGHTNESS_HELP)] = "auto",
    as_json: JsonFlag = False,
) -> None:
    """Segment one object in a picture.

    Points on it, points not on it and a box say which; all in pixels from the top left corner.
    """
    prompt = _read_prompt(point or [], background_point or [], box)
    if out is None and mask_out is None and not as_json:
        raise UsageError("Say what to make: -o cutout.png, --mask-out mask.png or --json.")
    paths = [path for path in (out, mask_out) if path is not None]
    check_pipes([image], paths, as_json)
    pictures = [path for path in paths if path is out or format is None]
    for path in pictures:
        check_output(Cutout, path)
    check_outputs(pictures, [image])
    annotated = None if format is None else check_format(format, mask_out, extra)

    source = read_stdin() if image == STDIN else image
    with_alpha = read_value(Cutout, source, page=page, brightness=read_brightness(brightness), tell=tell_note)
    name, masks = _predict(model, read_image(with_alpha), prompt, tiles)
    best = masks.best()
    inputs = Inputs([image])
    if out is not None:
        write_value(_cut(with_alpha, best), Cutout, out, read_original(source), inputs)
    if mask_out is not None and annotated is not None:
        write_masks(best, source, mask_out, annotated, name)
    elif mask_out is not None:
        write_value(best.union().astype(np.uint8) * np.uint8(255), Cutout, mask_out, None, inputs)
    if STDOUT not in paths:
        _print_masks(masks, image, name, paths, as_json)


def _read_prompt(point: Sequence[str], background_point: Sequence[str], box: str | None) -> Prompt:
    """What the command line points at.

    Raises:
        UsageError: no numbers, several boxes, or nothing at all.
    """
    on = [row for text in point for row in _numbers(text, 2, "--point")]
    off = [row for text in background_point for row in _numbers(text, 2, "--background-point")]
    corners = _numbers(box, 4, "--box") if box is not None else None
    if corners is not None and len(corners) > 1:
        raise UsageError(f"--box: expected one box, got {len(corners)}. Run the command for each.")
    if not on and not off and corners is None:
        raise UsageError("Say what to segment: --point x,y, or --box x0,y0,x1,y1.")
    points = Points(on + off, [1] * len(on) + [0] * len(off)) if on or off else None  # type: ignore[arg-type]
    return Prompt.of(points=points, boxes=corners)


def _predict(model: str, pixels: Image, prompt: Prompt, tiles: bool) -> tuple[str, Masks]:
    """(the model's own name, the masks, best first), with what takes time said on standard error.

    Raises:
        PromptError: nothing was found.
    """
    segmenter = _timed(f"Loading {model}", lambda: load_model(model))
    size = f"{pixels.shape[1]} x {pixels.shape[0]} pixels"
    if tiles:
        tiled = Tiled(segmenter, pixels)
        masks = _timed(f"Looking at {size} in tiles", lambda: tiled.predict(points=prompt.points, boxes=prompt.box))
    else:
        embedding = _timed(f"Encoding {size}", lambda: embed(segmenter, pixels))
        masks = predict_in_turn(segmenter, embedding, prompt)
    if not masks.best().masks.any():
        raise PromptError("Nothing was found there. Add a point on the object, or draw the box closer around it.")
    return segmenter.name, masks


def _cut(with_alpha: Cutout, best: Masks) -> Cutout:
    """The picture, transparent but for the object; where it was transparent before it stays so."""
    alpha = np.where(best.union(), with_alpha[..., 3], 0).astype(np.uint8)
    # Colours under full transparency go too, so that the removed background cannot be brought back.
    return np.dstack([with_alpha[..., :3] * (alpha > 0)[..., None], alpha]).astype(np.uint8)


def models(as_json: JsonFlag = False) -> None:
    """List the models: name, size, licence, and what is missing to use them."""
    specs = list_models()
    if as_json:
        typer.echo(json.dumps([_facts(spec) for spec in specs], indent=1))
        return
    rows = [("NAME", "SIZE", "LICENCE", "STATE", "ABOUT")]
    rows += [(s.name, f"{s.bytes / 1e6:,.0f} MB", s.licence, _state(s), f"{s.note} {s.warning}".strip()) for s in specs]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        typer.echo("  ".join([*(cell.ljust(width) for cell, width in zip(row, widths)), row[4]]))


def fetch(
    name: Annotated[str, typer.Argument(help="From the command models.", show_default=False)],
    remove: Annotated[bool, typer.Option("--delete", help="Delete it from the models folder instead.")] = False,
) -> None:
    """Download a model into the models folder, or delete it there.

    Ctrl+C stops a download; the same command goes on with it later.
    """
    known = {spec.name: spec for spec in list_models()}
    if name not in known:
        raise ModelUnavailable(f"There is no model {name[:80]!r}. {suggest(name, known)} The command models lists all.")
    spec = known[name]
    if remove:
        typer.echo(f"{delete(spec) / 1e6:,.0f} MB deleted")
        return
    if spec.warning:
        typer.echo(spec.warning, err=True)
    shown = -1

    def tell(here: int, total: int) -> None:
        nonlocal shown
        share = 100 * here // max(1, total)
        if share != shown:
            shown = share
            typer.echo(f"\r{here / 1e6:,.0f} of {total / 1e6:,.0f} MB ({share} %)", nl=here == total, err=True)

    typer.echo(str(download(spec, progress=tell)))


def _facts(spec: ModelSpec) -> dict[str, object]:
    facts = {name: getattr(spec, name) for name in ("name", "family", "title", "licence", "bytes", "source", "note")}
    more = {"tasks": spec.tasks, "needs": spec.needs, "missing": spec.missing, "sha256": dict(spec.sha256)}
    return {**facts, **more, "ready": spec.ready, "gated": spec.gated, "warning": spec.warning}


def _state(spec: ModelSpec) -> str:
    if spec.missing:
        return "needs " + ", ".join(spec.missing)
    return "ready" if spec.ready else "to download"


def _numbers(text: str, count: int, flag: str) -> list[list[float]]:
    example = "500,375" if count == 2 else "100,80,420,360"
    try:
        rows = read_numbers(text, count, example)
    except PromptError:
        rows = []
    if not rows:
        raise UsageError(f"{flag}: expected {count} numbers such as {example}, got {shown(text)}.")
    return rows


def _timed(what: str, work: Callable[[], T]) -> T:
    """Do it, and say on standard error, apart from the result, how long it took."""
    start = time.perf_counter()
    result = work()
    typer.echo(f"{what}: {time.perf_counter() - start:.2f} s", err=True)
    return result


def _print_masks(masks: Masks, image: str, model: str, files: list[Path], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"image": image, "model": model, "files": [str(f) for f in files], **to_json(masks)}))
        return
    x0, y0, x1, y1 = (int(side) for side in masks.boxes.xyxy[0])
    typer.echo(f"{int(masks.masks[0].sum())} pixels in ({x0}, {y0}) to ({x1}, {y1}), score {masks.scores[0]:.2f}")
    for file in files:
        typer.echo(str(file))
