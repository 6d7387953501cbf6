"""Recipes on the command line: `python -m sam run` and `python -m sam recipes`."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from sam.cli.tool_commands import Command, UsageError, check_pipes, tell_note
from sam.errors import SamError
from sam.io.output import STDOUT

from ..chain import Chain
from ..host import Host
from .batch import STDIN_PHOTO, Done, Job, find_photos, plan, run_batch
from .file import list_recipes, read_recipe

ABOUT_RUN = (
    "Run a recipe on photos: a file of steps, as the page saves it.\n\nEach result gets its photo's name; pictures "
    "are PNG, everything else is JSON. A photo that cannot be used is reported, the others go on, and the exit "
    "code is 1."
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
    str, typer.Option("--format", help="Of results that are pictures: png, webp, tif; without transparency jpg.")
]
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
    ) -> None:
        chain = read_recipe(recipe).with_values(self.host, _changes(set_ or [], text)).check(self.host)
        found = find_photos(photos, tell_note)
        folder = out or (STDOUT if found == [STDIN_PHOTO] else Path(f"{Path(recipe).stem}-results"))
        check_pipes(photos, [folder], as_json)
        jobs = plan(found, chain.tools[-1].returns, folder, picture, overwrite=overwrite)
        typer.echo(f"{chain.name}: {chain}", err=True)
        _work(chain, jobs, as_json)

    def recipes(self, as_json: JsonFlag = False) -> None:
        rows = [_describe(name, self.host) for name in list_recipes()]
        if as_json:
            typer.echo(json.dumps(rows, indent=1))
            return
        for row in rows:
            typer.echo(f"{row['name']}\n    {row['about']}\n    {row['steps']}")
            if row["missing"]:
                typer.echo(f"    Not here: {row['missing']}")


def _work(chain: Chain, jobs: Sequence[Job], as_json: bool) -> None:
    """Run it on all photos and say what came of each.

    Raises:
        typer.Exit: with code 1, some failed.
    """
    failed = 0
    start = time.perf_counter()
    work = run_batch(chain, jobs)
    for number, job in enumerate(jobs, 1):
        typer.echo(f"{number}/{len(jobs)} {job.photo} ... ", err=True, nl=False)
        try:
            done = next(work)
        except SamError:
            typer.echo("", err=True)
            raise
        failed += bool(done.error)
        _tell(done, as_json)
    if failed:
        rest = "; the others are done" if failed < len(jobs) else ""
        typer.echo(f"{failed} of {len(jobs)} photos failed{rest}.", err=True)
        raise typer.Exit(1)
    if len(jobs) > 1:
        typer.echo(f"{len(jobs)} photos in {time.perf_counter() - start:.1f} s", err=True)


def _tell(done: Done, as_json: bool) -> None:
    """One photo's outcome: for people on standard error, for programs on standard output."""
    typer.echo(f"Error: {done.error}" if done.error else f"{done.seconds:.1f} s", err=True)
    for note in done.notes:
        tell_note(f"  {note}")
    job = done.job
    if as_json:
        outcome = {"error": done.error} if done.error else {"out": str(job.out)}
        typer.echo(json.dumps({"image": str(job.photo), **outcome}))
    elif not done.error and job.out != STDOUT:
        typer.echo(str(job.out))


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
