"""What readers put together: what can be used is kept, and for what cannot there is a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from ...errors import Cancelled, PromptError, SamError
from ...io.arrays import shown
from ...rle import Rle
from ...stopping import check_stopped
from ..annotations import AnnotatedImage, AnnotatedObject, Annotations, LabelClass, safe_name
from .format import FormatError
from .sources import Files

MAX_PROBLEMS = 1000
MAX_HELD = 512 << 20
"""Bytes of all run lengths of one read: some millions of usual objects."""
LOOKED_AT = 20
"""Files that are opened to find out which format they are in."""


class TooMuchError(FormatError):
    """There is more in the files than memory is for: nothing of them is read."""


class Collected:
    """Photos, objects and classes of one read, in their order."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.problems: list[str] = []
        self._images: dict[str, AnnotatedImage] = {}
        self._objects: list[AnnotatedObject] = []
        self._classes: dict[str, LabelClass] = {}
        self._held = 0

    @contextmanager
    def trying(self, what: str) -> Iterator[None]:
        """Note what goes wrong inside, as `what`'s problem, and go on after it; what stops the work stops it."""
        check_stopped()
        try:
            yield
        except (Cancelled, TooMuchError):
            raise
        except SamError as error:
            self.note(f"{what}: {error}")
        except KeyError as error:
            self.note(f"{what}: {shown(error.args[0] if error.args else '')} is missing.")
        except (ValueError, TypeError, IndexError, AttributeError, OverflowError) as error:
            self.note(f"{what}: it is not as the format has it ({type(error).__name__}).")

    def note(self, sentence: str) -> None:
        """Keep a problem; after the first thousand only their number is of use."""
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(sentence if sentence.endswith(".") else f"{sentence}.")

    def image(self, name: str, size_hw: Any = None, besides: str = "") -> AnnotatedImage:
        """A photo, once; its size from its file where the annotations do not say it.

        Raises:
            PromptError: no name, no size, a second photo of that name, or a size that is not the file's.
        """
        safe = safe_name(name)
        if not safe:
            raise PromptError(f"expected a photo's file name, got {shown(name)}.")
        if safe in self._images:
            raise PromptError(f"the photo {safe} is there twice. The first is used")
        found = self.files.photo_of(safe, besides)
        real = None
        if found:
            real = self.files.size_of(found)
        if size_hw is None and real is None:
            raise PromptError(f"its photo {safe} is not there, and so its size is not known. Put the photos beside")
        size: Any = size_hw if size_hw is not None else real
        image = AnnotatedImage(safe, size, self._source(found))
        if real is not None and image.size_hw != real:
            raise PromptError(
                f"the photo {safe} has {real[1]} x {real[0]} pixels, and the annotations say "
                f"{image.size_hw[1]} x {image.size_hw[0]}"
            )
        self._images[safe] = image
        return image

    def photo_beside(self, name: str) -> str:
        """What to call the photo of a file that does not say it: the picture of that stem, or one that could be."""
        there = self.files.photo_of(name, name)
        return there.removeprefix("images/") if there else str(PurePosixPath(name).with_suffix(".png"))

    def label(self, name: Any, color: Any = None, key: str = "") -> str:
        """A class, once; its name as it is kept."""
        made = LabelClass(str(name), color, key)
        self._classes.setdefault(made.name, made)
        return made.name

    def object(self, image: AnnotatedImage, rle: Rle, **facts: Any) -> None:
        """One object.

        Raises:
            PromptError: a mask that is empty, damaged, or of another size than the photo.
            TooMuchError: more masks than memory is for.
        """
        made = AnnotatedObject(image.name, rle, **facts)
        if tuple(made.rle["size"]) != image.size_hw:
            height, width = made.rle["size"]
            raise PromptError(
                f"the mask has {width} x {height} pixels, and the photo {image.size_hw[1]} x {image.size_hw[0]}"
            )
        self._held += len(made.rle["counts"])
        if self._held > MAX_HELD:
            raise TooMuchError(f"{self.files.title} holds more than {MAX_HELD >> 20} MB of masks. Split it up.")
        self._objects.append(made)

    def result(self) -> Annotations:
        """All that could be read."""
        problems = (*self.files.problems, *self.problems)
        return Annotations(
            tuple(self._images.values()), tuple(self._objects), tuple(self._classes.values()), tuple(problems)
        )

    def _source(self, found: str) -> Path | bytes | None:
        return self.files.path(found) if found else None


def names_like(files: Files, suffixes: tuple[str, ...], fits: Callable[[Any], bool]) -> Iterator[str]:
    """Names of files whose JSON or XML is as a format has it, of the `LOOKED_AT` nearest to the top; others are not."""
    for name in sorted(files.ending(*suffixes), key=lambda one: (one.count("/"), len(one)))[:LOOKED_AT]:
        try:
            if fits(files.parsed(name)):
                yield name
        except PromptError:
            continue


def read_each(
    files: Files,
    suffixes: tuple[str, ...],
    fits: Callable[[Any], bool],
    otherwise: str,
    read_one: Callable[[Collected, str, Any], None],
) -> Annotations:
    """Annotations of a format that has a file a photo.

    Args:
        files: all that are there.
        suffixes: of those that hold annotations.
        fits: whether a file's JSON or XML is as the format has it.
        otherwise: what is said of a file where it is not.
        read_one: takes a file's name and its JSON or XML; what it raises is noted as that file's problem.
    """
    found = Collected(files)
    for name in files.ending(*suffixes):
        with found.trying(name):
            data = files.parsed(name)
            if not fits(data):
                raise PromptError(otherwise)
            read_one(found, name, data)
    return found.result()


def facts_of(value: Any) -> dict[str, Any]:
    """Name, score, prompts and provenance from a JSON object that has them under these names."""
    if not isinstance(value, Mapping):
        return {}
    facts: dict[str, Any] = {}
    if isinstance(value.get("name"), str):
        facts["name"] = value["name"]
    if isinstance(value.get("score"), (int, float)) and not isinstance(value["score"], bool):
        facts["score"] = min(1.0, max(0.0, float(value["score"])))
    for what in ("prompts", "provenance"):
        if isinstance(value.get(what), Mapping):
            facts[what] = value[what]
    return facts


def json_facts(one: AnnotatedObject) -> dict[str, Any]:
    """The way back from `facts_of`: only what is known."""
    facts = {"name": one.name, "score": one.score, "prompts": dict(one.prompts), "provenance": dict(one.provenance)}
    return {name: value for name, value in facts.items() if value not in ("", None, {})}
