"""The one value between all formats: photos, the objects in them, and the classes they belong to."""

from __future__ import annotations

import colorsys
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from .. import rle as run_lengths
from ..errors import PromptError
from ..io.arrays import shown, whole_text
from ..io.image_limits import MAX_PIXELS, MAX_SIDE
from ..rle import Rle
from ..types import Masks
from ._core import regions

MAX_NAME = 200
"""Characters of a name or a class."""

Color = tuple[int, int, int]
Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class LabelClass:
    """One kind of object.

    Attributes:
        name: unique, not empty.
        color: red, green, blue in 0..255; by default one that follows from the name.
        key: the one character that sets it; "" for none.

    Raises:
        PromptError: an empty name, no such colour, or more than one character.
    """

    name: str
    color: Color = field(default=None)  # type: ignore[assignment]
    key: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", _text(self.name, "class"))
        if not self.name:
            raise PromptError("class: expected a name, got an empty one.")
        color = color_of(self.name) if self.color is None else tuple(self.color)
        if len(color) != 3 or not all(isinstance(part, int) and 0 <= part <= 255 for part in color):
            raise PromptError(f"class {self.name}: expected red, green and blue in 0..255, got {shown(self.color)}.")
        object.__setattr__(self, "color", color)
        if not isinstance(self.key, str) or len(self.key) > 1:
            raise PromptError(f"class {self.name}: expected one character as its key, got {shown(self.key)}.")


@dataclass(frozen=True)
class AnnotatedImage:
    """One photo.

    Attributes:
        name: its file's name, with folders where it has some: relative, with /, never outside ("a/b.jpg").
        size_hw: (height, width), pixels, upright.
        source: the file itself as a path or bytes, for formats that hold pixels; None where it is not there.

    Raises:
        PromptError: a name that leads outside, or a size that no photo has.
    """

    name: str
    size_hw: tuple[int, int]
    source: Path | bytes | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if not self.name or safe_name(self.name) != self.name:
            raise PromptError(f"image: expected a relative file name, got {shown(self.name)}.")
        object.__setattr__(self, "size_hw", read_size_hw(self.size_hw, self.name))

    @property
    def stem(self) -> str:
        """The name without its ending."""
        return self.name.rpartition(".")[0] or self.name


@dataclass(frozen=True)
class AnnotatedObject:
    """One object of a photo.

    Attributes:
        image: the photo's name.
        rle: the mask at the photo's size, not empty.
        label: its class; "" for none.
        name: what this one is called; "" for none.
        score: in [0, 1], or None where nothing judged it.
        prompts: what it was made from, JSON; {} for nothing known.
        provenance: which model or person made it, JSON; {} for nothing known.
        area: pixels; computed.
        box: tight, half-open xyxy; computed.

    Raises:
        PromptError: a damaged or empty mask, a score outside [0, 1], or names that are too long.
    """

    image: str
    rle: Rle
    label: str = ""
    name: str = ""
    score: float | None = None
    prompts: Mapping[str, Any] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)
    area: int = field(init=False, compare=False)
    box: Box = field(init=False, compare=False)

    def __post_init__(self) -> None:
        runs = regions.runs_of(self.rle)
        size = self.rle["size"]
        counts = self.rle["counts"]
        if not isinstance(counts, str):
            object.__setattr__(self, "rle", regions.rle_of(runs, (size[0], size[1])))
        area = int(runs[1::2].sum())
        if not area:
            raise PromptError("the mask is empty")
        object.__setattr__(self, "area", area)
        object.__setattr__(self, "box", regions.box_of(runs, size[0]))
        for what in ("label", "name"):
            object.__setattr__(self, what, _text(getattr(self, what), what))
        if self.score is not None:
            score = float(self.score) if isinstance(self.score, (int, float)) else math.nan
            if not 0 <= score <= 1:
                raise PromptError(f"score: expected a number in 0..1, got {shown(self.score)}.")
            object.__setattr__(self, "score", score)
        for what in ("prompts", "provenance"):
            value = getattr(self, what)
            if not isinstance(value, Mapping):
                raise PromptError(f"{what}: expected a JSON object, got {shown(value)}.")
            object.__setattr__(self, what, MappingProxyType(dict(value)))


@dataclass(frozen=True)
class Annotations:
    """Photos, objects and classes, whichever format they come from.

    Attributes:
        images: names are unique.
        objects: each of one of the images, with a mask of its size; those of an image from back to front.
        classes: names are unique; classes that objects name and that are not listed are added.
        problems: what a reader could not read, a sentence each, which begins with the file and the object.

    Raises:
        PromptError: two images or classes of one name, an object without its image, or a mask of another size.
    """

    images: tuple[AnnotatedImage, ...] = ()
    objects: tuple[AnnotatedObject, ...] = ()
    classes: tuple[LabelClass, ...] = ()
    problems: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        sizes: dict[str, tuple[int, int]] = {}
        for image in self.images:
            if image.name in sizes:
                raise PromptError(f"images: {image.name} is there twice.")
            sizes[image.name] = image.size_hw
        classes = {one.name: one for one in self.classes}
        if len(classes) != len(self.classes):
            raise PromptError("classes: expected each name once.")
        for one in self.objects:
            if one.image not in sizes:
                raise PromptError(f"objects: there is no image {one.image}.")
            if tuple(one.rle["size"]) != sizes[one.image]:
                height, width = sizes[one.image]
                raise PromptError(
                    f"{one.image}: expected masks of {width} x {height} pixels, "
                    f"got one of {one.rle['size'][1]} x {one.rle['size'][0]}."
                )
            if one.label and one.label not in classes:
                classes[one.label] = LabelClass(one.label)
        for name, value in (("images", self.images), ("objects", self.objects), ("problems", self.problems)):
            object.__setattr__(self, name, tuple(value))
        object.__setattr__(self, "classes", tuple(classes.values()))

    def of(self, image: AnnotatedImage | str) -> list[AnnotatedObject]:
        """The objects of one photo, in their order."""
        name = image if isinstance(image, str) else image.name
        return [one for one in self.objects if one.image == name]

    def by_image(self) -> list[tuple[AnnotatedImage, list[AnnotatedObject]]]:
        """Each photo with its objects, those without objects too."""
        found: dict[str, list[AnnotatedObject]] = {image.name: [] for image in self.images}
        for one in self.objects:
            found[one.image].append(one)
        return [(image, found[image.name]) for image in self.images]

    def with_sources(self, sources: Mapping[str, Path | bytes]) -> Annotations:
        """The same, with the photos' files by name."""
        images = tuple(replace(image, source=sources.get(image.name, image.source)) for image in self.images)
        return replace(self, images=images)


