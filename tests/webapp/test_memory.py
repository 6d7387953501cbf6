"""Memory of the server over many photos of several visitors: what one has sent is let go of again."""

from __future__ import annotations

import io
import json
import sys
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image

from tests.browser.conftest import serving
from webapp.routes.requests import PREFIX

VISITORS, PHOTOS, BEFORE = 5, 300, 200
KINDS = ("PNG", "JPEG", "WEBP", "GIF", "TIFF", "deep PNG")


def photo(number: int) -> bytes:
    """One of its own: a disk on noise, in a format that goes round."""
    random = np.random.default_rng(number)
    pixels = random.integers(0, 90, (480, 640, 3), np.uint8)
    y, x = np.mgrid[:480, :640]
    pixels[(x - 200 - number % 100) ** 2 + (y - 240) ** 2 < 100**2] = (220, 60, 40)
    kind = KINDS[number % len(KINDS)]
    image = Image.fromarray(pixels[..., 0].astype(np.uint16) * 16) if kind == "deep PNG" else Image.fromarray(pixels)
    buffer = io.BytesIO()
    image.save(buffer, kind.split()[-1])
    return buffer.getvalue()


def resident(url: str) -> int:
    """Bytes of memory of the server on this port."""
    port = str(urlsplit(url).port).encode()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if b"app.py" in words and port in words:
                line = next(one for one in (folder / "status").read_text().splitlines() if one.startswith("VmRSS"))
                return int(line.split()[1]) << 10
        except OSError:  # it has ended meanwhile
            continue
    raise AssertionError("the server is not there")


def post(url: str, body: object) -> dict:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data), timeout=600) as answer:
        return json.loads(answer.read())


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_memory_is_flat_over_many_photos():
    with serving(SAM_STUDIO_RUNTIME="off", HF_ENDPOINT="http://127.0.0.1:9") as url:
        base = url + PREFIX
        visitors = [f"{base}/workspaces/{post(f'{base}/workspaces', {})['token']}" for _ in range(VISITORS)]
        used = []
        for number in range(PHOTOS):
            here = visitors[number % VISITORS]
            picture = post(f"{here}/image?name=photo{number}", photo(number))["picture"]["id"]
            box = {"points": [], "labels": [], "box": [90, 130, 320, 350]}
            post(f"{here}/objects", {"picture": picture, "prompts": box, "choice": 0})
            used.append(resident(url))
        sys.stdout.write(f"MB after 50, 100 ... photos: {[used[at - 1] >> 20 for at in range(50, PHOTOS + 1, 50)]}\n")
        assert used[-1] <= 1.15 * used[BEFORE - 1]
