from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from webapp.visitors.uploads import GRACE_S, IDLE_S, NoRoomError, TooLargeError, Uploads, own_folder


@pytest.fixture
def uploads(tmp_path):
    one = Uploads(tmp_path / "files")
    yield one
    one.stop()


def sent(uploads: Uploads, name: str, size: int = 10) -> dict:
    """A file as Gradio keeps it, and the value that names it."""
    place = uploads.folder / f"hash of {name}"
    place.mkdir()
    (place / name).write_bytes(bytes(size))
    return {"path": str(place / name), "meta": {"_type": "gradio.FileData"}}


def there(uploads: Uploads) -> set[str]:
    return {path.name for path in uploads.folder.rglob("*") if path.is_file()}


def test_nobody_else_of_the_machine_may_look(uploads):
    assert uploads.folder.stat().st_mode & 0o777 == 0o700


def test_files_stay_as_long_as_the_session(uploads):
    now = time.monotonic()
    (uploads.folder / "icon.svg").write_text("<svg/>")
    uploads.start()
    first, second, never = (sent(uploads, name) for name in ("first.png", "second.png", "never.png"))
    uploads.use("anna", [{"image": first}, 3])
    uploads.use("anna", [second])
    uploads.use("bert", {"deep": [[second]]})
    uploads.sweep(now + GRACE_S - 1)
    assert there(uploads) == {"icon.svg", "first.png", "second.png", "never.png"}
    uploads.sweep(now + GRACE_S + 1)
    assert there(uploads) == {"icon.svg", "first.png", "second.png"}
    uploads.leave("anna")
    uploads.sweep(now + GRACE_S - 1)
    assert there(uploads) == {"icon.svg", "first.png", "second.png"}, "the page may have lost its connection only"
    uploads.sweep(time.monotonic() + GRACE_S + 1)
    assert there(uploads) == {"icon.svg", "second.png"}
    uploads.sweep(now + IDLE_S + GRACE_S)
    assert there(uploads) == {"icon.svg"}, "a session that says nothing any more is over"
    assert not (uploads.folder / "hash of first.png").exists()
    assert never


def test_a_page_that_comes_back_keeps_its_files(uploads):
    file = sent(uploads, "a.png")
    uploads.use("anna", file)
    uploads.leave("anna")
    uploads.use("anna", file)
    uploads.sweep(time.monotonic() + GRACE_S + 1)
    assert there(uploads) == {"a.png"}


def test_what_was_sent_in_part_goes_too(uploads):
    (uploads.folder / "tmpabc").write_bytes(bytes(10))
    old = time.time() - GRACE_S - 5
    os.utime(uploads.folder / "tmpabc", (old, old))
    uploads.sweep()
    assert there(uploads) == set()


@pytest.mark.parametrize(
    "value",
    [None, 3, "text", [], {"path": 3}, {"path": "/etc/passwd"}, {"path": "relative"}, {"path": "a\0b"}, [{"path": ""}]],
)
def test_only_files_of_the_folder_count(uploads, value):
    uploads.use("anna", value)
    uploads.leave("anna")
    uploads.sweep(time.monotonic() + 1e6)
    assert os.path.exists("/etc/passwd") or os.name != "posix"


def test_deep_values_are_no_trouble(uploads):
    deep: list = []
    for _ in range(100_000):
        deep = [deep]
    uploads.use("anna", deep)
    while deep:  # or freeing it goes as deep
        deep = deep.pop()


@pytest.mark.parametrize(("size", "error"), [(None, None), (0, None), (100 << 10, None), (300 << 10, TooLargeError)])
def test_how_much_one_may_send(tmp_path, size, error):
    uploads = Uploads(tmp_path / "files", max_bytes=200 << 10)
    if error is None:
        uploads.check(size)
    else:
        with pytest.raises(error, match="larger than"):
            uploads.check(size)


def test_all_together_have_a_share_of_the_disk(tmp_path, monkeypatch):
    uploads = Uploads(tmp_path / "files", share=0.25)
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 3 << 20})())
    uploads.keep(bytes(700 << 10), "a.png")
    with pytest.raises(NoRoomError, match="no room for more files"):
        uploads.keep(bytes(700 << 10), "b.png")
    uploads.check(10)  # what a page says all the time is no file
    uploads.sweep(time.monotonic() + GRACE_S + 1)
    uploads.keep(bytes(700 << 10), "b.png")
    assert there(uploads) == {"b.png"}


def test_the_folder_of_a_process_that_was_killed_is_removed(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    code = "from webapp.visitors.uploads import *; f = own_folder(); Uploads(f).keep(b'x', 'a'); print(f); os._exit(9)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    left = done.stdout.strip()
    assert os.path.isdir(left), done.stderr
    (tmp_path / "sam-studio-files-1-ab").mkdir()  # of a process that runs
    (tmp_path / "something else").mkdir()
    mine = own_folder()
    assert own_folder() == mine
    assert mine.parent == tmp_path
    assert sorted(path.name for path in tmp_path.iterdir()) == ["sam-studio-files-1-ab", "something else"]


def test_the_folder_ends_with_the_process(tmp_path):
    code = "from webapp.visitors.uploads import *; f = own_folder(); Uploads(f).keep(b'x', 'a'); print(f)"
    environment = {**os.environ, "GRADIO_TEMP_DIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip().startswith(str(tmp_path))
    assert list(tmp_path.iterdir()) == []
