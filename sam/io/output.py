"""The one place where files are written: never over what was read, whole or not at all, refused before the work."""

from __future__ import annotations

import errno
import io
import os
import secrets
import stat
import sys
from collections.abc import Iterable
from pathlib import Path

from ..errors import SamError

STDOUT = Path("-")
"""As an output's name: standard output."""

Identity = tuple[object, ...]


class Inputs:
    """Files that must not be written over, however they are named: by links, another case, or another path."""

    def __init__(self, paths: Iterable[str | os.PathLike[str]]) -> None:
        self._known: dict[Identity, str] = {}
        for path in paths:
            if os.fspath(path) != str(STDOUT):
                self._known.update(dict.fromkeys(_identities(path), os.fspath(path)))

    def holding(self, path: Path) -> str:
        """What `path` would overwrite, as it was named; "" where nothing."""
        return next((self._known[one] for one in _identities(path) if one in self._known), "")

    def check(self, path: Path) -> None:
        """Refuse a place that holds one of the files.

        Raises:
            SamError: it does.
        """
        held = "" if path == STDOUT else self.holding(path)
        if held:
            also = "" if os.path.normpath(held) == os.path.normpath(path) else f", by another name ({held})"
            what = "the input" if Path(held).suffix.lower() in (".json", ".txt") else "the picture"
            raise SamError(f"{path} is {what} itself{also}. Choose another name, so that it is not lost.")


def check_outputs(outputs: Iterable[Path], inputs: Iterable[str | os.PathLike[str]] = ()) -> None:
    """Refuse, before the work, places that cannot be written, that hold an input, or that are one file twice.

    Raises:
        SamError: which, and what to do.
    """
    kept = Inputs(inputs)
    seen: dict[Identity, Path] = {}
    for path in outputs:
        check_place(path)
        kept.check(path)
        names = [("-",)] if path == STDOUT else _identities(path)
        twice = next((seen[one] for one in names if one in seen), None)
        if twice is not None:
            raise SamError(f"{path} and {twice} are one file, and two results are to go there. Give each its own name.")
        seen.update(dict.fromkeys(names, path))


def check_name(path: Path) -> os.stat_result | None:
    """Refuse a name that no file or folder can have there, before the work that is for it.

    Returns:
        What is there under that name, links aside.

    Raises:
        SamError: it is too long, or leads through a file.
    """
    try:
        return os.stat(path) if not path.is_symlink() else None
    except FileNotFoundError:
        return None
    except NotADirectoryError as error:
        raise SamError(f"{path.parent} is a file, not a folder. Choose another place for {path.name}.") from error
    except (OSError, ValueError) as error:
        raise SamError(_refused(path, error)) from error


def check_place(path: Path) -> None:
    """Refuse a place that no file can be written to.

    Raises:
        SamError: its folder is not there or may not be changed, it is a folder, or its name is too long.
    """
    if path == STDOUT:
        return
    there = check_name(path)
    if not path.parent.is_dir():
        raise SamError(f"The folder {path.parent} does not exist. Make it first, or choose another.")
    if path.is_dir():
        raise SamError(f"{path} is a folder. Add a file name.")
    if not os.access(path.parent, os.W_OK) and (there is None or stat.S_ISREG(there.st_mode)):
        raise SamError(f"The folder {path.parent} may not be changed. Choose another.")


def write_file(path: Path, data: bytes, inputs: Inputs | None = None) -> None:
    """Write a file whole or not at all: who is interrupted has the old one, or none.

    Args:
        path: a link is followed; "-" is standard output.
        inputs: what must stay.

    Raises:
        SamError: as `check_outputs`; or it cannot be written.
    """
    check_place(path)
    if inputs is not None:
        inputs.check(path)
    try:
        if path == STDOUT:
            sys.stdout.flush()
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        else:
            replace_bytes(path, data)
    except BrokenPipeError as error:
        raise SamError("The program that was to take the result has ended.") from error
    except OSError as error:
        raise SamError(_refused(path, error)) from error


def replace_bytes(path: Path, data: bytes) -> None:
    """As `write_file`, for what no user named: a file of settings that another process may read meanwhile.

    Raises:
        OSError: it cannot be written; the old file is as it was.
    """
    target = Path(os.path.realpath(path))
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        mode = 0
    if mode and not stat.S_ISREG(mode):
        # A pipe or a device is written to, not replaced.
        target.write_bytes(data)
        return
    aside = target.parent / f".{secrets.token_hex(6)}.part"
    try:
        # Not tempfile: its files are their owner's alone, whatever the umask says.
        aside.write_bytes(data)
        if mode:
            os.chmod(aside, stat.S_IMODE(mode))
        os.replace(aside, target)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise


def escape_output() -> None:
    """Show what a terminal cannot (a name in another script than its encoding's, or no text at all) as escapes."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _identities(path: str | os.PathLike[str]) -> list[Identity]:
    """What makes a path the same file as another: its place whatever its case, and what is there."""
    real = os.path.realpath(path)
    folder, name = os.path.split(real)
    found: list[Identity] = [(folder, name.casefold())]
    try:
        there = os.stat(real)
    except (OSError, ValueError):
        return found
    return [*found, (there.st_dev, there.st_ino)]


def _refused(path: Path, error: Exception) -> str:
    if getattr(error, "errno", None) == errno.ENAMETOOLONG:
        return f"The name {path.name[:60]}... is too long ({len(os.fsencode(path.name))} bytes). Choose a shorter one."
    return f"{path} cannot be written ({getattr(error, 'strerror', None) or error})."
