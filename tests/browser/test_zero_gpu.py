"""The page in the frame of a Space that lends GPUs: whose time is used, and what is said when there is none.

The app runs on Hugging Face's own package. The pages of huggingface.co and of the Space are answered here, the one with
a frame and the visitor's token, the other by the app.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("spaces.zero", reason="Hugging Face's package spaces is not installed")

from tests.zero_gpu.device_api import token
from tests.zero_gpu.run import write_space

from .chromium import Chromium
from .conftest import free_port, running
from .studio_tab import WAIT_MS

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.timeout(3600),
    pytest.mark.skipif(sys.platform != "linux", reason="Spaces run on Linux"),
]
ANN = token("ann")
AROUND = "https://huggingface.co/spaces/me/studio"
SPACE = "https://me-studio.hf.space"
# As the page around a Space's page does: it answers whoever asks whether it knows the headers, and then what they are.
PAGE_AROUND = """<!doctype html><title>Space</title><body style="margin: 0">
<iframe src="SPACE/" style="border: 0; width: 100vw; height: 100vh" allow="clipboard-write"></iframe>
<script>
window.asked = 0;
addEventListener("message", (event) => {
  if (event.origin !== "SPACE") return;
  if (event.data === "supports-zerogpu-headers") event.source.postMessage(event.data, event.origin);
  if (event.data !== "zerogpu-headers") return;
  window.asked += 1;
  event.ports[0].postMessage({"X-IP-Token": "TOKEN"});
});
</script>"""


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """(the app's address, its folder)."""
    folder, port = tmp_path_factory.mktemp("space"), free_port()
    write_space(folder)
    command = [sys.executable, "-m", "tests.zero_gpu.serve", str(folder), "--port", str(port)]
    with running(command, port, {"OMP_NUM_THREADS": "1", "TQDM_DISABLE": "1"}, start_s=1800) as url:
        yield url, folder


@pytest.fixture
def control(space: tuple[str, Path]) -> Callable[..., list[str | None]]:
    """control(mode, left): what becomes of leases from now on; returns the tokens of those before."""

    def control(mode: str = "ok", left: int = 1) -> list[str | None]:
        query = urllib.parse.urlencode({"mode": mode, "left": left})
        request = urllib.request.Request(f"{(space[1] / 'api.txt').read_text()}/control?{query}", b"")
        found: list[str | None] = json.loads(urllib.request.urlopen(request, timeout=600).read())["tokens"]
        return found

    control()
    return control


@pytest.fixture
def frame(request: pytest.FixtureRequest, space: tuple[str, Path], chromium: Chromium) -> Iterator[Any]:
    """The Space's page inside the page around it. Its end as a picture goes to the folder SCREENSHOTS, where set."""
    page = chromium.page(color_scheme="light")
    page.route(f"{AROUND}**", lambda route: route.fulfill(body=_around(), content_type="text/html"))
    page.route(f"{SPACE}/**", lambda route: _forward(route, space[0]))
    page.goto(AROUND)
    inside = page.frame_locator("iframe")
    inside.locator(".ss-empty-card").wait_for(timeout=WAIT_MS)
    yield inside
    if pictures := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{pictures}/{request.node.name}.png")
    chromium.throw_away(page)


def _around() -> str:
    return PAGE_AROUND.replace("SPACE", SPACE).replace("TOKEN", ANN)


def _forward(route: Any, url: str) -> None:
    """As the proxy before a Space does."""
    if "/heartbeat/" in route.request.url:
        return route.fulfill(body="", content_type="text/event-stream")
    known = {"x-forwarded-host": SPACE.partition("://")[2], "x-forwarded-proto": "https"}
    headers = {**route.request.headers, **known}
    answer = route.fetch(url=route.request.url.replace(SPACE, url), headers=headers, timeout=WAIT_MS)
    return route.fulfill(response=answer)


def open_example(frame: Any, number: int) -> None:
    """Choose an example, on an empty stage or over another photo, and wait until it is there."""
    frame.locator(".ss-example").nth(number).click()
    frame.locator("[data-picture]").wait_for(timeout=WAIT_MS)


def test_a_photo_is_read_on_the_visitors_time_and_the_page_says_how_much(frame, control):
    open_example(frame, 0)
    frame.locator(".ss-status-gpu", has_text="GPU ").wait_for(timeout=WAIT_MS)
    assert control() == [ANN]


def test_without_time_the_photo_stays_with_nano_and_the_page_says_why(frame, control):
    control("quota", 1)
    open_example(frame, 1)
    toast = frame.locator(".ss-toast").first
    toast.get_by_text("Your GPU time is used up: this needs up to").wait_for(timeout=WAIT_MS)
    assert "and you have 1 s left" in toast.inner_text()
    said = frame.locator(".ss-status-message", has_text="nano reads this photo, as model cannot now.")
    said.wait_for(timeout=WAIT_MS)
    assert control() == [ANN]
    # It answers all the same.
    stage = frame.locator("[data-picture]")
    stage.click(position={"x": 200, "y": 200})
    frame.locator('[data-picture]:not([data-mask="0"])').wait_for(timeout=WAIT_MS)


def test_a_tabs_event_is_on_the_visitors_time_too_and_refused_in_words(frame, control):
    open_example(frame, 2)
    frame.locator(".ss-status-gpu", has_text="GPU ").wait_for(timeout=WAIT_MS)
    control()
    frame.get_by_role("tab", name="Everything").click()
    button = frame.get_by_role("button", name="Find everything")
    button.click()
    frame.get_by_text("s of your GPU time.").first.wait_for(timeout=WAIT_MS)
    assert control("full") == [ANN]
    button.click()
    frame.get_by_text("No GPU was free within a minute.").first.wait_for(timeout=WAIT_MS)
    assert control() == [ANN]
