"""The page's modules that need no browser, by node's own test runner."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sam.nano.postprocess import tidy

ROOT = Path(__file__).parents[2]
TESTS = sorted(path.relative_to(ROOT / "tests").as_posix() for path in (ROOT / "tests").rglob("*.test.mjs"))
SIDE = 40


def tidy_cases() -> list[dict[str, object]]:
    """Blobs with islands and holes, with clicks and without, as sam.nano.postprocess makes them tidy."""
    import cv2

    rng, cases = np.random.default_rng(0), []
    for number in range(24):
        noise = cv2.GaussianBlur(rng.normal(size=(SIDE, SIDE)).astype(np.float32), (0, 0), 1 + number % 4)
        logits = noise / noise.std() + rng.uniform(-0.5, 0.5, 1).astype(np.float32)
        clicks = None if number % 3 == 0 else rng.uniform(0, SIDE, (1 + number % 2, 2)).astype(np.float32)
        expected = tidy(logits[None].copy(), clicks)[0]
        cases.append(
            {
                "side": SIDE,
                "logits": logits.ravel().tolist(),
                "clicks": None if clicks is None else clicks.tolist(),
                "expected": expected.ravel().tolist(),
            }
        )
    return cases


@pytest.mark.parametrize("name", TESTS)
def test_module(name: str, tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node: these modules are tested in the real page only")
    cases = tmp_path / "cases.json"
    cases.write_text(json.dumps(tidy_cases()))
    environment = {**os.environ, "TIDY_CASES": str(cases)}
    command = [node, "--test", str(ROOT / "tests" / name)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


@pytest.mark.parametrize(
    ("file", "read"),
    [
        ("biome.json", lambda config: config["files"]["includes"]),
        ("webapp/tsconfig.json", lambda config: [f"webapp/{one}" for one in config["include"]]),
    ],
)
def test_every_module_of_the_page_is_checked(file: str, read: Callable[[dict[str, Any]], list[str]]) -> None:
    patterns = [os.path.normpath(one).replace("**/", "") for one in read(json.loads((ROOT / file).read_text("utf-8")))]
    modules = [
        path.relative_to(ROOT).as_posix() for room in ("webapp", "plugins") for path in (ROOT / room).rglob("*.mjs")
    ]
    assert len(modules) > 50
    assert [name for name in modules if not any(fnmatch(name, pattern) for pattern in patterns)] == []


def test_every_test_is_of_a_module_of_the_page() -> None:
    modules = {
        path.relative_to(ROOT).as_posix() for room in ("webapp", "plugins") for path in (ROOT / room).rglob("*.mjs")
    }
    assert TESTS
    assert {name.replace(".test.mjs", ".mjs") for name in TESTS} <= modules
