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

from sam.nano.postprocess import obey, tidy
from sam.rle import encode

ROOT = Path(__file__).parents[2]
TESTS = sorted(path.relative_to(ROOT / "tests").as_posix() for path in (ROOT / "tests").rglob("*.test.mjs"))
SIDE = 40
IN_A_BROWSER = {
    "canvas/canvas.mjs",
    "canvas/pointer.mjs",
    "export/dialog.mjs",
    "export/preview.mjs",
    "inference/worker_client.mjs",
    "labels/class_bar.mjs",
    "labels/dialog.mjs",
    "models/manager.mjs",
    "models/model_row.mjs",
    "models/packages.mjs",
    "objects/edit_bar.mjs",
    "outlines/outline_bar.mjs",
    "objects/object_menu.mjs",
    "objects/object_row.mjs",
    "objects/objects.mjs",
    "photos/reading.mjs",
    "photos/sources.mjs",
    "photos/webcam.mjs",
    "projects/replay.mjs",
    "recovery/recovery.mjs",
    "recovery/store.mjs",
    "results/options.mjs",
    "results/proposals.mjs",
    "results/result_bar.mjs",
    "results/results.mjs",
    "results/wipe.mjs",
    "session/studio.mjs",
    "ui/columns.mjs",
    "ui/header.mjs",
    "ui/toolbar.mjs",
}
"""Classes that only tests/browser tests: painting, pointers, workers, cameras and layout, or what only joins others."""


def tidy_cases() -> list[dict[str, object]]:
    """Blobs with islands and holes, with clicks of both kinds, as sam.nano.postprocess makes them tidy and right."""
    import cv2

    rng, cases = np.random.default_rng(0), []
    for number in range(24):
        noise = cv2.GaussianBlur(rng.normal(size=(SIDE, SIDE)).astype(np.float32), (0, 0), 1 + number % 4)
        logits = noise / noise.std() + rng.uniform(-0.5, 0.5, 1).astype(np.float32)
        points = rng.uniform(0, SIDE, (1 + number % 5, 2)).astype(np.float32)
        labels = np.arange(len(points)) % 2 == number % 2
        clicks = None if number % 3 == 0 else points[labels]
        expected = obey(tidy(logits[None].copy(), clicks, points[~labels]), points, labels)[0]
        cases.append(
            {
                "side": SIDE,
                "logits": logits.ravel().tolist(),
                "clicks": None if clicks is None else clicks.tolist(),
                "points": points.tolist(),
                "labels": labels.astype(int).tolist(),
                "expected": expected.ravel().tolist(),
            }
        )
    return cases


def enlarge_cases() -> list[dict[str, object]]:
    """Logits of a decoder at sizes of photos, and the runs of 0 and 1 of the mask that the server makes of them."""
    import cv2

    from sam.masks import logits_to_masks
    from webapp.images.encode import half_logits
    from webapp.workspace.picture import Placed

    rng, cases = np.random.default_rng(0), []
    for number, size_hw in enumerate(
        [(1, 1), (7, 1), (1, 640), (60, 80), (300, 451), (1023, 1024), (1080, 1920), (999, 33), (847, 1271)]
    ):
        side, input_size = (64, 256)[number % 2], (512, 1024)[number % 2]
        height, width = (max(1, round(length * input_size / max(size_hw))) for length in size_hw)
        noise = cv2.GaussianBlur(rng.normal(size=(side, side)).astype(np.float32), (0, 0), 1 + number)
        logits = noise / noise.std() * np.float32((5, 1e-6, 1e5)[number % 3])
        placed = Placed(size_hw, (height, width), input_size)
        mask = logits_to_masks(half_logits(logits)[None].astype(np.float32), placed)[0].ravel()
        edges = np.flatnonzero(np.diff(mask.view(np.int8), prepend=np.int8(0)))
        runs = np.diff(edges, prepend=0, append=mask.size).tolist()
        cases.append({"side": side, "logits": logits.ravel().tolist(), "runs": runs, **placed._asdict()})
    return cases


