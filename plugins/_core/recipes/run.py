"""A run of a recipe over photos, as the command does it: what is left to do, how it went, and more as it comes."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import typer

from sam.cli.tool_commands import UsageError, tell_note
from sam.errors import SamError
from sam.io.output import STDOUT, replace_bytes

from ..chain import Chain
from .annotated import PARTS, check_annotations, is_annotation_format, write_all
from .batch import STDIN_PHOTO, Done, Job, find_photos, listed, plan, run_batch
from .journal import Journal, recipe_key, state
from .recipe import Recipe
from .workers import run_in_processes

FAILURES = "failures.csv"
SECONDS = 2.0
"""Between two looks at a folder; a photo that has not changed since the last one is whole."""


@dataclass(frozen=True)
class Plan:
    """What is to be done.

    Attributes:
        recipe: with the values that were set.
        chain: of it, checked.
        photos: of `find_photos`.
        out: folder, or for one photo a file.
        format: ending of pictures, or a format of annotations.
        overwrite: replace what is there.
        resume: go on with an earlier run.
        workers: processes.
    """

    recipe: Recipe
    chain: Chain
    photos: Sequence[Path]
    out: Path
    format: str = "png"
    overwrite: bool = False
    resume: bool = False
    workers: int = 1

    @cached_property
    def annotates(self) -> bool:
        """Whether the results are annotations of all photos together."""
        return is_annotation_format(self.format)

    @cached_property
    def folder(self) -> Path | None:
        """Where each photo's result goes; None where there is one photo and it goes to a file or a pipe."""
        if self.annotates:
            return self.out / PARTS
        if not self.photos:  # as long as none has come into a folder that is watched
            return self.out
        inside = self.out != STDOUT and self.photos[0] != STDIN_PHOTO
        one = len(self.photos) == 1 and bool(self.out.suffix) and not self.out.is_dir()
        return self.out if inside and not one else None

    @cached_property
    def journal(self) -> Journal | None:
        """What was done before; None where there is no folder to keep it in."""
        ending = "annotations" if self.annotates else self.format
        return Journal(self.folder, recipe_key(self.recipe, ending)) if self.folder is not None else None

    def check(self) -> None:
        """Refuse before the work.

        Raises:
            SamError: a place or a format that cannot be; nothing to go on with.
        """
        if self.resume and self.journal is None:
            raise UsageError("--resume: there is one photo and one file. Leave it out, or name a folder.")
        if self.annotates:
            check_annotations(self.format, self.chain.tools[-1].returns, self.out)
            if self.out.is_dir() and any(self.out.iterdir()) and not (self.overwrite or self.resume):
                raise SamError(f"{self.out} is not empty. Choose another folder, or give --resume or --overwrite.")
        self.jobs()

    def jobs(self) -> list[Job]:
        """Those that are left.

        Raises:
            SamError: see `plan`.
        """
        journal = self.journal
        if not self.photos:
            return []
        left = [photo for photo in self.photos if not (self.resume and journal and journal.is_done(photo))]
        if not left:
            return []
        ours = journal.is_ours if journal and (self.resume or self.annotates) else (lambda result: False)
        kind = self.chain.tools[-1].returns
        picture = "png" if self.annotates else self.format
        # Names are those of all photos, so that what is left gets the name that it would have got.
        done = set(self.photos) - set(left)
        kept = {journal.result_of(photo) for photo in done} if journal else set()
        every = plan(
            self.photos,
            kind,
            self.folder or self.out,
            picture,
            overwrite=self.overwrite,
            ours=lambda result: result in kept or ours(result),
        )
        return [job for job in every if job.photo not in done]


def run_all(todo: Plan, as_json: bool) -> int:
    """Do what is left and say what came of each; how many photos failed."""
    if not todo.photos:
        return 0
    jobs = todo.jobs()
    if skipped := len(todo.photos) - len(jobs):
        typer.echo(f"{skipped} of {len(todo.photos)} photos are done already.", err=True)
    start = time.perf_counter()
    failed: list[Done] = []
    for number, done in enumerate(_outcomes(todo, jobs), 1):
        if done.error:
            failed.append(done)
        if todo.journal is not None:
            todo.journal.finish(done)
        _tell(done, f"{number}/{len(jobs)}", as_json, todo.workers > 1)
    if todo.annotates:
        _annotate(todo)
    _list_failures(todo, failed)
    if failed:
        rest = "; the others are done" if len(failed) < len(jobs) else ""
        typer.echo(f"{len(failed)} of {len(jobs)} photos failed{rest}.", err=True)
    elif len(jobs) > 1:
        typer.echo(f"{len(jobs)} photos in {time.perf_counter() - start:.1f} s", err=True)
    return len(failed)


