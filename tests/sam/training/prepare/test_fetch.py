"""Fetching from a real server: going on after a break, damaged files, servers without ranges, full disks."""

from __future__ import annotations

import io
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from sam import SamError
from sam.training.prepare.fetch import fetch, room_for
from sam.training.prepare.recipe import Download


class Server:
    """Files by path; `cut` bytes are sent of the next answer, and asked ranges are written down."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.cut: int | None = None
        self.ranges = True
        self.asked: list[str] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                data = server.files.get(self.path)
                asked = self.headers.get("Range", "")
                server.asked.append(asked)
                if data is None:
                    self.send_error(404)
                    return
                begin = int(asked.removeprefix("bytes=").rstrip("-")) if asked and server.ranges else 0
                if begin >= len(data):
                    self.send_error(416)
                    return
                self.send_response(206 if begin else 200)
                self.send_header("Content-Length", str(len(data) - begin))
                self.end_headers()
                end, server.cut = (len(data) if server.cut is None else begin + server.cut), None
                self.wfile.write(data[begin:end])

            def log_message(self, *args: object) -> None: ...

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.http.server_port}/{name}"


@pytest.fixture
def server() -> Iterator[Server]:
    one = Server()
    yield one
    one.http.shutdown()
    one.http.server_close()


def a_zip(names: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, data in names.items():
            archive.writestr(name, data)
    return held.getvalue()


@pytest.mark.parametrize("ranges", [True, False], ids=["ranges", "no-ranges"])
def test_it_goes_on_where_it_stopped(server: Server, ranges: bool, tmp_path: Path) -> None:
    server.files["/set.zip"] = a_zip({"val2017/1.jpg": b"photo" * 9000})
    server.ranges, server.cut = ranges, 20_000
    one = Download(server.url("set.zip"), ".", 1)
    with pytest.raises(SamError, match=r"Fetching set\.zip stopped .* goes on from there"):
        fetch(one, tmp_path)
    told: list[tuple[str, int, int]] = []
    fetch(one, tmp_path, lambda *row: told.append(row))
    assert (tmp_path / "val2017" / "1.jpg").read_bytes() == b"photo" * 9000
    assert server.asked == ["", "bytes=20000-"]
    assert told[-1] == ("set.zip", len(server.files["/set.zip"]), len(server.files["/set.zip"]))
    assert not list(tmp_path.glob("*.partial"))
    fetch(one, tmp_path)
    assert len(server.asked) == 2, "what is here is not asked for again"


def test_a_stop_between_fetching_and_unpacking_costs_nothing(server: Server, tmp_path: Path) -> None:
    server.files["/set.zip"] = a_zip({"a.txt": b"a"})
    (tmp_path / "set.zip.partial").write_bytes(server.files["/set.zip"])
    fetch(Download(server.url("set.zip"), "here", 1), tmp_path)
    assert (tmp_path / "here" / "a.txt").read_bytes() == b"a"


def test_a_damaged_file_is_removed_and_said(server: Server, tmp_path: Path) -> None:
    good = a_zip({"a.txt": b"long enough" * 50})
    server.files["/set.zip"] = good.replace(b"long", b"LONG", 1)
    one = Download(server.url("set.zip"), ".", 1)
    with pytest.raises(SamError, match=r"set\.zip is damaged"):
        fetch(one, tmp_path)
    server.files["/set.zip"] = good
    fetch(one, tmp_path)
    assert (tmp_path / "a.txt").exists()


def test_nothing_is_unpacked_outside(server: Server, tmp_path: Path) -> None:
    server.files["/set.zip"] = a_zip({"../out.txt": b"a", "/abs.txt": b"b"})
    fetch(Download(server.url("set.zip"), "in", 1), tmp_path / "data")
    assert {path.name for path in (tmp_path / "data" / "in").iterdir()} == {"out.txt", "abs.txt"}
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        entry = tarfile.TarInfo("../up.txt")
        entry.size = 1
        archive.addfile(entry, io.BytesIO(b"a"))
    server.files["/set.tar"] = held.getvalue()
    with pytest.raises(SamError, match=r"set\.tar is damaged"):
        fetch(Download(server.url("set.tar"), "in", 1), tmp_path / "data")
    assert not (tmp_path / "up.txt").exists()
    assert not (tmp_path / "data" / "up.txt").exists()


def test_a_plain_file_gets_its_name(server: Server, tmp_path: Path) -> None:
    server.files["/x/photo.jpg"] = b"jpeg"
    fetch(Download(server.url("x/photo.jpg"), "train/7.jpg", 1), tmp_path)
    assert (tmp_path / "train" / "7.jpg").read_bytes() == b"jpeg"


@pytest.mark.parametrize("name", ["gone.zip", "gone.jpg"])
def test_what_is_gone_is_said(server: Server, name: str, tmp_path: Path) -> None:
    with pytest.raises(SamError, match=r"answered 404\. Fetch it by hand"):
        fetch(Download(server.url(name), "x", 1), tmp_path)


def test_a_server_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SamError, match="stopped"):
        fetch(Download("http://127.0.0.1:9/set.zip", ".", 1), tmp_path)


def test_room_is_asked_for_before(tmp_path: Path) -> None:
    room_for((Download("https://example.org/a.zip", ".", 1),), tmp_path / "not" / "yet")
    with pytest.raises(SamError, match="There is no room"):
        room_for((Download("https://example.org/a.zip", ".", 1 << 40),), tmp_path)
