"""One recipe over many photos: which photos, where each result goes, and one bad photo does not stop the others."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sam.errors import ModelUnavailable, SamError
from sam.images import read_photo
from sam.io.color_profiles import read_original
from sam.io.output import STDOUT, Inputs, check_place
from sam.io.serialization import STDIN, SUFFIXES, check_output, is_picture, read_stdin, write_value

from ..chain import Chain
from .results import Results, results_among

STDIN_PHOTO = Path(STDIN)
"""The photo on standard input."""

_NAME_BYTES = 255
"""What file systems allow, where no folder can be asked yet."""


@dataclass(frozen=True)
class Job:
    """One photo and where its result goes."""

    photo: Path
    out: Path


@dataclass(frozen=True)
class Done:
    """What came of a job: `error` is "" where the result was written; `notes` say how the photo was read."""

    job: Job
    seconds: float
    error: str = ""
    notes: tuple[str, ...] = ()


def find_photos(places: Iterable[str | Path], tell: Callable[[str], None] = lambda note: None) -> list[Path]:
    """The files that are named, and the photos in the folders that are named; each once, those of a folder by name.

    Args:
        places: "-" alone is the photo on standard input.
        tell: is given what was left out of a folder: links to what is not there, what is no file, and results of
            earlier runs that lie beside photos.

    Raises:
        SamError: a place that is not there, or a folder without photos.
    """
    found: dict[Path, Path] = {}
    paths = [Path(place) for place in places]
    if STDIN_PHOTO in paths:
        if len(paths) > 1:
            raise SamError("Standard input (-) is one photo and cannot be one of several. Give files, or - alone.")
        return [STDIN_PHOTO]
    for place in paths:
        if place.is_dir():
            inside = _look_into(place, tell)
        elif place.exists():
            inside = [place]
        else:
            dangling = ": it is a link to what is not there" if place.is_symlink() else ""
            raise SamError(f"{place} is not there{dangling}. Give photos, or a folder with photos.")
        for file in inside:
            found.setdefault(file.resolve(), file)
    return list(found.values())


def _look_into(folder: Path, tell: Callable[[str], None]) -> list[Path]:
    """The photos of a folder."""
    try:
        named = sorted(file for file in folder.iterdir() if file.suffix.lower() in SUFFIXES)
    except OSError as error:
        raise SamError(f"The folder {folder} cannot be read ({error.strerror}).") from error
    named = [file for file in named if not file.name.startswith(".")]
    dangling = [file for file in named if file.is_symlink() and not file.exists()]
    inside = [file for file in named if file.is_file()]
    # A folder, a pipe, a socket: to read one of these may never end.
    other = [file for file in named if file.exists() and not file.is_file()]
    reasons = {"links to what is not there": dangling, "folders or pipes and no files": other}
    left = " ".join(f"Left out, being {why}: {_some(files)}." for why, files in reasons.items() if files)
    if left and inside:
        tell(left)
    results = results_among(inside)
    # A folder of nothing but results was named on purpose: they are the photos of another recipe.
    if results and len(results) < len(inside):
        left_out = [file for file in inside if file in results]
        tell(f"Left out, being results of an earlier run: {_some(left_out)}. Name a file to take it anyway.")
        inside = [file for file in inside if file not in results]
    if not inside:
        raise SamError(
            f"There are no photos in the folder {folder}. Folders inside it are not looked into. {left}".rstrip()
        )
    return inside


def _some(files: Sequence[Path]) -> str:
    more = f" and {len(files) - 3} more" if len(files) > 3 else ""
    return ", ".join(file.name for file in files[:3]) + more


def plan(
    photos: Sequence[Path],
    kind: Any,
    out: Path,
    picture: str = "png",
    *,
    overwrite: bool = False,
    ours: Callable[[Path], bool] = lambda result: False,
) -> list[Job]:
    """Where the result of each photo goes: the photo's name, in a folder, or the one file that `out` names.

    Args:
        photos: of `find_photos`.
        kind: type of the results; it decides what files they become.
        out: a folder, which need not be there; or for one photo a file's name.
        picture: ending of results that are pictures.
        overwrite: replace results that are there already; never a photo.
        ours: whether a file that is there is an earlier run's, which going on may replace.

    Raises:
        SamError: a result would take the place of a photo, or of a file that is there; or `picture` cannot hold it.
    """
    ending = f".{picture.lower().lstrip('.')}" if is_picture(kind) else ".txt" if kind is str else ".json"
    check_output(kind, Path(f"result{ending}"))
    if out == STDOUT or photos[0] == STDIN_PHOTO:
        if len(photos) > 1:
            raise SamError(f"Standard output takes one result, and there are {len(photos)} photos. Name a folder.")
        if out != STDOUT and (out.is_dir() or not out.suffix):
            raise SamError("The photo on standard input has no name. Say where its result goes: -o FILE, or -o -.")
        jobs = [Job(photos[0], out)]
    elif out.suffix.lower() in {*SUFFIXES, ".json", ".txt"} and not out.is_dir():
        if len(photos) > 1:
            raise SamError(f"{out} is one file, and there are {len(photos)} photos. Name a folder instead.")
        check_output(kind, out)
        jobs = [Job(photos[0], out)]
    else:
        if out.exists() and not out.is_dir():
            raise SamError(f"{out} is a file. Name a folder for the results.")
        jobs = [Job(photo, out / name) for photo, name in zip(photos, name_results(photos, ending))]
    inputs = Inputs(photos)
    for job in jobs:
        if job.out == STDOUT:
            continue
        if inputs.holding(job.out):
            raise SamError(
                f"The result would take the place of the photo {job.out}. Choose another folder for results."
            )
        if out.is_dir() or job.out.parent.is_dir():
            check_place(job.out)
        elif len(os.fsencode(job.out.name)) > _NAME_BYTES:
            raise SamError(
                f"The name {job.out.name[:60]}... of the result would be too long ({len(os.fsencode(job.out.name))} "
                f"bytes, at most {_NAME_BYTES} can be used). Rename the photo."
            )
    there = [job.out for job in jobs if job.out != STDOUT and job.out.exists() and not ours(job.out)]
    if there and not overwrite:
        more = f" and {len(there) - 1} more" if len(there) > 1 else ""
        raise SamError(f"{there[0]}{more} is there already. Choose another folder, or give --resume or --overwrite.")
    return jobs


def run_batch(chain: Chain, jobs: Sequence[Job], begin: Callable[[Job], object] = lambda job: None) -> Iterator[Done]:
    """Run a chain on each photo in turn and write what it makes.

    Args:
        chain: of `Recipe.check`.
        jobs: of `plan`.
        begin: told of each job before its work.

    Raises:
        ModelUnavailable: a model is missing, which would be the same for all.
    """
    inputs = Inputs(job.photo for job in jobs)

    def each() -> Iterator[Done]:
        for job in jobs:
            begin(job)
            yield attempt(chain, job, inputs)

    yield from listed(each())


def attempt(chain: Chain, job: Job, inputs: Inputs) -> Done:
    """One photo; what goes wrong with it is its outcome.

    Raises:
        ModelUnavailable: a model is missing.
    """
    start = time.perf_counter()
    error = ""
    notes: tuple[str, ...] = ()
    try:
        notes = _work(chain, job, inputs)
    except ModelUnavailable:
        raise
    except SamError as problem:
        error = str(problem)
    except MemoryError:
        error = "There is not enough memory for this photo."
    except Exception as problem:  # a tool's own mistake with one photo must not cost the others
        error = f"The recipe failed ({type(problem).__name__}: {problem})."
    return Done(job, time.perf_counter() - start, error, notes)


def listed(outcomes: Iterable[Done]) -> Iterator[Done]:
    """The same outcomes; pictures that were made are put on the list of results beside them (see `results`)."""
    lists: dict[Path, Results] = {}
    try:
        for done in outcomes:
            job = done.job
            if not done.error and job.out != STDOUT and job.out.suffix.lower() in SUFFIXES:
                if job.out.parent not in lists:
                    lists[job.out.parent] = Results(job.out.parent)
                lists[job.out.parent].add(job.out)
            yield done
    finally:
        for one in lists.values():
            one.write()


def _work(chain: Chain, job: Job, inputs: Inputs) -> tuple[str, ...]:
    """Run the chain on one photo and write what it makes; what there is to know of how the photo was read."""
    source: Path | bytes = read_stdin() if job.photo == STDIN_PHOTO else job.photo
    photo = read_photo(source)
    value, kind = chain.make({"image": photo.on()})
    if job.out != STDOUT:
        job.out.parent.mkdir(parents=True, exist_ok=True)
    write_value(value, kind, job.out, read_original(source) if is_picture(kind) else None, inputs)
    return photo.notes


def name_results(photos: Sequence[Path], ending: str) -> list[str]:
    """A name for each result: the photo's own where that is enough, so that it is the same in the next run."""
    stems = Counter(photo.stem.casefold() for photo in photos)
    names: list[str] = []
    taken: set[str] = set()
    turns: Counter[str] = Counter()
    for photo in photos:
        base = photo.stem if stems[photo.stem.casefold()] == 1 else photo.name
        name = base + ending
        while name.casefold() in taken:
            turns[base.casefold()] += 1
            name = f"{base}-{turns[base.casefold()] + 1}{ending}"
        taken.add(name.casefold())
        names.append(name)
    return names
