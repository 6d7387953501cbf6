"""`make bench`: machine, versions, commit, then medians beside budgets and peers of the same run."""

from __future__ import annotations

import argparse
import functools
import importlib.metadata
import json
import os
import platform
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[2]
PACKAGES = ("numpy", "onnxruntime", "torch", "transformers", "gradio")


@dataclass(frozen=True)
class Row:
    """One measured thing.

    Attributes:
        what: its name.
        values: one for each run.
        unit: of the values.
        budget: what the design allows, or None where it names none.
        least: the budget is what it must reach, not what it may take.
    """

    what: str
    values: tuple[float, ...]
    unit: str
    budget: float | None = None
    least: bool = False

    def __str__(self) -> str:
        middle = statistics.median(self.values)
        digits = 3 if not self.unit and 0 < max(self.values) < 1 else 1  # an IoU is told from its bar by its third
        spread = f"{min(self.values):.{digits}f} .. {max(self.values):.{digits}f}"
        verdict = ""
        if self.budget is not None:
            met = middle >= self.budget if self.least else middle <= self.budget
            verdict = f"{'at least ' if self.least else ''}{self.budget:g}" + (" met" if met else " MISSED")
        return f"| {self.what} | {middle:.{digits}f} {self.unit} | {spread} | {verdict} |"


def timed(run: Callable[[], Any], runs: int, warm: int = 3) -> tuple[float, ...]:
    """Milliseconds of each run after `warm` that do not count."""
    for _ in range(warm):
        run()
    out = []
    for _ in range(runs):
        start = time.perf_counter()
        run()
        out.append((time.perf_counter() - start) * 1e3)
    return tuple(out)


def photo_1080p() -> np.ndarray:
    """A real photo of 1920x1080, enlarged from scikit-image's wheel."""
    from PIL import Image as PillowImage
    from skimage import data

    return np.asarray(PillowImage.fromarray(data.chelsea()).resize((1920, 1080)))


def bench_nano(runs: int) -> list[Row]:
    """Encode and decode of the embedded model on a 1080p photo."""
    import sam
    from sam.types import Prompt

    image = photo_1080p()
    model = sam.load_model("nano")
    embedding = model.embed(image)
    point = Prompt.of(points=[[900, 500]], labels=[1])
    box = Prompt.of(boxes=[[500, 200, 1400, 900]])
    return [
        Row("nano: encode, 1080p", timed(lambda: model.embed(image), runs), "ms", 60),
        Row("nano: one click, logits", timed(lambda: model.decode(embedding, [point]), runs), "ms", 12),
        Row("nano: one box, logits", timed(lambda: model.decode(embedding, [box]), runs), "ms", 12),
        Row("nano: one click, three 1080p masks", timed(lambda: model.predict_many(embedding, [point]), runs), "ms"),
        Row(
            "nano: 64 boxes, logits, each",
            tuple(v / 64 for v in timed(lambda: model.decode(embedding, [box] * 64), 3, 1)),
            "ms",
        ),
        Row(
            "nano: everything, 32 x 32 grid, 1080p",
            tuple(v / 1e3 for v in timed(lambda: sam.segment_everything(model, image, output_mode="coco_rle"), 3, 1)),
            "s",
            4,
        ),
        Row("nano: files", (sum(f.stat().st_size for f in (ROOT / "sam/nano/weights").iterdir()) / 1e6,), "MB", 25),
    ]