def _outcomes(todo: Plan, jobs: Sequence[Job]) -> Iterator[Done]:
    """The work; a run of one process says which photo it is at before it has done it."""
    number = 0

    def begin(job: Job) -> None:
        nonlocal number
        number += 1
        if todo.journal is not None:
            todo.journal.begin(job)
        if todo.workers == 1:
            typer.echo(f"{number}/{len(jobs)} {job.photo} ... ", err=True, nl=False)

    try:
        if todo.workers > 1 and len(jobs) > 1:
            yield from listed(run_in_processes(todo.recipe, jobs, min(todo.workers, len(jobs)), begin))
        else:
            yield from run_batch(todo.chain, jobs, begin)
    except SamError:
        if todo.workers == 1:
            typer.echo("", err=True)
        raise


def _tell(done: Done, place: str, as_json: bool, several: bool) -> None:
    """One photo's outcome: for people on standard error, for programs on standard output."""
    if several:
        typer.echo(f"{place} {done.job.photo} ... ", err=True, nl=False)
    typer.echo(f"Error: {done.error}" if done.error else f"{done.seconds:.1f} s", err=True)
    for note in done.notes:
        tell_note(f"  {note}")
    job = done.job
    if as_json:
        outcome = {"error": done.error} if done.error else {"out": str(job.out)}
        typer.echo(json.dumps({"image": str(job.photo), **outcome}))
    elif not done.error and job.out != STDOUT:
        typer.echo(str(job.out))


def _annotate(todo: Plan) -> None:
    """All photos that are done, also those of earlier runs, as one set of annotations."""
    journal = todo.journal
    if journal is None:
        return
    parts = [(photo, file) for photo in todo.photos if (file := journal.result_of(photo)) is not None]
    if not parts:
        return
    objects, lost = write_all(parts, todo.out, todo.format)
    for sentence in lost:
        typer.echo(sentence, err=True)
    typer.echo(f"{objects} objects on {len(parts)} photos: {todo.out}", err=True)


def _list_failures(todo: Plan, failed: Sequence[Done]) -> None:
    """failures.csv beside the results, or none where nothing failed."""
    if todo.folder is None or todo.out == STDOUT:
        return
    path = todo.out / FAILURES
    if failed:
        text = io.StringIO()
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(["photo", "error"])
        rows.writerows([str(done.job.photo), done.error] for done in failed)
        if todo.out.is_dir():
            replace_bytes(path, text.getvalue().encode("utf-8", "backslashreplace"))
    elif _is_failures(path):
        path.unlink()


def _is_failures(path: Path) -> bool:
    try:
        with open(path, "rb") as file:
            return file.read(12) == b"photo,error\n"
    except OSError:
        return False


def watch(todo: Plan, places: Sequence[str], as_json: bool) -> int:
    """Look at the folders again and again, and do what has come; ends with Ctrl-C.

    Returns:
        How many photos failed.

    Raises:
        UsageError: no folder is among the places.
    """
    folders = [place for place in places if Path(place).is_dir()]
    if not folders or todo.folder is None:
        raise UsageError("--watch needs a folder to look at, and a folder for the results.")
    typer.echo(f"Watching {', '.join(folders)}. Ctrl-C ends it.", err=True)
    seen = {photo: state(photo) for photo in todo.photos}
    before: dict[Path, list[int]] = {}
    failed = 0
    try:
        while True:
            time.sleep(SECONDS)
            here = {photo: state(photo) for photo in _photos_in(folders)}
            new = [photo for photo, now in here.items() if seen.get(photo) != now and before.get(photo) == now]
            before = here
            if new:
                seen |= {photo: here[photo] for photo in new}
                everything = [*dict.fromkeys([*todo.photos, *new])]
                todo = replace(todo, photos=everything, resume=True)
                failed += run_all(todo, as_json)
    except KeyboardInterrupt:
        typer.echo("", err=True)
    return failed


def _photos_in(folders: Sequence[str]) -> list[Path]:
    """Photos that are there now; a folder that is empty, or gone for a while, has none."""
    try:
        return find_photos(folders)
    except SamError:
        return []
