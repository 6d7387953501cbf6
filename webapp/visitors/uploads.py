"""Gradio's copies of what visitors send and get: in a folder of this process, of limited size, as long as the session.

Gradio itself keeps them for all apps of the machine in one folder, takes files of any size, and leaves behind what was
sent in part.
"""

from __future__ import annotations

import atexit
import os
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sam import SamError

MAX_UPLOAD = 256 << 20
"""Bytes of one file or one request."""
DISK_SHARE = 0.25
"""Of what the disk has free for all that visitors have sent and got."""
IDLE_S = 3 * 3600.0
"""After so long without a use a session counts as over, as its workspace does."""
GRACE_S = 600.0
"""For what no session uses: a page that has lost its connection comes back, an upload may be used next."""
FOLDER_VARIABLE = "GRADIO_TEMP_DIR"
"""Gradio's own: where the folder is made; default: the system's folder for temporary files."""

_PREFIX = "sam-studio-files-"
_SWEEP_S = 60.0
_SMALL = 1 << 16
"""Bytes of a request that need not be asked about: what a page sends all the time."""


class TooLargeError(SamError):
    """More bytes than the server takes."""


class NoRoomError(SamError):
    """The disk's share for files of visitors is used up."""


def own_folder() -> Path:
    """A new name for this process's folder, told to Gradio, which must not have been imported yet.

    What processes that were killed have left is removed.
    """
    base = Path(os.environ.get(FOLDER_VARIABLE) or tempfile.gettempdir())
    if base.name.startswith(_PREFIX) and base.name.split("-")[-2] == str(os.getpid()):
        return base
    if base.name.startswith(_PREFIX):  # the variable as a parent process of ours has set it
        base = base.parent
    _remove_left(base)
    folder = base / f"{_PREFIX}{os.getpid()}-{secrets.token_hex(8)}"
    os.environ[FOLDER_VARIABLE] = str(folder)
    maker = os.getpid()
    # A process that was forked ends without it, but not one of every kind.
    atexit.register(_remove_own, folder, maker)
    return folder


def _remove_own(folder: Path, maker: int) -> None:
    if os.getpid() == maker:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_left(base: Path) -> None:
    if os.name != "posix":  # elsewhere asking for a process may end it
        return
    for folder in base.glob(f"{_PREFIX}*-*"):
        number = folder.name.split("-")[-2]
        if number.isdigit() and not _runs(int(number)) and folder.stat().st_uid == os.getuid():
            shutil.rmtree(folder, ignore_errors=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


class Uploads:
    """All files of visitors in the folder.

    Args:
        folder: where Gradio keeps them.
        max_bytes: of one file.
        share: of the disk, see `DISK_SHARE`.

    Attributes:
        folder, max_bytes, share: as given.
        sessions: which files each session works with.
    """

    def __init__(self, folder: Path, *, max_bytes: int = MAX_UPLOAD, share: float = DISK_SHARE) -> None:
        self.folder = folder
        self.max_bytes = max_bytes
        self.share = share
        self._lock = threading.Lock()
        self._used: dict[str, float] = {}
        self.sessions: dict[str, set[str]] = {}
        self._lasting: set[str] = set()
        self._timer: threading.Timer | None = None
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)

    def start(self) -> None:
        """What is there now belongs to the app itself and stays; from now on look through the rest every minute."""
        self._lasting = {str(path) for path in self._files()}
        self._tick()

    def stop(self) -> None:
        """Remove everything that visitors have sent and got."""
        with self._lock:
            timer, self._timer = self._timer, None
            self._used, self.sessions = {}, {}
        if timer is not None:
            timer.cancel()
        for path in list(self._files()):
            self._remove(path)

    def check(self, size: int | None) -> None:
        """Whether there is room for one more request.

        Args:
            size: in bytes, as far as it is known.

        Raises:
            TooLargeError, NoRoomError: there is not.
        """
        if size is not None and size <= _SMALL:
            return
        if size is not None and size > self.max_bytes:
            raise TooLargeError(f"The file is larger than {self.max_bytes >> 20} MB. Make it smaller, then try again.")
        here = sum(_size(path) for path in self._files())
        most = self.share * (shutil.disk_usage(self.folder).free + here)
        if here + (size or 0) > most:
            raise NoRoomError("The server has no room for more files at the moment. Try again in a few minutes.")

    def keep(self, data: bytes, name: str) -> Path:
        """A file as if a visitor had uploaded it.

        Raises:
            NoRoomError: see `check`.
        """
        self.check(len(data))
        place = self.folder / secrets.token_hex(16)
        place.mkdir()
        path = place / name
        path.write_bytes(data)
        return path

    def use(self, session: str | None, *values: Any) -> None:
        """Note that a session works with the files that values name."""
        paths = {path for value in values for path in _paths(value) if Path(path).is_relative_to(self.folder)}
        now = time.monotonic()
        with self._lock:
            self._used |= dict.fromkeys(paths, now)
            if session and paths:
                self.sessions.setdefault(session, set()).update(paths)

    def leave(self, session: str | None) -> None:
        """A session is over: what no other one works with goes soon."""
        with self._lock:
            for path in self.sessions.pop(session or "", ()):
                self._used[path] = time.monotonic()

    def sweep(self, now: float | None = None) -> None:
        """Remove what is too old.

        Args:
            now: monotonic seconds.
        """
        now = time.monotonic() if now is None else now
        with self._lock:
            idle = [
                session
                for session, paths in self.sessions.items()
                if all(now - self._used.get(path, 0.0) > IDLE_S for path in paths)
            ]
            for session in idle:
                del self.sessions[session]
            wanted = set().union(*self.sessions.values()) | self._lasting
            used = dict(self._used)
        # Files know the wall clock only.
        offset = time.time() - time.monotonic()
        for path in list(self._files()):
            last = max(used.get(str(path), 0.0), _changed(path) - offset)
            if str(path) not in wanted and now - last > GRACE_S:
                self._remove(path)
        with self._lock:
            self._used = {path: at for path, at in self._used.items() if os.path.exists(path)}

    def _tick(self) -> None:
        self.sweep()
        with self._lock:
            self._timer = threading.Timer(_SWEEP_S, self._tick)
            self._timer.daemon = True
            self._timer.start()

    def _files(self) -> Iterator[Path]:
        for folder, _, names in os.walk(self.folder):
            yield from (Path(folder, name) for name in names)

    def _remove(self, path: Path) -> None:
        try:
            path.unlink(missing_ok=True)
            if path.parent != self.folder:
                path.parent.rmdir()
        except OSError:  # another file is in the same folder, or somebody reads it just now
            return


def _paths(value: Any) -> Iterable[str]:
    """Of all files that a value of Gradio's names."""
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, Mapping):
            if isinstance(one.get("path"), str):
                yield one["path"]
            left += one.values()
        elif isinstance(one, (list, tuple)):
            left += one


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
