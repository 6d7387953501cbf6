"""Files are written whole or not at all, and never over what was read."""

from __future__ import annotations

import io
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from sam import Image, SamError
from sam.io import output
from sam.io.output import STDOUT, Inputs, check_outputs, check_place, replace_bytes, write_file
from sam.io.serialization import write_value

OLD = b"the photo"


@pytest.fixture
def photo(tmp_path, monkeypatch) -> Path:
    """photos/a.png, with a symbolic and a hard link to it; the current folder is the one around it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    path = tmp_path / "photos" / "a.png"
    path.write_bytes(OLD)
    (tmp_path / "link.png").symlink_to(path)
    os.link(path, tmp_path / "hard.png")
    (tmp_path / "folder").symlink_to(tmp_path / "photos", target_is_directory=True)
    (tmp_path / "link-to-link.png").symlink_to("link.png")
    return path


NAMES = [
    "photos/a.png",
    "./photos/../photos/a.png",
    "link.png",
    "link-to-link.png",
    "hard.png",
    "folder/a.png",
    "photos/A.PNG",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("given", [name for name in NAMES[:6] if name != "hard.png"])
def test_what_is_read_is_not_written_over_however_it_is_named(photo, name, given):
    for attempt in (
        lambda: check_outputs([Path(name)], [given]),
        lambda: check_outputs([photo.resolve().parent / ".." / name], [given]),
        lambda: write_file(Path(name), b"new", Inputs([given])),
        lambda: write_value(np.zeros((2, 2, 3), np.uint8), Image, Path(name), None, Inputs([given])),
    ):
        with pytest.raises(SamError, match=r"is the picture itself.*Choose another name, so that it is not lost\.$"):
            attempt()
    assert photo.read_bytes() == OLD


@pytest.mark.parametrize("second", ["out.png", "./out.png", "photos/../out.png", "OUT.png", "to-out.png"])
def test_two_results_do_not_go_to_one_file(photo, second):
    Path("to-out.png").symlink_to("out.png")
    with pytest.raises(SamError, match="are one file, and two results are to go there"):
        check_outputs([Path("out.png"), Path(second)])
    with pytest.raises(SamError, match="are one file"):
        check_outputs([STDOUT, STDOUT])
    check_outputs([Path("out.png"), Path("mask.png"), STDOUT], ["photos/a.png", "-", "500,375"])


@pytest.mark.parametrize("name", ["x" * 252 + ".png", "é" * 130 + ".png", "字" * 90 + ".png"])
def test_names_that_are_too_long_are_refused_before_the_work(photo, name):
    with pytest.raises(SamError, match=r"is too long \(\d+ bytes\)\. Choose a shorter one\.$"):
        check_place(Path(name))
    with pytest.raises(SamError, match="too long"):
        check_place(Path("photos") / name)


def test_a_path_that_is_too_long():
    with pytest.raises(SamError):
        check_place(Path("/".join(["folder"] * 800)) / "a.png")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none/a.png", "The folder none does not exist"),
        ("photos", "photos is a folder. Add a file name"),
        ("photos/a.png/b.png", "is a file, not a folder"),
        ("a\0b.png", "cannot be written"),
    ],
)
def test_places_where_nothing_can_be_written(photo, name, message):
    with pytest.raises(SamError, match=message):
        check_place(Path(name))


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_changed(photo):
    photo.parent.chmod(0o500)
    with pytest.raises(SamError, match="may not be changed"):
        check_place(photo.parent / "new.png")
    photo.parent.chmod(0o700)


def test_a_link_to_another_file_is_followed(photo):
    Path("result.png").write_bytes(b"earlier")
    Path("to-result.png").symlink_to("result.png")
    write_file(Path("to-result.png"), b"new", Inputs([photo]))
    assert Path("to-result.png").is_symlink()
    assert Path("result.png").read_bytes() == b"new"


def test_the_rights_of_a_file_stay_and_new_ones_follow_the_umask(photo):
    Path("secret.png").write_bytes(b"old")
    Path("secret.png").chmod(0o600)
    write_file(Path("secret.png"), b"new")
    assert stat.S_IMODE(Path("secret.png").stat().st_mode) == 0o600
    before = os.umask(0o027)
    try:
        write_file(Path("fresh.png"), b"new")
    finally:
        os.umask(before)
    assert stat.S_IMODE(Path("fresh.png").stat().st_mode) == 0o640


def test_a_device_is_written_to_and_not_replaced(photo):
    write_file(Path("/dev/null"), b"gone")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    os.mkfifo("pipe")
    taken = []
    reader = threading.Thread(target=lambda: taken.append(Path("pipe").read_bytes()))
    reader.start()
    write_file(Path("pipe"), b"through")
    reader.join(20)
    assert taken == [b"through"]
    assert stat.S_ISFIFO(os.stat("pipe").st_mode)


@pytest.mark.parametrize("step", ["write_bytes", "replace", "chmod"])
@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=["full", "stopped"]
)
def test_what_fails_midway_leaves_the_old_file_and_nothing_else(photo, monkeypatch, step, error):
    Path("out.png").write_bytes(b"old")
    before = sorted(os.listdir())

    def fail(*args, **options):
        if step == "write_bytes":
            with open(args[0], "wb") as file:
                file.write(b"ha")
        raise error

    patched = {"write_bytes": (Path, "write_bytes"), "replace": (os, "replace"), "chmod": (os, "chmod")}[step]
    with monkeypatch.context() as patch:
        patch.setattr(*patched, fail)
        with pytest.raises((SamError, KeyboardInterrupt)) as caught:
            write_file(Path("out.png"), b"new, and longer")
    assert isinstance(error, KeyboardInterrupt) or "No space left" in str(caught.value)
    assert Path("out.png").read_bytes() == b"old"
    assert sorted(os.listdir()) == before


def test_a_kill_while_writing_leaves_the_old_file(photo):
    Path("out.png").write_bytes(b"old")
    code = (
        "import os, pathlib\nfrom sam.io import output\n"
        "plain = pathlib.Path.write_bytes\n"
        "def slow(path, data):\n    plain(path, data[:2]); os.kill(os.getpid(), 9)\n"
        "pathlib.Path.write_bytes = slow\noutput.write_file(pathlib.Path('out.png'), b'new')\n"
    )
    root = Path(output.__file__).parents[2]
    ended = subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(root)}, timeout=120)
    assert ended.returncode == -9
    assert Path("out.png").read_bytes() == b"old"


def test_standard_output(capfdbinary):
    write_file(STDOUT, b"\x89PNG\0")
    assert capfdbinary.readouterr().out == b"\x89PNG\0"


def test_a_reader_that_has_gone_is_said(monkeypatch):
    class Gone(io.BytesIO):
        def write(self, data) -> int:
            raise BrokenPipeError

    class Stdout:
        buffer = Gone()

        def flush(self) -> None: ...

    monkeypatch.setattr(sys, "stdout", Stdout())
    with pytest.raises(SamError, match="has ended"):
        write_file(STDOUT, b"data")


def test_settings_are_replaced_whole(photo):
    replace_bytes(Path("settings.json"), b"{}")
    assert Path("settings.json").read_bytes() == b"{}"
    with pytest.raises(OSError, match="No such file"):
        replace_bytes(Path("none/settings.json"), b"{}")
