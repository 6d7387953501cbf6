"""Objects from a file beside the photo: annotations in any format, or a picture of masks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from sam.formats import AnnotatedImage, Annotations, Files, Format, FormatError, read_annotations, read_classes
from sam.formats.annotations import safe_name

from ..workspace.classes import merge
from ..workspace.picture import Picture, Prepared
from ..workspace.workspace import Workspace

SOURCE = "file"
LISTS = re.compile(r"(classes|labels|names)\.txt|.*\.names|(data|dataset)\.ya?ml")
"""Files of nothing but class names, by name."""


@dataclass(frozen=True)
class Imported:
    """What came of a file.

    Attributes:
        added: ids of the new objects.
        notes: a sentence each: what could not be read, and which photo of several was meant.
    """

    added: tuple[str, ...]
    notes: tuple[str, ...]


def import_objects(workspace: Workspace, data: Mapping[str, bytes], formats: Sequence[Format] = ()) -> Imported:
    """Objects of the photo on the stage, in one step of undo.

    Args:
        workspace: whose.
        data: the files by name; a single zip is opened.
        formats: those of plugins.

    Raises:
        FormatError: no annotations and no classes, or no objects of this photo.
        PromptError: more objects than a photo holds.
    """
    picture = workspace.current()
    files = Files.of(dict(data), next(iter(data), "The file"))
    files.know(safe_name(PurePosixPath(picture.name.replace("\\", "/")).name) or "photo.png", picture.size_hw)
    try:
        found = read_annotations(files, extra=formats)
        image, notes = choose_image(found, picture)
    except FormatError:
        # A class list beside no objects; any other text file is none.
        if any(LISTS.fullmatch(PurePosixPath(name).name.lower()) for name in files):
            return Imported((), (import_classes(workspace, files),))
        raise
    prepared: list[Prepared] = []
    for one in found.of(image):
        x0, y0, x1, y1 = (float(side) for side in one.box)
        score = 1.0 if one.score is None else one.score
        box = x0, y0, x1, y1
        prepared.append(Prepared(one.name or one.label, score, one.area, box, dict(one.rle), one.label))
    if not prepared:
        why = found.problems[0] if found.problems else f"{files.title} has no objects of {image.name}."
        raise FormatError(why)
    workspace.classes.set(merge(workspace.classes.now, found.classes))
    added = workspace.add_prepared(picture, prepared, SOURCE)
    return Imported(tuple(added), (*notes, *found.problems))


def import_classes(workspace: Workspace, files: Files) -> str:
    """The classes of a file, at the end of the list; those of names that are there stay as they are. Says how many.

    Raises:
        FormatError: it lists none.
        PromptError: too many.
    """
    labels = read_classes(files)
    before = len(workspace.classes.now)
    workspace.set_classes(lambda now: merge(now, labels))
    count = len(workspace.classes.now) - before
    known = len(labels) - count
    said = f"{count} class{'' if count == 1 else 'es'} added."
    return f"{said} {known} {'is' if known == 1 else 'are'} in the list already." if known else said


def choose_image(found: Annotations, picture: Picture) -> tuple[AnnotatedImage, tuple[str, ...]]:
    """The image of annotations that a photo is: of its name, else the only one of its size.

    Returns:
        The image, and what to say of the choice.

    Raises:
        FormatError: none of them.
    """
    if not found.images:
        raise FormatError(found.problems[0] if found.problems else "There are no objects in this file.")
    name = PurePosixPath(picture.name.replace("\\", "/"))
    fits = [one for one in found.images if one.size_hw == picture.size_hw]
    named = [one for one in fits if PurePosixPath(one.name).name == name.name]
    named = named or [one for one in fits if PurePosixPath(one.name).stem == name.stem]
    height, width = picture.size_hw
    if named:
        return named[0], ()
    if len(fits) == 1 and (len(found.images) == 1 or found.of(fits[0])):
        return fits[0], () if len(found.images) == 1 else (f"Objects of {fits[0].name}.",)
    if not fits:
        sizes = f"{found.images[0].size_hw[1]} x {found.images[0].size_hw[0]}"
        raise FormatError(f"These objects are of another photo: {sizes} pixels, and this one has {width} x {height}.")
    raise FormatError(f"None of the {len(found.images):,} photos in this file is called {picture.name}.")
