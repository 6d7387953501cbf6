"""What a format is: its name, what it can hold, and the two functions that read and write it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from ...errors import PromptError, SamError

if TYPE_CHECKING:
    from ..annotations import Annotations
    from .output import Output
    from .sources import Files


class FormatError(PromptError):
    """A file cannot be read as annotations, or annotations cannot be written in this format."""


class Shape(str, Enum):
    """What a format keeps of an object's region."""

    MASK = "every pixel"
    HOLES = "outlines with holes"
    PARTS = "outlines, one a part"
    SINGLE = "one outline"
    LABELS = "one picture, an object at each pixel"
    CLASSES = "one picture, a class at each pixel"
    BOX = "the box"
    TABLE = "measures only"


FIELDS = ("class", "name", "score", "prompts", "provenance", "color", "key")
"""What an object or its class has besides the region."""


@dataclass(frozen=True)
class Options:
    """How to write.

    Attributes:
        tolerance: how far an outline may move to need fewer vertices, pixels; 0: exactly the mask's pixels.
        photos: write the photos' files beside, where they are there.
        scale: millimetres a pixel, for measures; None: pixels.

    Raises:
        PromptError: a tolerance below 0, or a scale that is not above it.
    """

    tolerance: float = 0.0
    photos: bool = False
    scale: float | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.tolerance <= 1000:
            raise PromptError(f"tolerance: expected 0 to 1000 pixels, got {self.tolerance}.")
        if self.scale is not None and not 0 < self.scale < 1e6:
            raise PromptError(f"scale: expected millimetres a pixel, above 0, got {self.scale}.")


EXACT = Options()
"""Every pixel, and nothing but annotations."""


@dataclass(frozen=True)
class Format:
    """One format of annotations.

    Attributes:
        name: as typed: lower case, with hyphens.
        title: as shown.
        shape: what it keeps of a region.
        holds: which of `FIELDS`.
        suffix: of a file that holds one photo's objects (or, with `whole`, all photos'); "" where it is a folder.
        whole: one file is for all photos.
        read: a folder's, zip's or file's annotations; None where nothing comes back.
        write: into a folder, a zip or a file; None where it is only read.
        looks: whether files look like it; asked before `read`, cheap, raises nothing.
        classed: every object has a class in it: those without get the class "object".
        pixels: needs the photos' own pixels.
        archive: its one file is a zip, under an ending of its own, with the photos inside where they are known.
        needs: module -> how to install it.
        about: what else to know, a sentence.

    Raises:
        PromptError: no name, or neither function.
    """

    name: str
    title: str
    shape: Shape
    holds: frozenset[str] = frozenset()
    suffix: str = ""
    whole: bool = False
    read: Callable[[Files], Annotations] | None = None
    write: Callable[[Annotations, Output, Options], None] | None = None
    looks: Callable[[Files], bool] = lambda files: False
    classed: bool = False
    pixels: bool = False
    archive: bool = False
    needs: Mapping[str, str] = field(default_factory=dict)
    about: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.replace("-", "").isalnum() or self.name != self.name.lower():
            raise PromptError(f"format: expected a name of lower-case letters and hyphens, got {self.name!r}.")
        if not callable(self.read) and not callable(self.write):
            raise PromptError(f"format {self.name}: expected a function that reads or one that writes.")
        if not isinstance(self.shape, Shape) or not set(self.holds) <= set(FIELDS):
            raise PromptError(f"format {self.name}: expected a Shape, and holds among {', '.join(FIELDS)}.")

    def check_needs(self) -> None:
        """Refuse where a library is not installed.

        Raises:
            SamError: which, and how to install it.
        """
        from importlib.util import find_spec

        for module, how in self.needs.items():
            if find_spec(module) is None:
                raise SamError(f"{self.title} needs {module}: {how}.")
