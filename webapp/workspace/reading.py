"""How a photo's file was read, and what else can be read from it: other pages, another brightness."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sam import PromptError
from sam.images import Photo
from sam.io.brightness import Brightness, Choice


@dataclass(frozen=True, eq=False)
class Reading:
    """What a visitor should know of how their file was read.

    Attributes:
        notes: a sentence each, see `sam.images.Photo`.
        brightness: which values are black and white; None where the file has levels of 8 bits.
        choice: that led to it.
        pages: (width, height) of each, where the file has several.
        page: which is shown, counted from 1.
        source: the file, where there is something to choose; else b"".
    """

    notes: tuple[str, ...]
    brightness: Brightness | None
    choice: Choice
    pages: tuple[tuple[int, int], ...]
    page: int
    source: bytes

    def to_json(self) -> dict[str, Any]:
        """For the page."""
        return {
            "notes": list(self.notes),
            "brightness": self.brightness.to_json() if self.brightness and self.source else None,
            "choice": self.choice if isinstance(self.choice, str) else "range",
            "pages": [list(size) for size in self.pages] if self.source else [],
            "page": self.page,
        }


def alpha_of(photo: Photo) -> NDArray[np.uint8] | None:
    """(H, W) uint8, how opaque it is; None: wholly."""
    if photo.pixels.shape[2] == 3 or (photo.pixels[..., 3] == 255).all():
        return None
    alpha: NDArray[np.uint8] = np.ascontiguousarray(photo.pixels[..., 3])
    alpha.flags.writeable = False
    return alpha


def reading_of(photo: Photo, source: Any, choice: Choice = "auto") -> Reading | None:
    """What there is to say of it; None where there is nothing.

    Args:
        source: a path or the file's bytes; of anything else nothing can be read again.
        choice: of brightness, that `photo` was read with.
    """
    choices = photo.brightness is not None or len(photo.pages) > 1
    if not choices and not photo.notes:
        return None
    data = b""
    if choices and isinstance(source, (str, os.PathLike)):
        data = Path(source).read_bytes()
    elif choices and isinstance(source, bytes):
        data = source
    return Reading(photo.notes, photo.brightness, choice, photo.pages, photo.page, data)


def read_choice(reading: Reading | None, page: Any, brightness: Any) -> tuple[bytes, int | None, Choice]:
    """(file, page, brightness) that a page asks for; None in place of either means as it is.

    Raises:
        PromptError: there is no choice.
    """
    if reading is None or not reading.source:
        raise PromptError("This photo can be read in one way only.")
    several = len(reading.pages) > 1
    return (
        reading.source,
        page if page is not None else reading.page if several else None,
        reading.choice if brightness is None else brightness,
    )
