"""Recipes on the command line: `python -m sam run` and `python -m sam recipes`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from sam.cli.tool_commands import Command, UsageError, check_pipes, tell_note
from sam.errors import SamError
from sam.io.output import STDOUT

from ..host import Host
from .batch import STDIN_PHOTO, find_photos
from .file import list_recipes, read_recipe
from .run import Plan, run_all, watch

ABOUT_RUN = (
    "Run a recipe on photos: a file of steps, as the page saves it.\n\nEach result gets its photo's name; pictures "
    "are PNG, everything else is JSON. A photo that cannot be used is reported, the others go on, and the exit "
    "code is 1; failures.csv beside the results lists them. After a crash or Ctrl-C, --resume goes on."
)
ABOUT_RECIPES = "List the ready-made recipes: what each does, its steps, and what it lacks."

RecipeName = Annotated[str, typer.Argument(help="File of a recipe, or one of the command recipes by name.")]
Photos = Annotated[
    list[str], typer.Argument(help="Photos, and folders with photos; - for standard input.", show_default=False)
]
Out = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--out",
        help="Folder for the results, or for one photo a file; - for standard output. [default: RECIPE-results]",
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="STEP.OPTION=VALUE", help="Another value for an option; may be repeated."),
]
Text = Annotated[str | None, typer.Option(help="The same as --set text=...: what to look for.")]
Format = Annotated[
    str,
    typer.Option(
        "--format",
        help="Of pictures: png, webp, tif; without transparency jpg. Of masks: coco, sa-1b, yolo, ... for all photos.",
    ),
]
Workers = Annotated[int, typer.Option(min=1, max=256, help="Photos at once, each in a process of its own.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with an earlier run into the same folder.")]
Watch = Annotated[bool, typer.Option("--watch", help="Wait for more photos in the folders, until Ctrl-C.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace earlier results; never a photo.")]
JsonLines = Annotated[bool, typer.Option("--json", help="Print one line of JSON for each photo.")]
JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def recipe_commands(host: Host) -> list[Command]:
    """`run` and `recipes`, over the tools of a host."""
    commands = _Commands(host)
    return [Command("run", commands.run, ABOUT_RUN), Command("recipes", commands.recipes, ABOUT_RECIPES)]


@dataclass(frozen=True)
class _Commands:
    """The two, as typer reads them: by their signatures."""

    host: Host

    def run(
        self,
        recipe: RecipeName,
        photos: Photos,
        out: Out = None,
        set_: Set = None,
        text: Text = None,
        picture: Format = "png",
        overwrite: Overwrite = False,
        as_json: JsonLines = False,
        workers: Workers = 1,
        resume: Resume = False,
        watching: Watch = False,
    ) -> None:
        chosen = read_recipe(recipe).with_values(self.host, _changes(set_ or [], text))
        chain = chosen.check(self.host)
        found = _photos(photos, watching)
        folder = out or (STDOUT if found == [STDIN_PHOTO] else Path(f"{Path(recipe).stem}-results"))
        check_pipes(photos, [folder], as_json)
        todo = Plan(chosen, chain, found, folder, picture, overwrite=overwrite, resume=resume, workers=workers)
        todo.check()
        typer.echo(f"{chain.name}: {chain}", err=True)
        failed = run_all(todo, as_json)
        if watching:
            failed += watch(todo, photos, as_json)
        if failed:
            raise typer.Exit(1)

    def recipes(self, as_json: JsonFlag = False) -> None:
        rows = [_describe(name, self.host) for name in list_recipes()]
        if as_json:
            typer.echo(json.dumps(rows, indent=1))
            return
        for row in rows:
            typer.echo(f"{row['name']}\n    {row['about']}\n    {row['steps']}")
            if row["missing"]:
                typer.echo(f"    Not here: {row['missing']}")


def _photos(places: list[str], watching: bool) -> list[Path]:
    """What is there; a folder that is watched may be empty.

    Raises:
        SamError: see `find_photos`.
    """
    try:
        return find_photos(places, tell_note)
    except SamError:
        if watching and all(Path(place).is_dir() for place in places):
            return []
        raise


def _describe(name: str, host: Host) -> dict[str, str]:
    """A ready-made recipe, and why it cannot run here, if so."""
    recipe = read_recipe(name)
    missing = ""
    try:
        recipe.check(host)
    except SamError as error:
        missing = str(error)
    steps = " -> ".join(step.tool for step in recipe.steps)
    return {"name": name, "title": recipe.name, "about": recipe.about, "steps": steps, "missing": missing}


def _changes(assignments: list[str], text: str | None) -> dict[str, str]:
    """ "step.option=value" words as a dictionary.

    Raises:
        UsageError: a word without "=".
    """
    changes = {} if text is None else {"text": text}
    for word in assignments:
        name, equals, value = word.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"--set: expected STEP.OPTION=VALUE, such as inpaint.grow=8, got {word!r}.")
        changes[name.strip()] = value
    return changes
