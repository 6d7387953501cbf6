"""Which formats there are, which one files are in, and reading and writing by name."""

from __future__ import annotations

import importlib
import pkgutil
import tempfile
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path, PurePosixPath

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


def find_writable(name: str | Format, extra: Iterable[Format] = ()) -> Format:
    """A format that files can be written in here, by name or as it is.

    Raises:
        FormatError: there is none of that name, or it is read only.
        SamError: a library is not installed.
    """
    chosen = name if isinstance(name, Format) else find_format(name, extra)
    _writer(chosen)
    chosen.check_needs()
    return chosen


def _writer(format: Format) -> Callable[[Annotations, Output, Options], None]:
    if format.write is None:
        raise FormatError(f"{format.title} is read only.")
    return format.write


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
    chosen = find_writable(format, extra)
    single = bool(chosen.suffix) and place is not None and Path(place).suffix.lower() == chosen.suffix
    with Output(place, single=single, zipped=single and chosen.archive) as out:
        _writer(chosen)(annotations, out, options)
        if options.photos and not out.single and not chosen.archive:
            folder = "images" if not any(name.startswith("images/") for name in out.names) else ""
            if not any(image.name in out.names for image in annotations.images):
                out.add_photos(annotations, folder or "images")
    return out


def pack_annotations(
    annotations: Annotations, format: str | Format, options: Options = EXACT, extra: Iterable[Format] = ()
) -> tuple[bytes, str]:
    """Annotations as one file: the format's own where it makes one, else a zip.

    Returns:
        Its bytes, and a name for it after the first photo's.

    Raises:
        FormatError: as `write_annotations`, or there is nothing to write.
    """
    chosen = find_writable(format, extra)
    stem = PurePosixPath(annotations.images[0].name).stem if annotations.images else chosen.name
    if chosen.suffix and not options.photos and not chosen.archive:
        files = write_annotations(annotations, None, chosen, options).files
        if len(files) == 1:
            return next(iter(files.values())), f"{stem}{chosen.suffix}"
    with tempfile.TemporaryDirectory() as folder:
        ending = chosen.suffix if chosen.archive else ".zip"
        place = Path(folder) / f"objects{ending}"
        if not write_annotations(annotations, place, chosen, options).names:
            raise FormatError(f"There are no objects, and without one there is no file of {chosen.title}.")
        return place.read_bytes(), f"{stem}{ending}" if chosen.archive else f"{stem}-{chosen.name}.zip"


def loss(
    annotations: Annotations, format: str | Format, options: Options = EXACT, extra: Iterable[Format] = ()
) -> Loss:
    """What writing would lose, before anything is written.

    Raises:
        FormatError: there is no such format.
    """
    return loss_of(annotations, format if isinstance(format, Format) else find_format(format, extra), options)
