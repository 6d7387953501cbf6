"""Photos to try, read from the installed scikit-image package; none is copied."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_PHOTOS = (
    ("chelsea.png", "Cat", "Click", "Click it"),
    ("coffee.png", "Coffee cup", "Cut out", "Cut it out"),
    ("astronaut.png", "Astronaut", "Subject", "Find subject"),
    ("motorcycle_left.png", "Motorcycle", "Text", "Name things"),
    ("rocket.jpg", "Rocket", "Erase", "Erase it"),
    ("coins.png", "Coins", "Everything", "Find all"),
    ("ihc.png", "Stained tissue", "Everything", "Find cells"),
)
_THUMB = (224, 168)


@dataclass(frozen=True)
class Example:
    """One photo.

    Attributes:
        name: file name, unique.
        title: for people.
        path: where it lies.
        tab: title of the tab that it is good for.
        shows: what to do there, in a few words.
    """

    name: str
    title: str
    path: Path
    tab: str
    shows: str


@cache
def list_examples() -> tuple[Example, ...]:
    """Those that the installed package really has; empty when it is not installed. Does not import it."""
    spec = importlib.util.find_spec("skimage")
    if spec is None or spec.origin is None:
        return ()
    folder = Path(spec.origin).parent / "data"
    return tuple(
        Example(name, title, folder / name, tab, shows)
        for name, title, tab, shows in _PHOTOS
        if (folder / name).is_file()
    )


@cache
def read_thumb(name: str) -> bytes:
    """JPEG of one example, cut to 4:3.

    Raises:
        KeyError: no such example.
    """
    import io

    from PIL import Image, ImageOps

    path = {example.name: example.path for example in list_examples()}[name]
    with Image.open(path) as photo:
        thumb = ImageOps.fit(photo.convert("RGB"), _THUMB)
    buffer = io.BytesIO()
    thumb.save(buffer, "JPEG", quality=88)
    return buffer.getvalue()
