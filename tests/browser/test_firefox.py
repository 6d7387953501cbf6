"""The main job in Firefox beside Chromium, where Debian's package and node are there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import ROOT, photo_path

NODE = shutil.which("node")
FIREFOX = shutil.which(os.environ.get("FIREFOX") or "firefox-esr") or shutil.which("firefox")
MODULES = Path(os.environ.get("NODE_MODULES") or Path(sys.prefix) / "types" / "node_modules")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not NODE, reason="no node"),
    pytest.mark.skipif(not FIREFOX, reason="no browser firefox"),
    pytest.mark.skipif(not (MODULES / "puppeteer-core").is_dir(), reason="no browser driver: make check fetches it"),
]


def test_open_click_undo_keep_and_reload(page_server):
    command = [str(NODE), str(Path(__file__).with_name("firefox.mjs")), str(MODULES), str(FIREFOX)]
    done = subprocess.run(
        [*command, page_server, str(photo_path("chelsea.png"))], cwd=ROOT, capture_output=True, text=True, timeout=580
    )
    assert done.returncode == 0, done.stderr[-2000:]
    seen = json.loads(done.stdout)
    assert "failed" not in seen, seen
    assert seen["version"].startswith("firefox/")
    assert seen["problems"] == []
    assert seen["elsewhere"] == []
    # Decoded in the page, as in Chromium.
    assert (seen["engine"], seen["decoded"]) == ("wasm", 0)
    assert len(seen["objects"]) == 2
    assert seen["again"] == seen["objects"]
