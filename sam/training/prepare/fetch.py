"""Fetch a data set's files: resumable, unpacked once, nothing written outside the folder."""

from __future__ import annotations

import shutil
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import httpx

from ...errors import SamError
from .recipe import Download

Told = Callable[[str, int, int], object]
"""(file, bytes here, bytes in all or 0 where the server does not say)."""
_DONE = ".fetched"


def fetch(download: Download, folder: Path, told: Told = lambda name, here, total: None) -> None:
    """Fetch a file into `folder` and unpack it there; what was done before is not done again.

    Raises:
        SamError: the server refuses, the connection ends, the disk is full, or the file is damaged; the next call goes
            on where this one stopped.
    """
    name = PurePosixPath(httpx.URL(download.url).path).name
    target = folder / download.into
    packed = name.endswith((".zip", ".tar"))
    mark = folder / f"{name}{_DONE}"
    if mark.exists() if packed else target.exists():
        return
    partial = folder / f"{name}.partial"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        _download(download.url, partial, lambda here, total: told(name, here, total))
        if packed:
            _unpack(partial, name, target)
            mark.write_text(download.url)
            partial.unlink()
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            partial.replace(target)
    except httpx.HTTPStatusError as error:
        status = error.response.status_code
        raise SamError(f"{download.url} answered {status}. Fetch it by hand into {folder}.") from error
    except (httpx.HTTPError, OSError) as error:
        why = getattr(error, "strerror", None) or error
        raise SamError(f"Fetching {name} stopped ({why}). The same command goes on from there.") from error


def _download(url: str, path: Path, told: Callable[[int, int], object]) -> None:
    here = path.stat().st_size if path.exists() else 0
    headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={here}-"} if here else {})}
    with httpx.stream("GET", url, headers=headers, follow_redirects=True, timeout=30) as answer:
        if answer.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:  # all of it is here
            return
        answer.raise_for_status()
        if answer.status_code != httpx.codes.PARTIAL_CONTENT:
            here = 0
        total = here + int(answer.headers.get("Content-Length", 0))
        with open(path, "ab" if here else "wb") as out:
            for piece in answer.iter_raw():
                out.write(piece)
                here += len(piece)
                told(here, total)


def _unpack(path: Path, name: str, into: Path) -> None:
    """Names that lead outside end it: no data set has any.

    Raises:
        SamError: damaged, or such a name; the file is removed, so that it is fetched anew.
    """
    into.mkdir(parents=True, exist_ok=True)
    try:
        if name.endswith(".zip"):
            with zipfile.ZipFile(path) as archive:
                archive.extractall(into)  # drops "..", drive letters and leading slashes by itself, and checks each CRC
        else:
            with tarfile.open(path) as archive:
                archive.extractall(into, filter="data")
    except (zipfile.BadZipFile, tarfile.TarError, EOFError) as error:
        path.unlink()
        raise SamError(f"{name} is damaged ({error}). It was removed; the same command fetches it anew.") from error


def room_for(downloads: tuple[Download, ...], folder: Path) -> None:
    """Make sure that the disk has room: packed and unpacked lie side by side for a while.

    Raises:
        SamError: it has not.
    """
    needed = 2 * sum(one.megabytes for one in downloads)
    there = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    free = shutil.disk_usage(there).free >> 20
    if free < needed:
        raise SamError(f"There is no room in {folder}: about {needed:,} MB are needed, {free:,} MB are free.")
