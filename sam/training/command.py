"""`python -m sam train`: fine-tune the embedded model on one's own photos, or train it from nothing."""

from __future__ import annotations

import time
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ..errors import SamError
from ..models.packages import install_command

if TYPE_CHECKING:
    from .train import Settings

SCRATCH = "scratch"
DEFAULT_MINUTES = 60.0
CHECK_STEPS = 300


def train(
    data: Annotated[
        Path, typer.Option(help="COCO folder (images/ and annotations.json), or a folder of such.", show_default=False)
    ],
    run: Annotated[Path, typer.Option(help="Folder for the checkpoint, the log and the new model.")] = Path(
        "runs/nano"
    ),
    start: Annotated[
        str,
        typer.Option(
            "--from",
            help='"nano", a .safetensors file, another run\'s folder, EfficientNet-Lite0\'s .pth, or "scratch".',
        ),
    ] = "nano",
    minutes: Annotated[
        float | None,
        typer.Option(help="Training time, earlier sittings counted in; 60 if neither is given."),
    ] = None,
    steps: Annotated[int | None, typer.Option(help="Steps instead of minutes: repeatable with the same seed.")] = None,
    rate: Annotated[float | None, typer.Option(help="Highest learning rate; 2e-4, from scratch 1e-3.")] = None,
    prompts: Annotated[int, typer.Option(min=1, help="Prompts for each photo.")] = 5,
    workers: Annotated[int, typer.Option(min=0, help="Processes that prepare batches.")] = 2,
    seed: Annotated[int, typer.Option(min=0, help="Of weights, samples and choices.")] = 1,
    precision: Annotated[
        Literal["auto", "bf16", "fp32"], typer.Option(help="auto: bf16 where the hardware has it.")
    ] = "auto",
    mix: Annotated[
        Literal["all", "open"],
        typer.Option(help="open: only photos under CC0, CC BY, MIT or Apache."),
    ] = "all",
    check: Annotated[
        bool, typer.Option("--check", help="Only learn four crops by heart, to see whether the data make sense.")
    ] = False,
) -> None:
    """Teach the embedded model your own kind of pictures.

    The data are a folder with images/ and annotations.json in COCO format (polygons or RLE). One photo in eight is held
    out, for measuring. Stopped at any time, the same command goes on. The result is a folder that any command takes as
    a model: --model RUN/model.
    """
    missing = [module for module in ("torch", "onnx") if find_spec(module) is None]
    if missing:
        raise SamError(f"Training needs {' and '.join(missing)}: {install_command()}.")
    from .train import Settings

    if minutes is None and steps is None:
        minutes = DEFAULT_MINUTES
    source = None if start == SCRATCH else start
    settings = Settings(minutes, steps, source, None, rate, prompts, workers, seed, precision, mix)
    _say_what_there_is(data)
    if check:
        _check(data, run, prompts)
        return
    _train(data, run, settings)


def _say_what_there_is(data: Path) -> None:
    from .coco import coco_folders, read_folder
    from .split import is_validation

    for folder in coco_folders(data):
        photos = read_folder(folder)
        held = sum(is_validation(photo.path.name) for photo in photos)
        objects = sum(len(photo.annotations) for photo in photos)
        typer.echo(f"{folder.name}: {len(photos)} photos, {objects} objects, {held} photos held out", err=True)


def _check(data: Path, run: Path, prompts: int) -> None:
    from .train import overfit

    found = overfit(
        data, run, CHECK_STEPS, prompts=prompts, show=lambda count, figures: typer.echo(f"{count} {figures}", err=True)
    )
    typer.echo(f"mean soft IoU on the four crops: {found:.3f} (0.85 or more is as it should be)")


def _train(data: Path, run: Path, settings: Settings) -> None:
    from ..nano.export.model import export, load_checkpoint
    from .checkpoint import LAST
    from .history import draw_curves
    from .train import train as train_model

    before = time.monotonic()
    try:
        count = train_model(data, run, settings)
    except KeyboardInterrupt as stop:
        typer.echo(f"Stopped. The same command goes on from {run / LAST}.", err=True)
        raise typer.Exit(130) from stop
    model = run / "model"
    with warnings.catch_warnings():
        # Of tracing: sizes become constants, which they are.
        warnings.simplefilter("ignore")
        export(load_checkpoint(run / LAST), model)
    curves = draw_curves(run)
    typer.echo(f"{count} steps, {(time.monotonic() - before) / 60:.1f} minutes now; the model is {model}")
    if curves:
        typer.echo(f"curves: {curves}")
    typer.echo(f"measure it: python -m sam eval --data {data} --split held-out --model nano --model {model}")
