"""The masks of a whole run as annotations of all its photos, in any format of `sam.formats`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sam import Masks
from sam.errors import SamError
from sam.formats import find_format, find_writable, loss, write_annotations
from sam.formats.annotations import AnnotatedImage, AnnotatedObject, Annotations, from_masks
from sam.io.serialization import read_value

PARTS = ".sam-studio-masks"
"""Folder beside the annotations that keeps each photo's masks, so that a run can go on."""


def is_annotation_format(name: str) -> bool:
    """Whether --format names a format of annotations, and not an ending of pictures."""
    try:
        find_format(name)
    except SamError:
        return False
    return True


def check_annotations(name: str, returns: Any, out: Path) -> None:
    """Refuse before the work.

    Raises:
        SamError: the recipe does not end in masks, the format cannot be written here, or `out` is no folder.
    """
    find_writable(name)
    if returns is not Masks:
        raise SamError(f"--format {name} is for recipes that end in masks; this one makes pictures or something else.")
    if out.suffix or (out.exists() and not out.is_dir()):
        raise SamError(f"--format {name} writes a folder: give -o a folder, not {out.name}.")


def write_all(parts: Iterable[tuple[Path, Path]], out: Path, name: str) -> tuple[int, list[str]]:
    """Write the annotations of all photos.

    Args:
        parts: (photo, the JSON file of its masks).
        out: folder.
        name: of the format.

    Returns:
        Objects written, and a sentence for each kind of loss.

    Raises:
        SamError: it cannot be written, or two photos have one name.
    """
    images: list[AnnotatedImage] = []
    objects: list[AnnotatedObject] = []
    taken: dict[str, Path] = {}
    for photo, file in parts:
        found = from_masks(read_value(Masks, str(file)), photo.name, photo)
        twice = taken.setdefault(found.images[0].name, photo)
        if twice != photo:
            raise SamError(f"{twice} and {photo} have one name, and annotations go by names. Rename one of them.")
        images += found.images
        objects += found.objects
    whole = Annotations(tuple(images), tuple(objects))
    lost = loss(whole, name)
    write_annotations(whole, out, name)
    return len(objects), [] if lost.nothing else list(lost.sentences())
