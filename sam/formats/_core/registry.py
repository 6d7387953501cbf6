"""Which formats there are, which one files are in, and reading and writing by name."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from ...errors import SamError, suggest
from ..annotations import Annotations
from .format import EXACT, Format, FormatError, Options
from .loss import Loss, loss_of
from .output import Output
from .sources import Files


@cache
def _built_in() -> tuple[Format, ...]:
    package = __name__.rpartition("._core")[0]
    folder = str(Path(__file__).parents[1])
    found: list[Format] = []
    for module in pkgutil.iter_modules([folder]):
        if not module.name.startswith("_"):
            found += getattr(importlib.import_module(f"{package}.{module.name}"), "FORMATS", ())
    return tuple(found)


def list_formats(extra: Iterable[Format] = ()) -> list[Format]:
    """Every format: those of this package's files, by file name, then `extra`, which plugins add."""
    return [*_built_in(), *extra]


def find_format(name: str, extra: Iterable[Format] = ()) -> Format:
    """The format of a name.

    Raises:
        FormatError: there is none.
    """
    known = {one.name: one for one in list_formats(extra)}
    if name not in known:
        raise FormatError(f"There is no format {name[:80]!r}. {suggest(name, known)}")
    return known[name]


def recognise(files: Files, extra: Iterable[Format] = ()) -> Format:
    """The format that files look like; plugins' are asked first.

    Raises:
        FormatError: none does.
    """
    for one in sorted(list_formats(extra), key=lambda one: one in _built_in()):
        if one.read is not None and one.looks(files):
            return one
    raise FormatError(f"{files.title} is in none of the formats that are known.")


def read_annotations(place: str | Path | Files, format: str = "", extra: Iterable[Format] = ()) -> Annotations:
    """Annotations of a file, a folder or a zip; what cannot be read is in `problems`, and the rest is kept.

    Args:
        place: where; a folder or zip may hold the photos, too.
        format: its name; "" to look.
        extra: formats besides the built-in ones.

    Raises:
        FormatError: nothing there that could be read at all.
    """
    files = place if isinstance(place, Files) else Files.open(place)
    extra = list(extra)
    chosen = find_format(format, extra) if format else recognise(files, extra)
    if chosen.read is None:
        raise FormatError(f"{chosen.title} is written only: objects can't be read back from it.")
    chosen.check_needs()
    try:
        return chosen.read(files)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError) as error:
        if isinstance(error, SamError):
            raise
        raise FormatError(f"{files.title} is not as {chosen.title} has it ({type(error).__name__}).") from error


def write_annotations(
    annotations: Annotations,
    place: str | Path | None,
    format: str | Format,
    options: Options = EXACT,
    extra: Iterable[Format] = (),
) -> Output:
    """Write annotations; see `loss` for what is lost by it.

    Args:
        annotations: what.
        place: a folder, a name that ends in .zip, or, of a format that makes one file, its name; None: memory only.
        format: one, or its name.
        options: how.
        extra: formats besides the built-in ones.

    Returns:
        Where it went; `names` are the files.

    Raises:
        FormatError: the format cannot hold them, or two photos would get one file.
        SamError: it cannot be written.
    """
    chosen = format if isinstance(format, Format) else find_format(format, extra)
    if chosen.write is None:
        raise FormatError(f"{chosen.title} is read only.")
    chosen.check_needs()
    single = bool(chosen.suffix) and place is not None and Path(place).suffix.lower() == chosen.suffix
    with Output(place, single=single, zipped=single and chosen.archive) as out:
        chosen.write(annotations, out, options)
        if options.photos and not out.single and not chosen.archive:
            folder = "images" if not any(name.startswith("images/") for name in out.names) else ""
            if not any(image.name in out.names for image in annotations.images):
                out.add_photos(annotations, folder or "images")
    return out


def loss(
    annotations: Annotations, format: str | Format, options: Options = EXACT, extra: Iterable[Format] = ()
) -> Loss:
    """What writing would lose, before anything is written.

    Raises:
        FormatError: there is no such format.
    """
    return loss_of(annotations, format if isinstance(format, Format) else find_format(format, extra), options)
