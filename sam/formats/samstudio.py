"""SAM Studio's own project file: a zip with `manifest.json` and the photos. docs/project-file.md describes it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from ..errors import PromptError
from ._core.format import FIELDS, Format, FormatError, Options, Shape
from ._core.manifest import FORMAT, NAME, is_manifest, read_manifest, to_manifest
from ._core.output import Output
from ._core.sources import Files
from .annotations import Annotations
from .project import Project, ProjectPhoto, from_annotations

SUFFIX = ".samstudio"


def looks(files: Files) -> bool:
    """A manifest that says so."""
    if NAME not in files:
        return False
    try:
        return is_manifest(files.json(NAME))
    except PromptError:
        return False


def read(files: Files) -> Annotations:
    """All photos' objects; the photos' bytes are read along, as of any zip."""
    return _project(files).to_annotations(sources=True)


def write(annotations: Annotations, out: Output, options: Options) -> None:
    """As a project, with the photos inside where they are known."""
    _write(from_annotations(annotations), out)


def read_project(place: str | Path | bytes | Files, photos: Sequence[Path] = ()) -> Project:
    """A project; photos and their pixels stay in the file until `Project.read` asks for them.

    Args:
        place: the file, its bytes, or a folder that it was unpacked into.
        photos: folders to look in for photos that are not inside, by name.

    Returns:
        What could be read; `problems` say what could not.

    Raises:
        FormatError: no project, damaged, one of a newer version, or a zip that unpacks to more than it can hold.
    """
    files = Files.of({f"project{SUFFIX}": place}, "The project") if isinstance(place, bytes) else place
    files = files if isinstance(files, Files) else Files.open(files)
    project = _project(files)
    if isinstance(place, (str, Path)):
        folder = Path(place)
        project = replace(project, folder=folder if folder.is_dir() else folder.absolute().parent)
    return _beside(project, photos) if photos else project


def write_project(project: Project, place: str | Path) -> None:
    """Write a project, whole or not at all: whoever is interrupted has the old file, or none.

    Photos inside another project, in memory or on this disk go inside; those that stay outside keep their `path`, and
    those that are missing stay missing.

    Args:
        project: what.
        place: a name that ends in .samstudio.

    Raises:
        FormatError: another ending, or a photo that is no longer the one that it was.
        SamError: it cannot be written.
    """
    path = Path(place)
    if path.suffix.lower() != SUFFIX:
        raise FormatError(f"{path.name}: expected a name that ends in {SUFFIX}.")
    with Output(path, zipped=True) as out:
        _write(project, out)


def _project(files: Files) -> Project:
    if NAME not in files:
        raise FormatError(f"{files.title} is not a SAM Studio project: {NAME} is missing.")
    return replace(read_manifest(files.json(NAME), files), fetch=lambda name: files.read(name, 1 << 30))


def _beside(project: Project, folders: Sequence[Path]) -> Project:
    known: dict[str, Path] = {}
    for folder in folders:
        files = Files.open(folder)
        for name in files.ending(""):
            place = files.path(name)
            if isinstance(place, Path):
                known.setdefault(PurePosixPath(name).name, place)
    photos = tuple(
        one
        if one.file
        else replace(one, image=replace(one.image, source=known.get(PurePosixPath(one.image.name).name)))
        for one in project.photos
    )
    return replace(project, photos=photos)


def _write(project: Project, out: Output) -> None:
    placed: list[ProjectPhoto] = []
    for photo in project.photos:
        data = None if photo.path and not photo.data and photo.image.source is None else _data_of(project, photo)
        file, sha256 = "", photo.sha256
        folder = f"photos/{photo.id}"
        if data is not None:
            file = f"{folder}/{PurePosixPath(photo.image.name).name}"
            sha256 = hashlib.sha256(data).hexdigest()
            out.add(file, data)
        extras = {}
        for what in ("alpha", "original"):
            more = project.extra(photo, what)
            if more:
                extras[what] = f"{folder}/{what}{PurePosixPath(photo.extras.get(what, '')).suffix or '.png'}"
                out.add(extras[what], more)
        placed.append(replace(photo, file=file, sha256=sha256, path="" if file else photo.path, extras=extras))
    # Last: who reads a zip that was cut off finds no manifest.
    out.add_json(NAME, to_manifest(replace(project, photos=tuple(placed))))


def _data_of(project: Project, photo: ProjectPhoto) -> bytes | None:
    held: Any = photo.data or photo.image.source or photo.file
    return project.read(photo) if held else None


FORMATS = (
    Format(
        "samstudio",
        "SAM Studio project",
        Shape.MASK,
        frozenset(FIELDS),
        SUFFIX,
        True,
        read,
        write,
        looks,
        archive=True,
        about=f"{FORMAT}: photos, objects, prompts and classes in one file.",
    ),
)
