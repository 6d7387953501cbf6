"""A project's `manifest.json`, out and in. What cannot be used in it is told in a sentence, and the rest is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ...errors import PromptError
from ...io.arrays import shown
from ...io.brightness import Choice
from ..annotations import AnnotatedImage, AnnotatedObject, LabelClass, color_of, safe_name
from ..project import Project, ProjectObject, ProjectPhoto, model_hashes
from .collect import Collected, facts_of
from .format import FormatError
from .sources import Files

FORMAT = "sam-studio-project"
VERSION = 1
NAME = "manifest.json"
MAX_PHOTOS = 100_000
_MAX_HISTORY = 1000
_EXTRAS = ("alpha", "original")
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


def to_manifest(project: Project) -> dict[str, Any]:
    """A project as its manifest; `file` and `extras` say where the photos are."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "current": project.current or (project.photos[0].id if project.photos else ""),
        "classes": [
            {"name": one.name, "color": _hex(one.color), **({"key": one.key} if one.key else {})}
            for one in project.classes
        ],
        "models": model_hashes(project.photos),
        "photos": [_photo_json(photo) for photo in project.photos],
    }


def _photo_json(photo: ProjectPhoto) -> dict[str, Any]:
    height, width = photo.image.size_hw
    rest = {
        "file": photo.file,
        "path": photo.path,
        "sha256": photo.sha256,
        "page": photo.page,
        "brightness": "" if photo.brightness == "auto" else photo.brightness,
        "revised": photo.revised,
        "extras": dict(photo.extras),
        "model": photo.model,
        "prompts": dict(photo.prompts),
        "selected": list(photo.selected),
        "history": [dict(one) for one in photo.history],
    }
    return {
        "id": photo.id,
        "name": photo.image.name,
        "width": width,
        "height": height,
        **{key: value for key, value in rest.items() if value},
        "objects": [_object_json(one) for one in photo.objects],
    }


def _object_json(one: ProjectObject) -> dict[str, Any]:
    held = one.annotation
    rest = {
        "name": held.name,
        "class": held.label,
        "color": one.color,
        "hidden": one.hidden,
        "locked": one.locked,
        "prompts": dict(held.prompts),
        "provenance": dict(held.provenance),
    }
    kept = {key: value for key, value in rest.items() if value}
    score = {} if held.score is None else {"score": held.score}
    return {"id": one.id, **kept, **score, "mask": {"size": list(held.rle["size"]), "counts": held.rle["counts"]}}


def is_manifest(value: Any) -> bool:
    """Whether JSON says that it is a project's."""
    return isinstance(value, Mapping) and value.get("format") == FORMAT


def read_manifest(value: Any, files: Files) -> Project:
    """A project; its pictures are looked for by name and not read.

    Raises:
        FormatError: no project, or one of a newer version.
    """
    if not is_manifest(value):
        raise FormatError(f"{files.title} is not a SAM Studio project.")
    version = value.get("version")
    if type(version) is not int or version < 1:
        raise FormatError(f"{files.title}: expected a version from 1 to {VERSION}, got {shown(version)}.")
    if version > VERSION:
        raise FormatError(
            f"{files.title} was saved by a newer SAM Studio (project version {version}; this one reads {VERSION}). "
            "Update SAM Studio, then open it again."
        )
    found = Collected(files)
    hashes = value.get("models")
    reader = _Reader(found, files, hashes if isinstance(hashes, Mapping) else {})
    for entry in _list(value, "classes"):
        with found.trying(f"class {shown(_get(entry, 'name'))}"):
            reader.read_class(entry)
    for place, entry in enumerate(_list(value, "photos")[:MAX_PHOTOS]):
        with found.trying(f"photo {place + 1} ({shown(_get(entry, 'name'))})"):
            reader.read_photo(entry)
    current = value.get("current")
    known = {one.id for one in reader.photos}
    return Project(
        tuple(reader.photos),
        tuple(reader.classes.values()),
        current if isinstance(current, str) and current in known else "",
        (*files.problems, *found.problems),
    )


