"""What a recipe is: where a data set is, and how its own files are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import SamError


@dataclass(frozen=True)
class Region:
    """One object or region of a photo.

    Attributes:
        segmentation: COCO's: polygons, or run lengths, in pixels of a picture of the example's size.
        label: its class; "" where the data set has none.
    """

    segmentation: list[list[float]] | Mapping[str, Any]
    label: str = ""


@dataclass(frozen=True)
class Example:
    """A photo and what is marked in it.

    Attributes:
        name: of the photo, unique in the data set, ASCII letters, digits, "-" and "_", without a suffix.
        picture: the image file, or its bytes.
        size_hw: (height, width) in pixels, of the regions.
        regions: read when asked for, since a data set's masks do not fit into memory.
        licence: of the photo, name and address as the data set states them; "" where it states none.
    """

    name: str
    picture: Path | bytes
    size_hw: tuple[int, int]
    regions: Callable[[], list[Region]]
    licence: str = ""


@dataclass(frozen=True)
class Download:
    """A file of a data set.

    Attributes:
        url: where its makers give it out.
        into: path in the data set's folder; of a .zip or .tar, the folder that it is unpacked into.
        megabytes: about.
    """

    url: str
    into: str
    megabytes: int


@dataclass(frozen=True)
class Recipe:
    """A public data set.

    Attributes:
        name: in the command line.
        title: for people.
        page: where it is described and its terms stand.
        terms: of photos and annotations, a sentence.
        splits: names of its parts, the smallest first.
        downloads: split -> its files; none where one has to register first.
        read: (folder, split) -> its photos, in an order that is always the same; raises `SamError` where the folder is
            not what its makers give out.
        photo: for data sets whose photos are fetched one at a time: (split, name) -> its download.
    """

    name: str
    title: str
    page: str
    terms: str
    splits: tuple[str, ...]
    downloads: Callable[[str], tuple[Download, ...]]
    read: Callable[[Path, str], Iterator[Example]]
    photo: Callable[[str, str], Download] | None = None


def expected(path: Path, what: str, recipe_page: str) -> Path:
    """`path`, which has to be there.

    Raises:
        SamError: it is not; says what it is, and where it is had.
    """
    if not path.exists():
        raise SamError(f"{path} is missing: {what}. Fetch it with --download, or from {recipe_page}.")
    return path
