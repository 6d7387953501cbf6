"""No dependency writes a file of its own or looks anything up, from start to click: in library, command line and app.

Under strace, which sees what native code does as well; `.ci/run` installs it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).parents[1]
STRACE = shutil.which("strace")
CALLS = "connect,sendto,sendmsg,sendmmsg,openat,open,creat,mkdir,mkdirat"
OURS = ("sam-studio",)
"""All that may be in the user's folders afterwards."""

pytestmark = pytest.mark.skipif(STRACE is None, reason="strace is not installed")

LIBRARY = """
import sys, sam
image = sam.read_image(sys.argv[1])
model = sam.load_model("nano")
masks = model.predict(model.embed(image), points=[[30, 30]])
assert len(masks) == 3
print("done")
"""


@pytest.fixture
def photo(tmp_path) -> Path:
    y, x = np.mgrid[:60, :80]
    pixels = np.stack([x * 2 + 40] * 3, -1).astype(np.uint8)
    pixels[(x - 30) ** 2 + (y - 30) ** 2 < 15**2] = (200, 30, 20)
    Image.fromarray(pixels).save(tmp_path / "disk.png")
    return tmp_path / "disk.png"


class Traced:
    """A program under strace in a home of its own, with the environment of somebody who has set nothing."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "strace.log"
        self.home, self.temp = folder / "home", folder / "temp"
        self.home.mkdir()
        self.temp.mkdir()
        drop = ("SAM_STUDIO_", "GRADIO_", "ORT_", "HF_", "XDG_", "SPACE")
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(drop)}
        # Without the page's runtime: npm fetches that one, as the README says.
        self.environment |= {"HOME": str(self.home), "TMPDIR": str(self.temp), "SAM_STUDIO_RUNTIME": "off"}
        self.environment |= {"PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"}

    def start(self, *command: str) -> subprocess.Popen[str]:
        line = [str(STRACE), "-f", "--seccomp-bpf", "-e", f"trace={CALLS}", "-s", "200", "-o", str(self.log)]
        return subprocess.Popen(
            [*line, sys.executable, *command],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            # Started from a background job, it would inherit that interrupts are ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    def check(self) -> None:
        """Nobody was asked, and nothing is there that is not ours."""
        trace = self.log.read_text("utf-8", "replace")
        assert "openat" in trace
        asked = re.findall(r"^.*sa_family=AF_INET6?\b.*$", trace, re.M)
        away = [line for line in asked if not re.search(r'inet_addr\("127\.|inet_pton\(AF_INET6, "::1"', line)]
        names = [line for line in asked if "htons(53)" in line]
        assert away == []
        assert names == []
        made = re.findall(
            r'(?:openat|open|creat|mkdir|mkdirat)\([^"]*"([^"]+)"[^)\n]*(?:O_CREAT|0[0-7]{3}\) = 0)', trace
        )
        allowed = ("/dev/", "/proc/", str(self.home), str(self.temp), str(self.home.parent))
        assert [path for path in made if path.startswith("/") and not path.startswith(allowed)] == []
        left = [path.relative_to(self.home) for path in self.home.rglob("*") if path.is_file()]
        assert [path for path in left if not set(OURS) & set(path.parts)] == []


@pytest.mark.parametrize("way", ["library", "command line"])
def test_library_and_command_line(tmp_path, photo, way):
    traced = Traced(tmp_path)
    if way == "library":
        process = traced.start("-c", LIBRARY, str(photo))
    else:
        out = str(tmp_path / "out.png")
        process = traced.start("-m", "sam", "segment", str(photo), "--point", "30,30", "-o", out)
    said, _ = process.communicate(timeout=300)
    assert process.returncode == 0, said
    traced.check()


@pytest.mark.slow
def test_app_from_start_to_click(tmp_path, photo):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    traced = Traced(tmp_path)
    process = traced.start("app.py", "--port", str(port))
    base = f"http://127.0.0.1:{port}"
    try:
        _wait(base, process)
        routes = f"{base}/gradio_api/sam_studio/workspaces"
        token = _post(routes, b"")["token"]
        state = _post(f"{routes}/{token}/image?name=disk.png", photo.read_bytes())
        prompts = {"points": [[30, 30]], "labels": [1]}
        body = {"picture": state["picture"]["id"], "prompts": prompts}
        urllib.request.urlopen(_request(f"{routes}/{token}/decode", json.dumps(body).encode()), timeout=120).read()
        kept = _post(f"{routes}/{token}/objects", json.dumps({**body, "choice": 0}).encode())
        assert len(kept["objects"]) == 1
        from gradio_client import Client, handle_file

        client = Client(base, verbose=False, analytics_enabled=False)
        found = client.predict(image=handle_file(str(photo)), points=[[30, 30]], api_name="/points_to_masks")
        assert len(found) == 3
    finally:
        os.killpg(process.pid, signal.SIGINT)  # strace itself is deaf to it
        process.communicate(timeout=60)
    traced.check()


def _request(url: str, data: bytes) -> urllib.request.Request:
    return urllib.request.Request(url, data, {"Content-Type": "application/octet-stream"})


def _post(url: str, data: bytes) -> dict:
    with urllib.request.urlopen(_request(url, data), timeout=120) as answer:
        return json.loads(answer.read())


def _wait(base: str, process: subprocess.Popen[str]) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(f"{base}/gradio_api/sam_studio/runtime", timeout=5).read()
        except OSError:
            assert process.poll() is None, process.communicate()[0]
            time.sleep(0.2)
        else:
            return
    raise AssertionError("The app does not start.")
