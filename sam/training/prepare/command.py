"""`python -m sam prepare`: a public data set as a folder to train and measure on; light to import."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ...errors import SamError, suggest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..licences import Mix
    from .fetch import Told
    from .recipe import Example, Recipe

NAMES = ("coco", "lvis", "open-images", "ade20k", "sa-1b")


class MixName(str, Enum):
    """The choices of --mix."""

    ALL = "all"
    OPEN = "open"


def prepare(
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(NAMES)}.", metavar="SET")],
    folder: Annotated[Path, typer.Argument(help="Where the set's own files are, or are fetched to.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for images/ and annotations.json.")],
    split: Annotated[str, typer.Option(help="Part of the set; the smallest if not given.")] = "",
    fetch: Annotated[bool, typer.Option("--download", help="Fetch what is missing; asks first.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --download: do not ask.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Photos at most.")] = None,
    mix: Annotated[MixName, typer.Option(help="open: only photos under CC0, CC BY, MIT, Apache.")] = MixName.ALL,
    longest: Annotated[int, typer.Option(min=64, help="Longest side of the photos in pixels.")] = 640,
) -> None:
    """Make a public data set ready for `sam train` and `sam eval`.

    Reads the files as their makers give them out. Stopped at any time, the same command goes on.
    """
    from .catalog import RECIPES
    from .folder import chosen, write_folder

    recipe = RECIPES.get(name)
    if recipe is None:
        raise SamError(f"Unknown data set {name!r}. {suggest(name, NAMES)}")
    split = split or recipe.splits[0]
    if split not in recipe.splits:
        raise SamError(f"{recipe.title} has no part {split!r}. It has: {', '.join(recipe.splits)}.")
    typer.echo(f"{recipe.title}: {recipe.terms} {recipe.page}", err=True)
    if fetch:
        _fetch(recipe, split, folder, yes)
    examples = chosen(recipe.read(folder, split), limit)
    if fetch:
        examples = _with_photos(recipe, split, folder, examples)

    def told(photos: int) -> None:
        if photos % 200 == 0:
            typer.echo(f"{photos:,} photos", err=True)

    which: Mix = "open" if mix is MixName.OPEN else "all"
    written = write_folder(examples, out, mix=which, longest=longest, told=told)
    for photo, why in written.broken[:5]:
        typer.echo(f"left out: {photo}: {why}", err=True)
    if written.broken:
        typer.echo(f"{len(written.broken)} photos could not be read.", err=True)
    if written.closed:
        typer.echo(f"{written.closed} photos are not under an open licence and were left out.", err=True)
    typer.echo(f"{written.photos:,} photos, {written.objects:,} objects: {out}")
    typer.echo(f"train on it: python -m sam train --data {out}")


def _fetch(recipe: Recipe, split: str, folder: Path, yes: bool) -> None:
    from .fetch import fetch, room_for

    files = recipe.downloads(split)
    if not files:
        raise SamError(f"{recipe.title} has terms to accept: get it from {recipe.page} into {folder}.")
    room_for(files, folder)
    total = sum(one.megabytes for one in files)
    if not yes and not typer.confirm(f"Fetch about {total:,} MB into {folder}?", err=True):
        raise typer.Exit(1)
    for one in files:
        fetch(one, folder, _progress())
        typer.echo("", err=True)


def _progress() -> Told:
    said = [-1]

    def told(name: str, here: int, total: int) -> None:
        if here >> 24 != said[0]:
            said[0] = here >> 24
            of = f" of {total / 1e6:,.0f}" if total else ""
            typer.echo(f"\r{name}: {here / 1e6:,.0f}{of} MB ", nl=False, err=True)

    return told


def _with_photos(recipe: Recipe, split: str, folder: Path, examples: Iterable[Example]) -> Iterator[Example]:
    """Each photo is fetched when its turn comes; one that cannot be is told of as missing later."""
    from .fetch import fetch

    for example in examples:
        if recipe.photo is not None:
            try:
                fetch(recipe.photo(split, example.name), folder)
            except SamError as error:
                typer.echo(f"{example.name}: {error}", err=True)
        yield example
