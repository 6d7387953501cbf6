"""A stand-in for ZeroGPU's device API on this machine: it grants leases, refuses them to order, and keeps a log."""

from __future__ import annotations

import base64
import json
import os
import signal
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

REFUSALS = ("quota", "illegal", "runs", "pending", "full", "unavailable", "expired", "broken")
"""Ways in which `/schedule` refuses; `DeviceApi.mode` is one of them, or "ok"."""


@dataclass
class Lease:
    """What `/schedule` was asked for."""

    token: str | None
    seconds: int
    task: str
    at: float = field(default_factory=time.monotonic)


class DeviceApi:
    """/startup-report, /schedule, /allow and /release, as the package `spaces` calls them.

    Attributes:
        mode: "ok", or one of `REFUSALS`.
        left: seconds that a refusal for quota says are left.
        kill_after: seconds after which a worker that was allowed is killed; None: never.
        poor: tokens of visitors who have no time left, whatever `mode` is.
        started: calls of /startup-report.
        leases, releases: since `clear`.
        most: leases at once since `clear`.
    """

    kill_after: float | None

    def __init__(self) -> None:
        self.mode, self.left, self.kill_after = "ok", 11, None
        self.poor: set[str] = set()
        self.started, self.most, self._live = 0, 0, 0
        self.leases: list[Lease] = []
        self.releases: list[tuple[float, bool]] = []
        self._seen: set[str] = set()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def clear(self) -> None:
        """As new, but for workers that are there."""
        with self._lock:
            self.mode, self.left, self.kill_after = "ok", 11, None
            self.poor = set()
            self.leases, self.releases, self.most, self._live = [], [], 0, 0

    @property
    def live(self) -> int:
        """Leases that are held at the moment."""
        with self._lock:
            return self._live

    def forget_workers(self) -> None:
        """Whoever asks next gets a worker of its own, which is forked then."""
        with self._lock:
            self._seen.clear()

    def answer(self, path: str, query: dict[str, str]) -> tuple[int, Any, dict[str, str]]:
        """(status, body, headers); a body of bytes is an event stream."""
        if path == "/startup-report":
            self.started += 1
        elif path == "/control":
            return 200, self._control(query), {}
        elif path == "/schedule":
            return self._schedule(query)
        elif path == "/allow" and self.kill_after is not None:
            threading.Timer(self.kill_after, os.kill, (int(query["pid"]), signal.SIGKILL)).start()
        elif path == "/release":
            with self._lock:
                self._live -= 1
                self.releases.append((time.monotonic(), query.get("fail") == "true"))
        return 200, {}, {}

    def _control(self, query: dict[str, str]) -> dict[str, Any]:
        """For tests in another process: sets the mode, and gives back the tokens of all leases since the last call."""
        with self._lock:
            tokens = [lease.token for lease in self.leases]
        self.clear()
        self.mode, self.left = query.get("mode", "ok"), int(query.get("left", "1"))
        return {"tokens": tokens}

    def _schedule(self, query: dict[str, str]) -> tuple[int, Any, dict[str, str]]:
        seconds = int(query.get("durationSeconds", 0))
        with self._lock:
            self.leases.append(Lease(query.get("token"), seconds, query["taskId"]))
        mode = "quota" if query.get("token") in self.poor else self.mode
        wait = {"quota": 3600, "illegal": -1, "runs": 0, "pending": 60}.get(mode)
        # A visitor with little left gets what fits.
        if wait is not None and not (mode == "quota" and seconds <= self.left):
            why = "pending-overquota-exceeded" if mode == "pending" else "quota-exceeded"
            return 429, {"left": self.left, "wait": wait}, {"X-Approve-Result": why}
        if mode == "full":
            return 200, b"event: failed\n\n", {"X-Queuing-Reason": "node"}
        status = {"unavailable": 503, "expired": 401, "broken": 500}.get(mode)
        if status is not None:
            return status, {}, {}
        with self._lock:
            idle = query["taskId"] in self._seen and self._live == 0
            self._seen.add(query["taskId"])
            index, self._live = self._live, self._live + 1
            self.most = max(self.most, self._live)
        return 200, {"idle": idle, "nvidiaIndex": index, "nvidiaUUID": f"GPU-{index}", "allowToken": "allowed"}, {}


def _handler(api: DeviceApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            url = urlsplit(self.path)
            status, body, headers = api.answer(url.path, dict(parse_qsl(url.query)))
            stream = isinstance(body, bytes)
            data = body if stream else json.dumps(body).encode()
            self.send_response(status)
            kind = "text/event-stream" if stream else "application/json"
            for name, value in {"content-type": kind, "content-length": str(len(data)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: object) -> None:
            pass

    return Handler


def token(user: str) -> str:
    """What a visitor's browser sends as X-IP-Token: a JSON web token, whose signature only Hugging Face looks at."""
    parts = [json.dumps(part).encode() for part in ({"alg": "none"}, {"user": user})]
    return ".".join([*(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts), "x"])
