"""The entry, as a user starts it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def run(script: str, **env: str) -> str:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("SAM_STUDIO_", "GRADIO_"))}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env={**clean, **env}, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]


def test_the_app_answers_and_segments_without_torch():
    """Everything up to a mask on the embedded model, in a fresh process."""
    script = """
import json, sys, urllib.request
import app
app.demo.launch(server_name="127.0.0.1", server_port=None, prevent_thread_lock=True, quiet=True)
base = app.demo.local_url + "gradio_api/sam_studio"

def post(path, body):
    data = json.dumps(body).encode()
    return json.loads(urllib.request.urlopen(urllib.request.Request(base + path, data), timeout=60).read())

assert b"SAM Studio" in urllib.request.urlopen(app.demo.local_url, timeout=60).read()
here = "/workspaces/" + post("/workspaces", {})["token"]
state = post(here + "/example", {"name": "chelsea.png"})
prompts = {"points": [], "labels": [], "box": [100, 60, 300, 240]}
state = post(here + "/objects", {"picture": state["picture"]["id"], "prompts": prompts, "choice": 0})
heavy = [name for name in ("torch", "transformers") if name in sys.modules]
app.demo.close(verbose=False)
print(json.dumps([state["objects"][0]["area"] > 0, heavy]))
"""
    assert json.loads(run(script)) == [True, []]


def test_a_port_that_is_taken_is_a_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "app.py", "--port", str(port)], cwd=ROOT, capture_output=True, text=True, timeout=240
        )
    assert done.returncode == 1
    assert "choose another with --port" in done.stderr
    assert "Traceback" not in done.stderr
