"""A project: photos, the objects in them and what they were made from, kept in one file to go on tomorrow."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ..errors import PromptError
from ..io.brightness import Choice
from ._core.format import FormatError
from .annotations import AnnotatedImage, AnnotatedObject, Annotations, LabelClass

Fetch = Callable[[str], bytes]
"""A file inside the project, by name."""


@dataclass(frozen=True)
class ProjectObject:
    """An object as it stands in the list.

    Attributes:
        annotation: mask, class, name, score, prompts and provenance.
        id: unique in its photo.
        color: "#rrggbb"; "" for the one that the list gives.
        hidden, locked: not drawn; not to be changed.
    """

    annotation: AnnotatedObject
    id: str
    color: str = ""
    hidden: bool = False
    locked: bool = False


@dataclass(frozen=True)
class ProjectPhoto:
    """A photo with its objects. Its pixels stay in the file until `Project.read` asks for them.

    Attributes:
        id: unique in the project; letters, digits, - and _.
        image: its name and size; `source` where the photo is in memory or on this disk.
        sha256: of the photo's file, 64 hexadecimal digits; "" where that is not known.
        file: its name inside the project; "" where it is not inside.
        path: where it lies outside, relative to the project's folder; "" where it is inside.
        objects: from back to front.
        prompts: what has been said of the object to come, JSON; {} for nothing.
        selected: ids of objects.
        history: what was done with tools, a JSON object each, oldest first.
        model, weights: that read the photo last, and the hash of its weights.
        page: of the file, counted from 1; None: the one that is shown by itself.
        brightness: "auto", "stored", "extremes", or the two values that are black and white.
        revised: `file` is not the photo as it was taken: a tool has changed it.
        extras: other files of the photo inside the project: "alpha" (how opaque it is, PNG), "original" (the file that
            it was made of, for its colours).
        data: those files' bytes, of a project that is to be written; the photo's own as "photo".
    """

    id: str
    image: AnnotatedImage
    sha256: str = ""
    file: str = ""
    path: str = ""
    objects: tuple[ProjectObject, ...] = ()
    prompts: Mapping[str, Any] = field(default_factory=dict)
    selected: tuple[str, ...] = ()
    history: tuple[Mapping[str, Any], ...] = ()
    model: str = ""
    weights: str = ""
    page: int | None = None
    brightness: Choice = "auto"
    revised: bool = False
    extras: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, bytes] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        for what in ("prompts", "extras", "data"):
            object.__setattr__(self, what, MappingProxyType(dict(getattr(self, what))))
        ids = [one.id for one in self.objects]
        if len(set(ids)) != len(ids):
            raise PromptError(f"{self.image.name}: expected each object's id once.")
        for one in self.objects:
            if one.annotation.image != self.image.name or tuple(one.annotation.rle["size"]) != self.image.size_hw:
                raise PromptError(f"{self.image.name}: an object is of another photo, or of another size.")


@dataclass(frozen=True)
class Project:
    """Photos with their objects and classes.

    Attributes:
        photos: ids and names are unique.
        classes: names are unique; those that objects name and that are not listed are added.
        current: id of the photo that was looked at last; "" for the first.
        problems: what could not be read, a sentence each.
        fetch: reads a file inside; None for a project that was not read from one.
        folder: where the project lies, which `path`s are relative to; None: no file outside is ever opened.

    Raises:
        PromptError: an id or a name twice.
    """

    photos: tuple[ProjectPhoto, ...] = ()
    classes: tuple[LabelClass, ...] = ()
    current: str = ""
    problems: tuple[str, ...] = field(default=(), compare=False)
    fetch: Fetch | None = field(default=None, compare=False, repr=False)
    folder: Path | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        for what, names in (
            ("photo's id", [one.id for one in self.photos]),
            ("photo's name", [one.image.name for one in self.photos]),
            ("class's name", [one.name for one in self.classes]),
        ):
            if len(set(names)) != len(names):
                raise PromptError(f"project: expected each {what} once.")
        labels = [one.annotation.label for photo in self.photos for one in photo.objects if one.annotation.label]
        listed = {one.name: one for one in self.classes}
        for label in labels:
            if label not in listed:
                listed[label] = LabelClass(label)
        object.__setattr__(self, "classes", tuple(listed.values()))

    @property
    def shown(self) -> ProjectPhoto | None:
        """The photo to begin with; None where there is none."""
        return next((one for one in self.photos if one.id == self.current), next(iter(self.photos), None))

    @property
    def count(self) -> int:
        """Objects of all photos."""
        return sum(len(photo.objects) for photo in self.photos)

    def find(self, photo_id: str) -> ProjectPhoto:
        """By id.

        Raises:
            FormatError: there is none.
        """
        for photo in self.photos:
            if photo.id == photo_id:
                return photo
        raise FormatError(f"The project has no photo {photo_id[:40]!r}.")

    def read(self, photo: ProjectPhoto) -> bytes:
        """The photo's file, checked against its hash.

        Raises:
            FormatError: it is not there, or is another file than that which the objects were made on.
        """
        data = self._held(photo)
        if photo.sha256 and hashlib.sha256(data).hexdigest() != photo.sha256:
            raise FormatError(f"{photo.image.name} is not the photo that this project was made with: its file changed.")
        return data

    def extra(self, photo: ProjectPhoto, what: str) -> bytes:
        """Another of the photo's files, b"" where it has none.

        Raises:
            FormatError: it is named and not there.
        """
        if what in photo.data:
            return photo.data[what]
        name = photo.extras.get(what, "")
        return self.fetch(name) if name and self.fetch is not None else b""

    def with_photo(self, photo: ProjectPhoto) -> Project:
        """The same with one photo in the place of that with its id, or added."""
        known = any(one.id == photo.id for one in self.photos)
        rest = tuple(photo if one.id == photo.id else one for one in self.photos)
        return replace(self, photos=rest if known else (*rest, photo))

    def to_annotations(self, sources: bool = False) -> Annotations:
        """All objects in the order of the list.

        Args:
            sources: with the photos' files, which are read for it; those that are missing are left out.
        """
        images: list[AnnotatedImage] = []
        problems = list(self.problems)
        for photo in self.photos:
            source = photo.image.source
            if sources and source is None:
                try:
                    source = self.read(photo)
                except FormatError as error:
                    problems.append(str(error))
            images.append(replace(photo.image, source=source))
        objects = tuple(one.annotation for photo in self.photos for one in photo.objects)
        return Annotations(tuple(images), objects, self.classes, tuple(dict.fromkeys(problems)))

    def _held(self, photo: ProjectPhoto) -> bytes:
        if "photo" in photo.data:
            return photo.data["photo"]
        source = photo.image.source
        if source is None and photo.file and self.fetch is not None:
            return self.fetch(photo.file)
        if source is None and photo.path and self.folder is not None:
            source = self.folder / photo.path
            if not source.resolve().is_relative_to(self.folder.resolve()):
                raise FormatError(f"{photo.image.name}: its path leads outside of the project's folder.")
        if source is None:
            raise FormatError(f"{photo.image.name} is not in the project. Put the photo beside it.")
        try:
            return source if isinstance(source, bytes) else source.read_bytes()
        except OSError as error:
            raise FormatError(f"{photo.image.name} is missing: it should be beside the project.") from error


def from_annotations(annotations: Annotations) -> Project:
    """Annotations of any format as a project; ids are numbers, in order."""
    photos = tuple(
        ProjectPhoto(
            f"photo-{index + 1}",
            image,
            objects=tuple(ProjectObject(one, f"object-{place + 1}") for place, one in enumerate(objects)),
        )
        for index, (image, objects) in enumerate(annotations.by_image())
    )
    return Project(photos, annotations.classes, problems=annotations.problems)


def model_hashes(photos: Sequence[ProjectPhoto]) -> dict[str, str]:
    """Model -> hash of its weights, of those that read the photos."""
    return {photo.model: photo.weights for photo in photos if photo.model}
