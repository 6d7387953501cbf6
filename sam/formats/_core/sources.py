"""The files of a folder, of a zip or a single one, read with care: nothing is unpacked, nothing outside is opened."""

from __future__ import annotations

import io
import re
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from ...errors import ImageError, SamError
from ...io.decoding import open_picture
from ...io.image_limits import MAX_FILE_BYTES
from ...io.json_text import parse_json
from ...io.serialization import SUFFIXES
from ..annotations import safe_name
from .format import FormatError

MAX_FILES = 500_000
MAX_TEXT = 512 << 20
"""Bytes of one JSON, XML or text file."""
MAX_ELEMENTS = 5_000_000
"""Opening and closing tags of one XML file; each element takes a hundred bytes and more in memory."""
MAX_TOTAL = 16 << 30
"""Bytes of a zip's files, unpacked."""
MAX_RATIO = 300
_SMALL = 32 << 20
ZIPS = (".zip", ".samstudio")
"""Endings of files that are opened as a zip."""
_TURNED = (5, 6, 7, 8)


class Files:
    """Files by name, relative and with /; read when asked for.

    Attributes:
        title: how messages call the whole.
        single: the one file that was given itself, by name; "" for a folder or zip.
        problems: files that were left out, a sentence each.
        beside: photos from elsewhere, by name; not among the files themselves.
    """

    def __init__(self, title: str, single: str = "") -> None:
        self.title = title
        self.single = single
        self.problems: list[str] = []
        self._paths: dict[str, Path] = {}
        self._data: dict[str, bytes] = {}
        self.beside: dict[str, Path] = {}
        self._zip: zipfile.ZipFile | None = None
        self._entries: dict[str, zipfile.ZipInfo] = {}
        self._parsed: tuple[str | None, Any] = (None, None)
        self._sizes: dict[str, tuple[int, int]] = {}
        self._by_stem: dict[str, list[str]] | None = None

    @classmethod
    def open(cls, place: str | Path) -> Files:
        """A folder, a zip, or a file with the photos beside it.

        Raises:
            FormatError: it is not there, cannot be read, or is a zip that no tool of this kind makes.
        """
        path = Path(place)
        try:
            if path.is_dir():
                files = cls(path.name or str(path))
                files._add_folder(path)
                return files
            if not path.is_file():
                raise FormatError(f"{path} is not there. Give a file, a folder or a zip.")
            if path.suffix.lower() in ZIPS:
                return cls.from_zip(path, path.name)
            files = cls(path.name, path.name)
            files._paths[path.name] = path
            return files
        except OSError as error:
            raise FormatError(f"{path} cannot be read ({error.strerror or error}).") from error

    @classmethod
    def of(cls, data: dict[str, bytes], title: str = "The files") -> Files:
        """Files in memory, by name; a single zip is opened."""
        if len(data) == 1:
            name, content = next(iter(data.items()))
            if name.lower().endswith(ZIPS):
                return cls.from_zip(io.BytesIO(content), safe_name(name) or "The zip")
        files = cls(title, (safe_name(next(iter(data))) or "file") if len(data) == 1 else "")
        for name, content in data.items():
            safe = safe_name(name) or "file"
            if safe in files._data:
                files.problems.append(f"{title}: two files are called {safe}. The first is read.")
            files._data.setdefault(safe, content)
        return files

    @classmethod
    def from_zip(cls, file: Any, title: str) -> Files:
        """A zip's files; those whose names lead outside are left out.

        Raises:
            FormatError: damaged, too many or too large files, or a zip bomb.
        """
        try:
            archive = zipfile.ZipFile(file)
            entries = archive.infolist()
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise FormatError(f"{title} is not a zip, or it's damaged. Save or download it again.") from error
        if len(entries) > MAX_FILES:
            raise FormatError(f"{title} holds {len(entries):,} files; at most {MAX_FILES:,} can be read.")
        total = sum(entry.file_size for entry in entries)
        bomb = any(e.file_size > _SMALL and e.file_size > MAX_RATIO * max(1, e.compress_size) for e in entries)
        if total > MAX_TOTAL or bomb:
            raise FormatError(f"{title} would unpack to {total / 1e9:,.1f} GB, more than its files can be. Not read.")
        files = cls(title)
        files._zip = archive
        for entry in entries:
            if entry.is_dir():
                continue
            name = safe_name(entry.filename)
            if name != entry.filename.replace("\\", "/").removeprefix("./"):
                files.problems.append(f"{title}: a file's name leads outside ({entry.filename[:80]!r}). Left out.")
            elif stat.S_ISLNK(entry.external_attr >> 16):
                files.problems.append(f"{title}: {name} is a link. Left out.")
            elif not name.startswith("__MACOSX/"):
                files._entries[name] = entry
        return files

    def __iter__(self) -> Iterator[str]:
        return iter(sorted({*self._paths, *self._data, *self._entries}))

    def __contains__(self, name: object) -> bool:
        return name in self._paths or name in self._data or name in self._entries

    def ending(self, *suffixes: str) -> list[str]:
        """Names that end so, in order; "" stands for pictures of any kind."""
        wanted = SUFFIXES if suffixes == ("",) else suffixes
        return [name for name in self if PurePosixPath(name).suffix.lower() in wanted]

    def path(self, name: str) -> Path | bytes:
        """Where a file is, or what is in it where it has no place of its own."""
        place = self._paths.get(name) or self.beside.get(name)
        return place if place is not None else self.read(name, MAX_FILE_BYTES)

    def add_photos(self, folder: Path) -> None:
        """Know the pictures of a folder as photos, too, by their names in it."""
        for name, path in Files.open(folder)._paths.items():
            if PurePosixPath(name).suffix.lower() in SUFFIXES and name not in self:
                self.beside[name] = path
        self._by_stem = None

    def know(self, name: str, size_hw: tuple[int, int]) -> None:
        """A photo that is elsewhere, of which the name and the size are enough."""
        self.beside[name] = Path(name)
        self._sizes[name] = size_hw
        self._by_stem = None

    def read(self, name: str, limit: int = MAX_TEXT) -> bytes:
        """A file's bytes.

        Raises:
            FormatError: not there, too large, damaged or encrypted.
        """
        try:
            if name in self._data:
                data = self._data[name]
            elif name in self._paths:
                if self._paths[name].stat().st_size > limit:
                    raise FormatError(_too_large(name, limit))
                with open(self._paths[name], "rb") as file:
                    data = file.read(limit + 1)
            elif name in self._entries and self._zip is not None:
                if self._entries[name].file_size > limit:
                    raise FormatError(_too_large(name, limit))
                with self._zip.open(self._entries[name]) as packed:
                    data = packed.read(limit + 1)
            else:
                raise FormatError(f"{name} is missing")
        except (OSError, RuntimeError, zipfile.BadZipFile, NotImplementedError, EOFError, ValueError) as error:
            if isinstance(error, SamError):
                raise
            why = "it is encrypted" if "encrypted" in str(error) else "it is damaged"
            raise FormatError(f"{name} cannot be read: {why}.") from error
        if len(data) > limit:
            raise FormatError(_too_large(name, limit))
        return data

    def text(self, name: str) -> str:
        """A file as text; characters that are none become U+FFFD."""
        return self.read(name).decode("utf-8-sig", "replace")

    def json(self, name: str) -> Any:
        """A file's JSON value; the last one is kept.

        Raises:
            FormatError: not JSON, or numbers that are none.
        """
        if self._parsed[0] != name:
            self._parsed = (name, parse_json(self.read(name).removeprefix(b"\xef\xbb\xbf"), name, FormatError))
        return self._parsed[1]

    def xml(self, name: str) -> Any:
        """The root element of an XML file, without entities.

        Raises:
            FormatError: not XML, or one that declares entities or fetches something.
        """
        return parse_xml(self.read(name), name)

    def parsed(self, name: str) -> Any:
        """As `xml` of a file that ends so, else as `json`."""
        return self.xml(name) if name.lower().endswith(".xml") else self.json(name)

    def size_of(self, name: str) -> tuple[int, int]:
        """(height, width) of a picture, upright, from its header.

        Raises:
            ImageError: no picture, or one too large.
        """
        if name not in self._sizes:
            held = self.path(name)
            with (
                open(held, "rb") if isinstance(held, Path) else io.BytesIO(held) as file,
                open_picture(file, name) as p,
            ):
                try:
                    turned = p.getexif().get(0x0112) in _TURNED
                except Exception as error:  # Pillow raises what it likes on damaged EXIF
                    raise ImageError(f"{name} is damaged.") from error
                self._sizes[name] = (p.width, p.height) if turned else (p.height, p.width)
        return self._sizes[name]

    def photo_of(self, name: str, besides: str = "") -> str:
        """The photo that a file or a name belongs to: of that name, else of that stem; "" where there is none.

        Args:
            name: as an annotation calls it, perhaps with folders that are not here.
            besides: the annotation's own file, which is no photo.
        """
        name = safe_name(name)
        if self._by_stem is None:
            self._by_stem = {}
            for one in [*self.ending(""), *sorted(self.beside)]:
                self._by_stem.setdefault(PurePosixPath(one).stem, []).append(one)
        known = name in self or name in self.beside
        if known and name != besides and PurePosixPath(name).suffix.lower() in SUFFIXES:
            return name
        found = [one for one in self._by_stem.get(PurePosixPath(name).stem, []) if one != besides]
        exact = [one for one in found if PurePosixPath(one).name == PurePosixPath(name).name]
        # images/ first: a mask of the same stem lies in a folder of its own.
        found = exact or sorted(found, key=lambda one: ("images" not in one.lower(), one.count("/"), one))
        return found[0] if found else ""

    def _add_folder(self, folder: Path) -> None:
        import os

        for parent, folders, names in os.walk(folder):
            folders[:] = sorted(one for one in folders if not one.startswith("."))
            for name in sorted(names):
                path = Path(parent) / name
                inside = path.relative_to(folder).as_posix()
                if not name.startswith(".") and (path.is_file() or path.is_symlink()):
                    self._paths[inside] = path
            if len(self._paths) > MAX_FILES:
                raise FormatError(f"{folder.name} holds more than {MAX_FILES:,} files. Choose a smaller folder.")


def _too_large(name: str, limit: int) -> str:
    return f"{name} is too large: at most {limit >> 20} MB can be read. Split it up."


def parse_xml(data: bytes, name: str) -> Any:
    """The root element; a document type is allowed, entities and what is fetched are not.

    Raises:
        FormatError: not XML, one that declares entities, or more elements than memory is for.
    """
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException, ElementTree

    if data.count(b"<") > MAX_ELEMENTS:
        raise FormatError(f"{name} holds more than {MAX_ELEMENTS:,} tags. Split it up.")
    try:
        return ElementTree.fromstring(data)
    except DefusedXmlException as error:
        raise FormatError(f"{name} declares XML entities, which annotations never need. Not read.") from error
    except (ParseError, ValueError, LookupError) as error:
        raise FormatError(f"{name} is not XML ({re.sub(r'[^ -~]', '', str(error))[:80]}).") from error
