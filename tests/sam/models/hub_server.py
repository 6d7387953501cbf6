"""A small hub of models on this machine, which can be told to misbehave."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Hub(ThreadingHTTPServer):
    """Hub id -> file name -> content.

    Attributes:
        cut: bytes of a large file that are sent before the connection breaks; 0 for all.
        status: answers all questions instead; 0 for none.
        gated: whether files are refused that everybody may list.
        lie: whether the checksums are wrong.
        hold: while set, a large file stops after its first half, so that a download is under way for as long as a
            test likes.
        ranges: what was asked of each file.
    """

    daemon_threads = True

    def __init__(self, files: dict[str, dict[str, bytes]]) -> None:
        self.files = files
        self.cut = 0
        self.status = 0
        self.gated = False
        self.hold = threading.Event()
        self.ranges: list[str] = []
        self.lie = False
        super().__init__(("127.0.0.1", 0), _Answers)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_: object) -> None:
        """Whoever cancels a download closes the connection in the middle."""


class _Answers(BaseHTTPRequestHandler):
    server: Hub

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        parts = self.path.split("?")[0].strip("/").split("/")
        if self.server.status:
            code = {"X-Error-Code": "GatedRepo"} if self.server.status == 403 else {}
            return self._send(self.server.status, b"{}", code)
        if parts[0] == "api":
            files = self.server.files.get("/".join(parts[2:4]))
            if files is None:
                return self._send(404, b"{}", {"X-Error-Code": "RepoNotFound"})
            siblings = [
                {
                    "rfilename": name,
                    "size": len(data),
                    "blobId": "0",
                    "lfs": {
                        "size": len(data),
                        "sha256": "0" * 64 if self.server.lie else hashlib.sha256(data).hexdigest(),
                        "pointerSize": 1,
                    },
                }
                for name, data in files.items()
            ]
            body = {"id": "/".join(parts[2:4]), "sha": "abc", "siblings": siblings}
            return self._send(200, json.dumps(body).encode())
        if self.server.gated:
            return self._send(401, b"{}", {"X-Error-Code": "GatedRepo"})
        data = self.server.files["/".join(parts[:2])]["/".join(parts[4:])]
        wanted = self.headers.get("Range", "")
        self.server.ranges.append(wanted)
        start = int(wanted.removeprefix("bytes=").rstrip("-") or 0)
        end = self.server.cut if self.server.cut and len(data) > self.server.cut else len(data)
        return self._send(206 if wanted else 200, data[start:end], {"Content-Length": str(len(data) - start)})

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for key, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(key, value)
        self.end_headers()
        half = len(body) // 2 if self.server.hold.is_set() and len(body) > 100_000 else 0
        self.wfile.write(body[:half])
        self.wfile.flush()
        while half and self.server.hold.is_set():
            time.sleep(0.01)
        self.wfile.write(body[half:])


@contextmanager
def serving_hub(files: dict[str, dict[str, bytes]]) -> Iterator[Hub]:
    """A hub that answers until the block ends; its `url` is what HF_ENDPOINT would be."""
    with Hub(files) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.hold.clear()
            server.shutdown()
            thread.join()