class _Reader:
    """The photos and classes that could be read so far."""

    def __init__(self, found: Collected, files: Files, hashes: Mapping[str, Any]) -> None:
        self.found, self.files, self.hashes = found, files, hashes
        self.photos: list[ProjectPhoto] = []
        self.classes: dict[str, LabelClass] = {}
        self._ids: set[str] = set()
        self._names: set[str] = set()

    def read_class(self, entry: Any) -> None:
        key = entry.get("key", "")
        color = entry.get("color")
        made = LabelClass(entry["name"], color_of(str(entry["name"])) if color is None else _rgb(color), key)
        if made.name in self.classes:
            raise PromptError("it is there twice. The first is used")
        self.classes[made.name] = made

    def read_photo(self, entry: Any) -> None:
        if not isinstance(entry, Mapping):
            raise PromptError(f"expected a JSON object, got {shown(entry)}")
        given = entry.get("name")
        name = safe_name(given)
        if not name or name != given:
            self.found.note(f"photo {shown(given)}: its name leads outside. It is called {name or 'photo'!r} here.")
        name = _unique(name or "photo", self._names)
        what = f"{name}"
        image = AnnotatedImage(name, (entry["height"], entry["width"]))
        photo_id = self._id(entry.get("id"), self._ids, f"{what}: the photo's id", f"photo-{len(self.photos) + 1}")
        file, path = self._file(entry, "file", what), self._path(entry, what)
        sha256 = entry.get("sha256", "")
        if sha256 and not (isinstance(sha256, str) and _SHA256.fullmatch(sha256)):
            self.found.note(f"{what}: its sha256 is no hash. The photo is not checked.")
            sha256 = ""
        if not file and not path:
            self.found.note(f"{what}: the photo is missing. Its objects are kept.")
        objects = tuple(self._objects(entry, image))
        known = {one.id for one in objects}
        model = entry.get("model", "")
        weights = self.hashes.get(model, "") if isinstance(model, str) else ""
        extras = entry.get("extras", {})
        self.photos.append(
            ProjectPhoto(
                photo_id,
                image,
                sha256,
                file,
                path,
                objects,
                _mapping(entry, "prompts"),
                tuple(one for one in _list(entry, "selected") if isinstance(one, str) and one in known),
                tuple(one for one in _list(entry, "history")[:_MAX_HISTORY] if isinstance(one, Mapping)),
                model if isinstance(model, str) else "",
                weights if isinstance(weights, str) else "",
                _page(entry.get("page")),
                _brightness(entry.get("brightness", "auto")),
                entry.get("revised") is True,
                {key: held for key in _EXTRAS if (held := self._file(extras, key, what))},
            )
        )
        self._names.add(name)

    def _objects(self, entry: Mapping[str, Any], image: AnnotatedImage) -> Iterator[ProjectObject]:
        ids: set[str] = set()
        for place, row in enumerate(_list(entry, "objects")):
            what = f"{image.name}, object {place + 1}"
            with self.found.trying(what):
                mask = row["mask"]
                if not isinstance(mask, Mapping) or list(mask.get("size", ())) != list(image.size_hw):
                    raise PromptError("the mask is of another size than the photo")
                held = AnnotatedObject(image.name, {"size": mask["size"], "counts": mask["counts"]}, **_facts(row))
                color = row.get("color", "")
                usable = isinstance(color, str) and _COLOR.fullmatch(color)
                yield ProjectObject(
                    held,
                    self._id(row.get("id"), ids, f"{what}: the id", f"object-{place + 1}"),
                    color if usable else "",
                    row.get("hidden") is True,
                    row.get("locked") is True,
                )

    def _id(self, given: Any, taken: set[str], what: str, otherwise: str) -> str:
        usable = isinstance(given, str) and _ID.fullmatch(given)
        if not usable:
            self.found.note(f"{what} cannot be used ({shown(given)}). It gets another.")
        elif given in taken:
            self.found.note(f"{what} is there twice. The second gets another.")
        made = _unique(given if usable else otherwise, taken)
        taken.add(made)
        return made

    def _file(self, entry: Any, key: str, what: str) -> str:
        """The name of a file inside, "" where there is none."""
        name = _get(entry, key)
        if name is None or name == "":
            return ""
        if not isinstance(name, str) or safe_name(name) != name:
            self.found.note(f"{what}: {key} leads outside of the project ({shown(name)}). Not read.")
            return ""
        if name not in self.files:
            self.found.note(f"{what}: {name} is missing in the project.")
            return ""
        return name

    def _path(self, entry: Mapping[str, Any], what: str) -> str:
        path = entry.get("path", "")
        if not path:
            return ""
        if not isinstance(path, str) or safe_name(path) != path:
            self.found.note(f"{what}: its path leads outside of the project's folder ({shown(path)}). Not read.")
            return ""
        return path


def _facts(row: Mapping[str, Any]) -> dict[str, Any]:
    label = row.get("class", "")
    if not isinstance(label, str):
        raise PromptError(f"class: expected text, got {shown(label)}")
    return {"label": label, **facts_of(row)}


def _unique(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    stem, dot, ending = name.rpartition(".")
    number = 2
    while (made := f"{stem or ending}-{number}{dot if stem else ''}{ending if stem else ''}") in taken:
        number += 1
    return made


def _list(entry: Any, key: str) -> list[Any]:
    value = _get(entry, key)
    return value if isinstance(value, list) else []


def _mapping(entry: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = entry.get(key)
    return value if isinstance(value, Mapping) else {}


def _get(entry: Any, key: str) -> Any:
    return entry.get(key) if isinstance(entry, Mapping) else None


def _page(value: Any) -> int | None:
    return value if type(value) is int and value > 0 else None


def _brightness(value: Any) -> Choice:
    if isinstance(value, list) and len(value) == 2 and all(type(one) in (int, float) for one in value):
        return float(value[0]), float(value[1])
    known: dict[Any, Choice] = {"stored": "stored", "extremes": "extremes"}
    return known.get(value, "auto") if isinstance(value, str) else "auto"


def _hex(color: tuple[int, int, int]) -> str:
    return "#" + "".join(f"{part:02x}" for part in color)


def _rgb(color: Any) -> tuple[int, int, int]:
    if not isinstance(color, str) or not _COLOR.fullmatch(color):
        raise PromptError(f"color: expected #rrggbb, got {shown(color)}")
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)
