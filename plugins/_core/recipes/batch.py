"""One recipe over many photos: which photos, where each result goes, and one bad photo does not stop the others."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sam.errors import ModelUnavailable, SamError
from sam.images import read_image
from sam.io.color_profiles import read_original
from sam.io.serialization import check_output, is_picture, write_value

from ..host import Host
from .recipe import Recipe

_ENDINGS = "jpg jpeg jpe jfif png webp avif heic heif gif bmp dib tif tiff ppm pgm pbm pnm ico jp2 j2k qoi"
SUFFIXES = frozenset(f".{ending}" for ending in _ENDINGS.split())
"""What is taken for a photo in a folder; a file that is named itself may be called anything."""


@dataclass(frozen=True)
class Job:
    """One photo and where its result goes."""

    photo: Path
    out: Path


@dataclass(frozen=True)
class Done:
    """What came of a job: `error` is "" where the result was written."""

    job: Job
    seconds: float
    error: str = ""


def find_photos(places: Iterable[str | Path]) -> list[Path]:
    """The files that are named, and the photos in the folders that are named; each once, those of a folder by name.

    Raises:
        SamError: a place that is not there, or a folder without photos.
    """
    found: dict[Path, Path] = {}
    for place in map(Path, places):
        if place.is_dir():
            inside = sorted(file for file in place.iterdir() if file.suffix.lower() in SUFFIXES and file.is_file())
            inside = [file for file in inside if not file.name.startswith(".")]
            if not inside:
                raise SamError(f"There are no photos in the folder {place}. Folders inside it are not looked into.")
        elif place.exists():
            inside = [place]
        else:
            raise SamError(f"{place} is not there. Give photos, or a folder with photos.")
        for file in inside:
            found.setdefault(file.resolve(), file)
    return list(found.values())


def plan(photos: Sequence[Path], kind: Any, out: Path, picture: str = "png", *, overwrite: bool = False) -> list[Job]:
    """Where the result of each photo goes: the photo's name, in a folder, or the one file that `out` names.

    Args:
        photos: of `find_photos`.
        kind: type of the results; it decides what files they become.
        out: a folder, which need not be there; or for one photo a file's name.
        picture: ending of results that are pictures.
        overwrite: replace results that are there already; never a photo.

    Raises:
        SamError: a result would take the place of a photo, or of a file that is there; or `picture` cannot hold it.
    """
    ending = f".{picture.lower().lstrip('.')}" if is_picture(kind) else ".txt" if kind is str else ".json"
    check_output(kind, Path(f"result{ending}"))
    if out.suffix.lower() in {*SUFFIXES, ".json", ".txt"} and not out.is_dir():
        if len(photos) > 1:
            raise SamError(f"{out} is one file, and there are {len(photos)} photos. Name a folder instead.")
        check_output(kind, out)
        jobs = [Job(photos[0], out)]
    else:
        if out.exists() and not out.is_dir():
            raise SamError(f"{out} is a file. Name a folder for the results.")
        jobs = [Job(photo, out / name) for photo, name in zip(photos, name_results(photos, ending))]
    sources = {photo.resolve() for photo in photos}
    for job in jobs:
        if job.out.resolve() in sources or (job.out.exists() and any(_same(job.out, photo) for photo in photos)):
            raise SamError(
                f"The result would take the place of the photo {job.out}. Choose another folder for results."
            )
    there = [job.out for job in jobs if job.out.exists()]
    if there and not overwrite:
        more = f" and {len(there) - 1} more" if len(there) > 1 else ""
        raise SamError(f"{there[0]}{more} is there already. Choose another folder, or give --overwrite.")
    return jobs


def run_batch(recipe: Recipe, host: Host, jobs: Sequence[Job]) -> Iterator[Done]:
    """Run a recipe on each photo in turn and write what it makes.

    Raises:
        RecipeError, ChainError: the recipe cannot run on a photo at all.
        ModelUnavailable: a model is missing, which would be the same for all.
    """
    recipe.check(host)
    for job in jobs:
        start = time.perf_counter()
        error = ""
        try:
            value, kind = recipe.run(host, {"image": read_image(job.photo)})
            job.out.parent.mkdir(parents=True, exist_ok=True)
            write_value(value, kind, job.out, read_original(job.photo) if is_picture(kind) else None)
        except ModelUnavailable:
            raise
        except SamError as problem:
            error = str(problem)
        except MemoryError:
            error = "There is not enough memory for this photo."
        except Exception as problem:  # a tool's own mistake with one photo must not cost the others
            error = f"The recipe failed ({type(problem).__name__}: {problem})."
        yield Done(job, time.perf_counter() - start, error)


def name_results(photos: Sequence[Path], ending: str) -> list[str]:
    """A name for each result: the photo's own where that is enough, so that it is the same in the next run."""
    stems = [photo.stem.casefold() for photo in photos]
    names: list[str] = []
    taken: set[str] = set()
    for photo in photos:
        base = photo.stem if stems.count(photo.stem.casefold()) == 1 else photo.name
        name, turn = base + ending, 2
        while name.casefold() in taken:
            name, turn = f"{base}-{turn}{ending}", turn + 1
        taken.add(name.casefold())
        names.append(name)
    return names


def _same(first: Path, second: Path) -> bool:
    try:
        return os.path.samefile(first, second)
    except OSError:
        return False
