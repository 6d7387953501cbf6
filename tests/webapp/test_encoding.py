"""The page's own fitting of photos against the server's, by node's test runner."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from sam.backends.nano import INPUT_SIZE, PAD_COLOUR, fit

ROOT = Path(__file__).parents[2]
TESTS = Path(__file__).parent / "static" / "inference" / "resize.test.mjs"

# Width, height: a whole ratio of 2, of 3, of 3 and 2; others; thin ones; as large as the input; smaller; tiny.
SIZES = [
    (1024, 768),
    (1536, 600),
    (1200, 900),
    (777, 1011),
    (513, 300),
    (700, 1),
    (1, 1300),
    (512, 200),
    (300, 170),
    (3, 2),
    (1, 1),
]


def encoded(array: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def cases() -> list[dict[str, object]]:
    """Noise, in which every level and every rounding occurs, as the server fits it."""
    rng, made = np.random.default_rng(0), []
    for width, height in SIZES:
        source = rng.integers(0, 256, (height, width, 3), np.uint8)
        small = fit(source)
        sizes = {"width": width, "height": height, "fitted_hw": small.shape[:2]}
        made.append({**sizes, "source": encoded(source), "fitted": encoded(small)})
    return made


def test_the_page_fits_photos_as_the_server_does(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node: this module is tested in the real page only")
    file = tmp_path / "cases.json"
    file.write_text(json.dumps(cases()))
    environment = {**os.environ, "ENCODING_CASES": str(file)}
    command = [node, "--test", str(TESTS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert done.stdout.count("is fitted as on the server") >= len(SIZES)


def test_both_mean_the_same_square() -> None:
    source = (ROOT / "webapp" / "static" / "inference" / "resize.mjs").read_text("utf-8")
    assert f"INPUT_SIZE = {INPUT_SIZE};" in source
    assert f"PAD_COLOUR = [{', '.join(map(str, PAD_COLOUR))}];" in source