def bench_peer(runs: int) -> list[Row]:
    """SAM ViT-B's shape with random weights, through our torch backend: what a click costs with the published model."""
    import tempfile

    import torch
    from transformers import SamConfig, SamModel

    from sam.backends.sam import load
    from sam.types import Prompt

    torch.manual_seed(0)
    with tempfile.TemporaryDirectory() as folder:
        SamModel(SamConfig()).save_pretrained(folder)
        model = load(folder, name="sam-vit-b-random")
        image = photo_1080p()
        embedding = model.embed(image)
        point = Prompt.of(points=[[900, 500]], labels=[1])
        return [
            Row("peer, SAM ViT-B shape: encode, 1080p", timed(lambda: model.embed(image), max(2, runs // 10), 0), "ms"),
            Row(
                "peer, SAM ViT-B shape: one click, logits", timed(lambda: model.decode(embedding, [point]), runs), "ms"
            ),
        ]


def bench_import(runs: int) -> list[Row]:
    """`import sam, plugins` in a new interpreter, less the interpreter itself."""
    code = "import time; t = time.perf_counter(); import sam, plugins; print(time.perf_counter() - t)"
    found = [
        float(subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout)
        for _ in range(min(runs, 7))
    ]
    return [Row("import sam, plugins", tuple(v * 1e3 for v in found), "ms", 300)]


def bench_app(runs: int) -> list[Row]:
    """`python app.py` until the page answers, and the memory that it then has."""
    port = 7899
    starts, memory = [], []
    for _ in range(min(runs, 3)):
        start = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "app.py", "--port", str(port)],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            while True:
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
                        answer.read()
                    break
                except OSError:
                    if process.poll() is not None or time.perf_counter() - start > 60:
                        raise
                    time.sleep(0.02)
            starts.append(time.perf_counter() - start)
            time.sleep(1)
            status = Path(f"/proc/{process.pid}/status")
            if status.exists():
                line = next(row for row in status.read_text().splitlines() if row.startswith("VmRSS"))
                memory.append(int(line.split()[1]) / 1024)
        finally:
            process.terminate()
            process.wait()
    rows = [Row("python app.py to a page that answers", tuple(starts), "s", 4)]
    return rows + ([Row("memory of an idle app", tuple(memory), "MB", 600)] if memory else [])


def bench_page(runs: int) -> list[Row]:
    """Hovering in the real page, wasm with one thread."""
    from tests.bench.page import measured
    from tests.browser.conftest import serving

    nano, sam = measured(serving)
    worst = tuple(sorted(nano["painted"]))
    return [
        Row("page, nano: a move to its painted mask", worst, "ms", 35),
        Row("page, nano: the same, 95th percentile", (worst[int(len(worst) * 0.95)],), "ms", 60),
        Row("page, nano: tasks over 50 ms while hovering", (float(len(nano["long"])),), "", 0),
        Row("page, full-size SAM decoder: a move to its painted mask", tuple(sam["painted"]), "ms", 150),
    ]


def bench_frames(runs: int) -> list[Row]:
    """Panning the photo and scrolling the list, with few and with many objects."""
    from tests.bench.frames import COUNTS, measure, percentile95
    from tests.browser.conftest import serving

    rows = []
    with serving(HF_ENDPOINT="http://127.0.0.1:9") as url:
        found = {count: measure(url, count) for count in COUNTS}
    for what in ("panning", "scrolling"):
        for count, times in found.items():
            rows.append(Row(f"page, {count} objects: a frame while {what}", tuple(times[what]), "ms", 17))
            rows.append(Row("page: the same, 95th percentile", (percentile95(times[what]),), "ms", 34))
            rows.append(Row("page: processor time of the main thread", tuple(times[f"{what}: main thread"]), "ms", 16))
    return rows


def bench_large(runs: int) -> list[Row]:
    """A cut-out of 24 megapixels and an erased hole, each in a process of its own, whose peak memory is asked for."""
    rows = []
    for job, what, budget in (
        ("cutout", "photo of 24 megapixels, read to its subject cut out as PNG", 20),
        ("erase", "hole of 300 x 300 erased, 1080p", 6),
    ):
        command = [sys.executable, "-m", "tests.bench.large", job]
        done = [
            json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)
            for _ in range(min(runs, 3))
        ]
        wall, used, memory = (tuple(values) for values in zip(*done))
        rows.append(Row(what, wall, "s", budget))
        rows.append(Row(f"{what}: processor time", used, "s"))
        rows.append(Row(f"{what}: peak memory", memory, "MB", 3000 if job == "cutout" else None))
    return rows


def bench_formats(runs: int) -> list[Row]:
    """Annotations of 10,000 objects out and in, in a process of its own, so that its memory is that of nothing else."""
    command = [sys.executable, "-m", "tests.bench.formats"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    out, back, memory = map(float, done.stdout.split())
    return [
        Row("formats: 10,000 objects of 24 MP out as COCO", (out,), "s", 20),
        Row("formats: and in again", (back,), "s"),
        Row("formats: peak memory of both", (memory,), "MB", 1000),
    ]


def bench_project(runs: int) -> list[Row]:
    """A project of 200 photos, each with 20 objects, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.project"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    written, opened, read = map(float, done.stdout.split())
    return [
        Row("project: 200 photos of 4,000 objects opened", (opened,), "s", 2),
        Row("project: and written", (written,), "s"),
        Row("project: one of its photos read", (read,), "ms"),
    ]


def bench_everything(runs: int, points: int = 32) -> list[Row]:
    """Everything mode, clicks and boxes on SAM ViT-B's shape: Meta's package, transformers' pipeline and ours."""
    from tests.bench.everything import compared

    return [Row(*row) for row in compared(photo_1080p(), runs, points)]


def bench_gpu(runs: int) -> list[Row]:
    """Encode, decode and everything mode on a GPU, where there is one; leases and bytes on ZeroGPU."""
    from tests.bench.gpu import measured

    return [Row(*row) for row in measured(photo_1080p(), runs)]


PARTS: dict[str, Callable[[int], list[Row]]] = {
    "import": bench_import,
    "nano": bench_nano,
    "peer": bench_peer,
    "app": bench_app,
    "page": bench_page,
    "frames": bench_frames,
    "large": bench_large,
    "formats": bench_formats,
    "project": bench_project,
    "gpu": bench_gpu,
}


def heading() -> str:
    """Machine, versions and commit."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
    return (
        f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}\n"
        f"{versions}\ncommit {commit.strip() or 'unknown'}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description="Medians beside budgets.")
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--only", choices=[*PARTS, "everything"], nargs="*")
    parser.add_argument("--points", type=int, default=32, help="a side, for --only everything; 8 is a quick try")
    parser.add_argument("--json", type=Path, help="also write every value here")
    a = parser.parse_args()
    parts: dict[str, Callable[[int], list[Row]]] = dict(PARTS)
    if a.only and "everything" in a.only:
        # Many minutes: only when asked for.
        parts["everything"] = functools.partial(bench_everything, points=a.points)
    print(heading(), "\n\n| what | median | min .. max | budget |\n|---|---|---|---|", sep="")
    rows = []
    for name, bench in parts.items():
        if a.only is None or name in a.only:
            for row in bench(a.runs):
                rows.append(row)
                print(row, flush=True)
    if a.json:
        a.json.write_text(json.dumps([{"what": r.what, "values": r.values, "unit": r.unit} for r in rows], indent=1))


if __name__ == "__main__":
    main()
