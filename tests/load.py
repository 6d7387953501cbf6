"""Many visitors at once, on this machine only: `python -m tests.load` starts the app, or asks one by --url.

Each visitor opens a photo, fetches its embedding as a page does, clicks, keeps what was answered and saves the cut-out;
--beside runs everything mode through the API meanwhile. Prints how long each step took and what failed; the exit code
is 1 where anything did. It always ends: each request is given up after --timeout seconds.
"""

from __future__ import annotations

import argparse
import json
import struct
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

MOST_CLIENTS = 200
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
ROUTES = "/gradio_api/sam_studio"


class Times:
    """Seconds and failures by step, from many threads."""

    def __init__(self) -> None:
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.failures: dict[str, list[str]] = defaultdict(list)
        self._lock = threading.Lock()

    def measure(self, step: str, work: Callable[[], Any]) -> Any:
        """What `work` gives; None where it failed."""
        start, failure, value = time.perf_counter(), "", None
        try:
            value = work()
        except urllib.error.HTTPError as error:
            failure = f"{error.code} {error.read()[:200].decode(errors='replace')}"
        except Exception as error:
            failure = f"{type(error).__name__}: {error}"
        with self._lock:
            if failure:
                self.failures[step].append(failure)
            else:
                self.seconds[step].append(time.perf_counter() - start)
        return value

    def table(self) -> str:
        """One line a step, and one for each kind of failure."""
        rows = [f"{'step':12} {'done':>5} {'failed':>6} {'median':>8} {'95 %':>8} {'longest':>8}"]
        for step in dict.fromkeys([*self.seconds, *self.failures]):
            times, failed = sorted(self.seconds[step]), self.failures[step]
            shown = [median(times), times[int(0.95 * (len(times) - 1))], times[-1]] if times else [0.0] * 3
            rows.append(f"{step:12} {len(times):5} {len(failed):6} " + " ".join(f"{one:7.2f}s" for one in shown))
            rows += [f"  {failed.count(kind)} x {kind}" for kind in dict.fromkeys(failed)]
        return "\n".join(rows)


class Visitor:
    """One visitor's requests."""

    def __init__(self, url: str, photo: bytes, times: Times, timeout: float) -> None:
        self.base, self.photo, self.times, self.timeout = url.rstrip("/") + ROUTES, photo, times, timeout

    def ask(self, step: str, path: str, body: Any = None, method: str = "") -> bytes | None:
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, method=method or ("GET" if data is None else "POST"))

        def work() -> bytes:
            with urllib.request.urlopen(request, timeout=self.timeout) as answer:
                return bytes(answer.read())

        found: bytes | None = self.times.measure(step, work)
        return found

    def visit(self, clicks: int) -> None:
        """Everything once; ends early where a step fails."""
        opened = self.ask("open", "/workspaces", {})
        if opened is None:
            return
        here = f"/workspaces/{json.loads(opened)['token']}"
        try:
            self._work(here, clicks)
        finally:
            self.ask("close", f"{here}/close", b"")

    def _work(self, here: str, clicks: int) -> None:
        sent = self.ask("photo", f"{here}/image?name=photo.png", self.photo)
        if sent is None:
            return
        picture = json.loads(sent)["picture"]
        grant = self.ask("grant", f"{here}/embedding", {})
        if grant is not None:
            self.ask("embedding", f"/{json.loads(grant)['embedding']}")
        for number in range(clicks):
            x, y = picture["width"] * (number + 1) / (clicks + 1), picture["height"] / 2
            prompts = {"points": [[x, y]], "labels": [1], "box": None}
            answer = self.ask("click", f"{here}/decode", {"picture": picture["id"], "prompts": prompts})
            if answer is None:
                continue
            (length,) = struct.unpack_from("<I", answer)
            key = json.loads(answer[4 : 4 + length])["answer"]
            kept = self.ask("keep", f"{here}/objects", {"picture": picture["id"], "answer": key, "choice": 0})
            if kept is not None:
                self.ask("mask", f"{here}/objects/{json.loads(kept)['added'][0]}/view.png")
        self.ask("cut-out", f"{here}/cutout.png")


def everything(url: str, photo: Path, times: Times, ended: threading.Event, timeout: float) -> None:
    """Everything mode through the API, again and again."""
    from gradio_client import Client, handle_file

    client = times.measure("API client", lambda: Client(url, verbose=False))

    def work() -> Any:
        return client.submit(image=handle_file(str(photo)), api_name="/find_everything").result(timeout)

    try:
        while client is not None and not ended.is_set():
            if times.measure("everything", work) is None:
                return
    finally:
        if client is not None:
            client.close()


def run(url: str, photo: Path, options: argparse.Namespace) -> Times:
    """All visitors at once."""
    times, ended = Times(), threading.Event()
    data = photo.read_bytes()
    beside = threading.Thread(target=everything, args=(url, photo, times, ended, options.timeout), daemon=True)
    if options.beside:
        beside.start()
    visitors = [Visitor(url, data, times, options.timeout) for _ in range(options.clients)]
    threads = [threading.Thread(target=one.visit, args=(options.clicks,), daemon=True) for one in visitors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ended.set()
    if options.beside:
        beside.join(options.timeout)
    return times


def main(argv: list[str] | None = None) -> int:
    """The command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument("--url", default="", help="of a running app on this machine; default: one is started")
    parser.add_argument("--clients", type=int, default=30, help=f"visitors at once, at most {MOST_CLIENTS}")
    parser.add_argument("--clicks", type=int, default=3, help="of each visitor")
    parser.add_argument("--timeout", type=float, default=60, help="seconds after which a request is given up")
    parser.add_argument("--beside", action="store_true", help="everything mode through the API meanwhile")
    options = parser.parse_args(argv)
    if options.url and urlsplit(options.url).hostname not in _LOOPBACK:
        parser.error("--url: this is for servers on this machine only.")
    if not 1 <= options.clients <= MOST_CLIENTS or not 0 <= options.clicks <= 100 or not 0 < options.timeout <= 600:
        parser.error(f"expected 1 to {MOST_CLIENTS} clients, 0 to 100 clicks and a timeout of up to 600 seconds.")
    from tests.browser.conftest import photo_path, serving

    with nullcontext(options.url) if options.url else serving(SAM_STUDIO_RUNTIME="off") as url:
        start = time.perf_counter()
        times = run(url, photo_path("chelsea.png"), options)
    count = sum(map(len, times.seconds.values())) + sum(map(len, times.failures.values()))
    seconds = time.perf_counter() - start
    sys.stdout.write(f"{times.table()}\n{count} requests of {options.clients} visitors in {seconds:.1f} s\n")
    return 1 if any(times.failures.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