def safe_name(name: Any) -> str:
    """A file's name that stays where it is put: relative, with /, without "..", drives and control characters.

    What is left of an absolute path is its last part; "" where nothing is left.
    """
    text = whole_text(name).replace("\\", "/") if isinstance(name, str) else ""
    text = re.sub(r"[\x00-\x1f\x7f]", "", text)
    outside = text.startswith(("/", "~")) or ".." in text.split("/") or ":" in text
    parts = [part for part in text.split("/") if part not in ("", ".", "..")]
    parts = [part.rpartition(":")[2] for part in parts[-1:]] if outside else parts
    return "/".join(part for part in parts if part)[-MAX_NAME:].lstrip("/")


def color_of(name: str) -> Color:
    """A strong colour that follows from a name, the same everywhere."""
    seed = 0
    for character in name:
        seed = (seed * 31 + ord(character)) % 997
    red, green, blue = colorsys.hsv_to_rgb((seed * 0.618034) % 1, 0.55 + (seed % 4) * 0.12, 0.95)
    return round(red * 255), round(green * 255), round(blue * 255)


def class_names(annotations: Annotations, unnamed: str = "object") -> list[str]:
    """The classes in their order, and `unnamed` at the end where an object has none."""
    names = [one.name for one in annotations.classes]
    if any(not one.label for one in annotations.objects) and unnamed not in names:
        names.append(unnamed)
    return names


def read_size_hw(value: Any, name: str) -> tuple[int, int]:
    """(height, width) of a photo.

    Raises:
        PromptError: not two whole numbers that a photo may have.
    """
    try:
        height, width = (int(side) for side in value)
        whole = all(float(side) == int(side) for side in value)
    except (TypeError, ValueError, OverflowError):
        whole, height, width = False, 0, 0
    if not whole or min(height, width) < 1 or max(height, width) > MAX_SIDE or height * width > MAX_PIXELS:
        raise PromptError(f"{name}: expected a height and width of at most {MAX_PIXELS:,} pixels, got {shown(value)}.")
    return height, width


def merge(parts: Iterable[Annotations]) -> Annotations:
    """Several files' annotations as one.

    Raises:
        PromptError: as `Annotations`.
    """
    images: list[AnnotatedImage] = []
    objects: list[AnnotatedObject] = []
    classes: dict[str, LabelClass] = {}
    problems: list[str] = []
    for part in parts:
        images += part.images
        objects += part.objects
        problems += part.problems
        for one in part.classes:
            classes.setdefault(one.name, one)
    return Annotations(tuple(images), tuple(objects), tuple(classes.values()), tuple(problems))


def encode_mask(mask: Any) -> Rle:
    """(H, W) bool as `AnnotatedObject.rle`."""
    return run_lengths.encode(mask)


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise PromptError(f"{what}: expected text, got {shown(value)}.")
    text = " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", whole_text(value)).split())
    if len(text) > MAX_NAME:
        raise PromptError(f"{what}: expected at most {MAX_NAME} characters, got {len(text)}.")
    return text


def of_photo(masks: Masks, photo: str | bytes, model: str = "") -> Annotations:
    """As `from_masks`, of the photo's file or its path: what --format, the API and MCP write."""
    if isinstance(photo, bytes):
        return from_masks(masks, "photo.png", photo, model)
    return from_masks(masks, Path(photo).name, Path(photo), model)


def from_masks(masks: Masks, name: str, source: Path | bytes | None = None, model: str = "") -> Annotations:
    """What a tool found in a photo, as its annotations; empty masks are left out.

    Args:
        masks: labels are classes.
        name: the photo's file name; only its last part is kept.
        source: the photo's file, for formats that hold pixels.
        model: who made the masks; "" where that is not known.

    Raises:
        PromptError: a photo's size that cannot be, or a name that is none.
    """
    image = AnnotatedImage(safe_name(name.replace("\\", "/").rpartition("/")[2]) or "photo", masks.size_hw, source)
    objects = [
        AnnotatedObject(
            image.name,
            encode_mask(mask),
            label=label,
            score=float(min(1.0, max(0.0, score))),
            provenance={"model": model} if model else {},
        )
        for mask, label, score in zip(masks.masks, masks.boxes.labels, masks.scores)
        if mask.any()
    ]
    return Annotations((image,), tuple(objects))
