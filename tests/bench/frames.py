"""Frame times of the page in headless Chromium with few and with many objects: `python -m tests.bench.frames`."""

from __future__ import annotations

import base64
import io
import json
import math
import os
import shutil
import statistics
from typing import Any

COUNTS = (5, 500)
SIZE = (1920, 1080)
MOVES = 240

RECORD = """() => {
    globalThis.frames = [];
    let before = 0;
    const step = (now) => {
        if (before) frames.push(now - before);
        before = now;
        if (globalThis.frames) requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
}"""
STOP = "() => { const all = globalThis.frames; globalThis.frames = null; return all; }"
SCROLL = """async (steps) => {
    const list = document.querySelector('.ss-objects-list');
    const far = list.scrollHeight - list.clientHeight;
    for (let i = 0; i < steps; i++) {
        if (far > 0) list.scrollTop = far - Math.abs(((i * 40) % (2 * far)) - far);
        await new Promise(requestAnimationFrame);
    }
}"""
DROP = """([parts]) => {
    const transfer = new DataTransfer();
    for (const [name, data] of parts)
        transfer.items.add(new File([Uint8Array.from(atob(data), (char) => char.charCodeAt(0))], name));
    document.querySelector('.ss-frame').dispatchEvent(
        new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: transfer }));
}"""


def photo() -> bytes:
    """A real photo of 1920x1080, as JPEG."""
    from PIL import Image
    from skimage import data

    file = io.BytesIO()
    Image.fromarray(data.chelsea()).resize(SIZE).save(file, "JPEG", quality=90)
    return file.getvalue()


def coco(count: int, name: str) -> bytes:
    """As many objects with wavy outlines, spread over the photo, as COCO writes them."""
    width, height = SIZE
    across = math.ceil(math.sqrt(count * width / height))
    down = math.ceil(count / across)
    annotations = []
    for number in range(count):
        x, y = (number % across + 0.5) * width / across, (number // across + 0.5) * height / down
        radius = 0.45 * min(width / across, height / down)
        turns = [2 * math.pi * step / 48 for step in range(48)]
        waves = [radius * (0.85 + 0.15 * math.sin(5 * turn + number)) for turn in turns]
        ring = [value for turn, r in zip(turns, waves) for value in (x + r * math.cos(turn), y + r * math.sin(turn))]
        one = {"id": number + 1, "image_id": 1, "category_id": 1, "segmentation": [ring], "iscrowd": 0}
        annotations.append(
            one | {"area": math.pi * radius**2, "bbox": [x - radius, y - radius, 2 * radius, 2 * radius]}
        )
    images = [{"id": 1, "file_name": name, "width": width, "height": height}]
    categories = [{"id": 1, "name": "thing"}]
    return json.dumps({"images": images, "annotations": annotations, "categories": categories}).encode()


class MainThread:
    """The page's main thread: how much processor time it has used, which another program's load does not change."""

    def __init__(self, page: Any) -> None:
        self._session = page.context.new_cdp_session(page)
        self._session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def ms(self) -> float:
        """Milliseconds of all its tasks so far."""
        metrics = self._session.send("Performance.getMetrics")["metrics"]
        return 1e3 * next(one["value"] for one in metrics if one["name"] == "TaskDuration")


def measure(url: str, count: int) -> dict[str, list[float]]:
    """With so many objects, milliseconds: "panning", "scrolling" from one frame to the next; "panning: main thread" and
    "scrolling: main thread" of processor time that it took for each, on average."""
    from playwright.sync_api import sync_playwright

    executable = os.environ.get("CHROMIUM") or shutil.which("chromium")
    files = {"wheel.jpg": photo(), "wheel.json": coco(count, "wheel.jpg")}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        page: Any = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(180_000)
        page.goto(url)
        page.wait_for_selector(".ss-example")
        page.evaluate(DROP, [[(name, base64.b64encode(data).decode()) for name, data in files.items()]])
        page.wait_for_selector(f'[data-picture][data-objects="{count}"]', state="attached")
        page.wait_for_function(f"document.querySelectorAll('.ss-thumb').length === {count}")
        page.wait_for_timeout(3000)
        box = page.locator(".ss-canvas").bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.wheel(0, -600)
        page.wait_for_timeout(1000)
        page.locator(".ss-canvas").focus()
        page.keyboard.down(" ")
        page.mouse.down()
        before = page.locator(".ss-canvas").get_attribute("data-view")
        thread = MainThread(page)
        page.evaluate(RECORD)
        began = thread.ms()
        for move in range(MOVES):
            turn = move / 20
            page.mouse.move(x + 200 * math.sin(turn), y + 120 * math.sin(1.3 * turn))
            page.wait_for_timeout(4)
        panning = page.evaluate(STOP)
        moved = (thread.ms() - began) / max(1, len(panning))
        assert page.locator(".ss-canvas").get_attribute("data-view") != before, "the photo was not moved"
        page.mouse.up()
        page.keyboard.up(" ")
        page.wait_for_timeout(500)
        page.evaluate(RECORD)
        began = thread.ms()
        page.evaluate(SCROLL, MOVES)
        scrolling = page.evaluate(STOP)
        scrolled = (thread.ms() - began) / max(1, len(scrolling))
        browser.close()
    each = {"panning: main thread": [moved], "scrolling: main thread": [scrolled]}
    return {"panning": panning, "scrolling": scrolling, **each}


def percentile95(values: list[float]) -> float:
    """The value that one in twenty exceeds."""
    return sorted(values)[int(len(values) * 0.95)]


def main() -> None:
    """Say both figures for few and many objects, side by side."""
    from tests.browser.conftest import serving

    with serving(HF_ENDPOINT="http://127.0.0.1:9") as url:
        found = {count: measure(url, count) for count in COUNTS}
    print(f"| frame time, 1440 x 900, a photo of {SIZE[0]} x {SIZE[1]} |", *(f"{count} objects |" for count in COUNTS))  # noqa: T201
    print("|---|" + "---|" * len(COUNTS))  # noqa: T201
    for what in ("panning", "scrolling"):
        cells = [
            f"median {statistics.median(one[what]):.1f} ms, 95 % {percentile95(one[what]):.1f} ms"
            for one in found.values()
        ]
        print(f"| {what} | {' | '.join(cells)} |")  # noqa: T201
        cells = [f"{one[f'{what}: main thread'][0]:.1f} ms" for one in found.values()]
        print(f"| {what}: processor time of the main thread a frame | {' | '.join(cells)} |")  # noqa: T201


if __name__ == "__main__":
    main()