def outline_cases() -> list[dict[str, object]]:
    """Outlines with a vertex moved, and the masks that the server makes of them."""
    from tests.sam.formats.scenes import shapes
    from webapp.workspace.outline import moved_mask, outline_of

    rng, cases = np.random.default_rng(0), []
    for number, mask in enumerate([*shapes().values()] * 4):
        before = outline_of(encode(mask)).rings
        after = [ring.copy() for ring in before]
        ring = after[int(rng.integers(len(after)))]
        ring[int(rng.integers(len(ring)))] += rng.uniform(-25, 25, 2) if number % 3 else rng.integers(-30, 30, 2) / 2
        columns, rows = np.flatnonzero(mask.any(0)), np.flatnonzero(mask.any(1))
        box = [int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1]
        cases.append(
            {
                "size": list(mask.shape),
                "box": box,
                "mask": mask[box[1] : box[3], box[0] : box[2]].astype(int).tolist(),
                "before": [ring.tolist() for ring in before],
                "after": [ring.tolist() for ring in after],
                "filled": np.flatnonzero(moved_mask(np.zeros_like(mask), [], after)).tolist(),
                "expected": np.flatnonzero(moved_mask(mask, before, after)).tolist(),
            }
        )
    return cases


def rle_cases() -> list[dict[str, object]]:
    """Masks as COCO packs them."""
    from tests.sam.formats.scenes import shapes

    rng = np.random.default_rng(0)
    masks = [*shapes().values(), rng.random((300, 200)) > 0.7, np.ones((1, 1), bool)]
    cases = []
    for mask in masks:
        columns, rows = np.flatnonzero(mask.any(0)), np.flatnonzero(mask.any(1))
        box = [int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1]
        crop = mask[box[1] : box[3], box[0] : box[2]]
        code = encode(mask)
        cases.append(
            {"counts": code["counts"], "height": mask.shape[0], "box": box, "crop": (crop.ravel() * 255).tolist()}
        )
    return cases


CASES = {
    "mask_cleanup.test.mjs": {"TIDY_CASES": tidy_cases},
    "enlarge.test.mjs": {"ENLARGE_CASES": enlarge_cases},
    "rle.test.mjs": {"RLE_CASES": rle_cases},
    "geometry.test.mjs": {"OUTLINE_CASES": outline_cases},
}


@pytest.mark.parametrize("name", TESTS)
def test_module(name: str, tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node: these modules are tested in the real page only")
    environment = dict(os.environ)
    for variable, make in CASES.get(Path(name).name, {}).items():
        (tmp_path / "cases.json").write_text(json.dumps(make()))
        environment[variable] = str(tmp_path / "cases.json")
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
        path.relative_to(ROOT).as_posix()
        for room in ("webapp/static", "plugins")
        for path in (ROOT / room).rglob("*.mjs")
    ]
    assert len(modules) > 50
    assert [name for name in modules if not any(fnmatch(name, pattern) for pattern in patterns)] == []


def test_every_test_is_of_a_module_of_the_page() -> None:
    modules = {
        path.relative_to(ROOT).as_posix()
        for room in ("webapp/static", "plugins")
        for path in (ROOT / room).rglob("*.mjs")
    }
    assert TESTS
    assert {name.replace(".test.mjs", ".mjs") for name in TESTS} <= modules


def test_every_class_of_the_page_has_a_unit_test() -> None:
    static = ROOT / "webapp/static"
    stateful = {
        path.relative_to(static).as_posix()
        for path in static.rglob("*.mjs")
        if "export class " in path.read_text("utf-8")
    }
    tested = {name.removeprefix("webapp/static/").replace(".test.mjs", ".mjs") for name in TESTS}
    assert stateful - tested == IN_A_BROWSER, "test them under node, or say above why a browser must"
