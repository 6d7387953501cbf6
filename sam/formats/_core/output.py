"""Where writers put their files: a folder, a zip, or memory; whole or not at all, and never outside."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from ...errors import SamError
from ...io.output import check_name, check_place
from ..annotations import Annotations, safe_name
from .format import FormatError

_STORED = (".png", ".jpg", ".jpeg", ".webp", ".zip", ".npz", ".ora", ".heic", ".avif")


class Output:
    """Files by relative name. Used with `with`: where an error leaves it, nothing was written.

    Args:
        place: a folder (made where it is not there), a name that ends in .zip, or with `single` the one file itself;
            None: memory only, see `files`.
        single: the writer makes one file, and `place` is its name.
        zipped: `place` is a zip, whatever its name ends in.
    """

    def __init__(self, place: str | Path | None, *, single: bool = False, zipped: bool = False) -> None:
        self.place = Path(place) if place is not None else None
        self.zipped = self.place is not None and (zipped or self.place.suffix.lower() == ".zip")
        self.single = single and self.place is not None and not self.zipped
        self.files: dict[str, bytes] = {}
        self.names: list[str] = []
        self._zip: zipfile.ZipFile | None = None
        self._aside: Path | None = None

    def __enter__(self) -> Output:
        place = self.place
        if place is None or self.single:
            if place is not None:
                check_place(place)
            return self
        if self.zipped:
            check_place(place)
            self._aside = place.parent / f".{secrets.token_hex(6)}.part"
            self._zip = self._try(lambda: zipfile.ZipFile(str(self._aside), "w", zipfile.ZIP_DEFLATED))
        else:
            check_name(place)
            if place.exists() and not place.is_dir():
                raise SamError(f"{place} is a file. Give a folder, or a name that ends in .zip.")
            if not place.absolute().parent.is_dir():
                raise SamError(f"The folder {place.parent} does not exist. Make it first, or choose another.")
            self._aside = place.absolute().parent / f".{secrets.token_hex(6)}.part"
            self._try(self._aside.mkdir)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            if self._zip is not None:
                # Closing writes the table of contents, for which a full disk may have no room either.
                with contextlib.suppress(SamError) if kind is not None else contextlib.nullcontext():
                    self._try(self._zip.close)
            if kind is None and self.place is not None:
                self._try(self._finish)
        finally:
            if self._aside is not None:
                if self._aside.is_dir():
                    shutil.rmtree(self._aside, ignore_errors=True)
                else:
                    self._aside.unlink(missing_ok=True)

    def add(self, name: str, data: bytes | str) -> None:
        """Write one file.

        Raises:
            FormatError: a name that leads outside, or is there already.
        """
        data = data.encode("utf-8") if isinstance(data, str) else data
        if not name or safe_name(name) != name:
            raise FormatError(f"expected a relative file name, got {name[:80]!r}.")
        if name in self.names:
            raise FormatError(f"two files would be called {name}. Give the photos different names.")
        self.names.append(name)
        if self._zip is not None:
            stored = Path(name).suffix.lower() in _STORED
            # A fixed date: equal annotations make equal files.
            info = zipfile.ZipInfo(name)
            info.external_attr = 0o644 << 16
            info.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            archive = self._zip
            self._try(lambda: archive.writestr(info, data))
        elif self._aside is not None:
            path = self._aside / name
            self._try(lambda: _write_new(path, data))
        else:
            self.files[name] = data

    def add_json(self, name: str, value: Any) -> None:
        """Write a JSON file."""
        self.add(name, json.dumps(value, ensure_ascii=False, separators=(",", ":")))

    def add_photos(self, annotations: Annotations, folder: str = "images") -> None:
        """Write the photos' files as they are, where they are known."""
        for image in annotations.images:
            name = f"{folder}/{image.name}" if folder else image.name
            if isinstance(image.source, bytes):
                self.add(name, image.source)
            elif image.source is not None:
                source = image.source
                self.add(name, self._try(source.read_bytes))

    def _finish(self) -> None:
        place = self.place
        if place is None:
            return
        if self.single:
            from ...io.output import write_file

            if len(self.files) != 1:
                raise FormatError(
                    f"{place.name}: {len(self.files)} files are to be written. Give a folder, or a name in .zip."
                )
            write_file(place, next(iter(self.files.values())))
        elif self._zip is not None and self._aside is not None:
            os.replace(self._aside, place)
        elif self._aside is not None:
            place.mkdir(exist_ok=True)
            for name in self.names:
                target = place / name
                target.parent.mkdir(parents=True, exist_ok=True)
                if not target.parent.resolve().is_relative_to(place.resolve()):
                    raise FormatError(f"{name}: a link in {place.name} leads outside. Choose an empty folder.")
                os.replace(self._aside / name, target)

    def _try(self, work: Callable[[], Any]) -> Any:
        try:
            return work()
        except OSError as error:
            raise SamError(f"{self.place} cannot be written ({error.strerror or error}).") from error


def _write_new(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
