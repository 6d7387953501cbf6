"""A real server, a real Chromium, and a page that notes every console error and every request to elsewhere."""

from __future__ import annotations

import base64
import http.client
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
START_S = 240
WAIT_MS = 120_000
"""For anything that comes in the end: a busy machine of two cores may be ten times slower than an idle one."""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
]


def photo_path(name: str) -> Path:
    """A photo of the installed scikit-image package."""
    import skimage

    return Path(skimage.__file__).parent / "data" / name


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving(**env: str) -> Iterator[str]:
    """`python app.py` on a free port; yields its address."""
    port = free_port()
    with running([sys.executable, "app.py", "--port", str(port)], port, env) as url:
        yield url


@contextmanager
def serving_script(script: Path) -> Iterator[str]:
    """A script that starts a server on PORT, which is put in; yields its address."""
    port = free_port()
    script.write_text(script.read_text().replace("PORT", str(port)))
    with running([sys.executable, str(script)], port, {"PYTHONPATH": str(ROOT), "SAM_STUDIO_RUNTIME": "off"}) as url:
        yield url


@contextmanager
def running(command: list[str], port: int, env: dict[str, str]) -> Iterator[str]:
    """A server of ours; yields its address once it answers."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("SAM_STUDIO_", "GRADIO_"))}
    process = subprocess.Popen(
        command, cwd=ROOT, env={**clean, **env}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        deadline = time.monotonic() + START_S
        while True:
            try:
                with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
                    connection.request("GET", "/gradio_api/sam_studio/examples/none")
                    connection.getresponse().read()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    process.kill()
                    output = process.communicate()[0].decode(errors="replace")
                    raise RuntimeError(f"the server did not start:\n{output}") from None
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The app, decoding on the server. The hub's address leads nowhere, as on a machine without a network."""
    with serving(HF_ENDPOINT="http://127.0.0.1:9", SAM_STUDIO_RUNTIME="off") as url:
        yield url


@pytest.fixture(scope="session")
def page_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app, decoding in the page with what `make test` has set up; two other models have random weights."""
    from webapp.runtime import Runtime

    assert Runtime().ready, "Set the page's decoder up first: python -m webapp.runtime"
    models = tmp_path_factory.mktemp("models")
    save_small_sam(models / "sam-vit-base")
    save_small_sam2(models / "sam2.1-tiny")
    with serving(HF_ENDPOINT="http://127.0.0.1:9", SAM_STUDIO_MODELS_DIR=str(models)) as url:
        yield url


def save_small_sam(folder: Path) -> None:
    """SAM's real decoder on a grid of 16 x 16 behind a thin encoder, as transformers saves it."""
    import torch
    from transformers import SamConfig, SamModel

    vision = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "image_size": 256}
    torch.manual_seed(0)
    config = SamConfig(
        vision_config={**vision, "global_attn_indexes": [0]},
        prompt_encoder_config={"image_size": 256},
    )
    model = SamModel(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += torch.randn_like(parameter) * 0.02
    model.save_pretrained(folder)


def save_small_sam2(folder: Path) -> None:
    """SAM 2's real decoder on a grid of 16 x 16, with its features of higher resolution, behind a thin encoder."""
    import torch
    from transformers import Sam2Config, Sam2Model

    trunk = {"model_type": "sam2_hiera_det_model", "hidden_size": 8, "blocks_per_stage": [1, 1, 2, 1]}
    trunk |= {"embed_dim_per_stage": [8, 16, 32, 64], "num_attention_heads_per_stage": [1, 1, 1, 1]}
    trunk |= {"window_size_per_stage": [8, 4, 4, 2], "global_attention_blocks": [3]}
    vision = {"backbone_config": trunk, "backbone_channel_list": [64, 32, 16, 8]}
    vision |= {"backbone_feature_sizes": [[64, 64], [32, 32], [16, 16]]}
    torch.manual_seed(0)
    model = Sam2Model(Sam2Config.from_dict({"vision_config": vision, "prompt_encoder_config": {"image_size": 256}}))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += torch.randn_like(parameter) * 0.05
    model.save_pretrained(folder)


class Chromium:
    """The browser of all tests of this process that come one after the other, and its pages that wait for a visitor.

    A page that is gone to a second time takes a third of the processor time: Gradio's scripts are compiled already.
    """

    def __init__(self, executable: str, flags: list[str]) -> None:
        from playwright.sync_api import sync_playwright

        self._playwright = sync_playwright().start()
        self._browser = self._playwright.chromium.launch(executable_path=executable, args=flags)
        self.flags = flags
        self._free: dict[str, list[Any]] = {}
        self._kinds: dict[Any, str] = {}

    def page(self, options: dict[str, Any]) -> Any:
        """A page that nobody uses, in a context of its own with these options."""
        kind = json.dumps(options, sort_keys=True)
        if self._free.get(kind):
            return self._free[kind].pop()
        context = self._browser.new_context(**options)
        context.set_default_timeout(WAIT_MS)
        page = context.new_page()
        self._kinds[page] = kind
        return page

    def give_back(self, page: Any, viewport: dict[str, int]) -> None:
        """For the next visitor: nothing of this one stays but the caches."""
        context = page.context
        context.unroute_all(behavior="ignoreErrors")
        page.unroute_all(behavior="ignoreErrors")
        page.evaluate("localStorage.clear(), sessionStorage.clear()")
        page.goto("about:blank")
        context.clear_cookies()
        page.set_viewport_size(viewport)
        page.mouse.move(0, 0)
        self._free.setdefault(self._kinds[page], []).append(page)

    def close(self) -> None:
        self._browser.close()
        self._playwright.stop()


_open: list[Chromium] = []


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    """Playwright's event loop runs as long as its browser lives, and no other may run beside it in this process."""
    if _open and (nextitem is None or nextitem.path.parent != Path(__file__).parent):
        _open.pop().close()


@pytest.fixture(scope="module")
def flags() -> list[str]:
    """What Chromium is started with; a module may add to it."""
    return FLAGS


@pytest.fixture
def chromium(flags: list[str]) -> Chromium:
    executable = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not executable:
        pytest.skip("no Chromium: install Debian's package chromium, or set CHROMIUM to an executable")
    if _open and _open[0].flags != flags:
        _open.pop().close()
    if not _open:
        _open.append(Chromium(executable, flags))
    return _open[0]


class StudioTab:
    """One visitor's page, in words of what a person does."""

    def __init__(self, page: Any, url: str) -> None:
        self.page = page
        self.url = url
        self.problems: list[str] = []
        self.elsewhere: list[str] = []
        self.sent: list[tuple[str, Any]] = []
        self._heard = {"console": self._console, "pageerror": self._error, "request": self._request}
        for event, hear in self._heard.items():
            page.on(event, hear)

    def leave(self) -> None:
        """What the page says from now on is another visitor's."""
        for event, hear in self._heard.items():
            self.page.remove_listener(event, hear)

    def _error(self, error: Any) -> None:
        self.problems.append(str(error))

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.problems.append(f"{message.type}: {message.text} {message.location.get('url', '')}")

    def _request(self, request: Any) -> None:
        if not request.url.startswith((self.url, "data:", "blob:")):
            self.elsewhere.append(request.url)
        if request.method == "POST" and request.url.endswith(("/decode", "/objects")):
            self.sent.append((request.url.rpartition("/")[2], json.loads(request.post_data)))

    def open(self, path: str = "/") -> StudioTab:
        self.page.goto(self.url + path)
        self.page.wait_for_selector(".ss-empty-card")
        self.page.wait_for_selector(".ss-header")
        self.page.wait_for_function("document.querySelector('.ss-live').textContent.startsWith('Ready')")
        return self

    @property
    def stage(self) -> Any:
        return self.page.locator("[data-picture]")

    def data(self, name: str) -> str:
        return self.stage.get_attribute(f"data-{name}")

    def wait(self, name: str, value: Any, timeout: float = WAIT_MS) -> None:
        """Until the stage shows `value` of points, box, mask or objects."""
        self.page.wait_for_selector(f'[data-picture][data-{name}="{value}"]', state="attached", timeout=timeout)

    def drop(self, data: bytes, name: str) -> None:
        """Drop a file on the page, whatever comes of it."""
        transfer = self.page.evaluate_handle(
            """([data, name]) => {
                const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
                const transfer = new DataTransfer();
                transfer.items.add(new File([bytes], name));
                return transfer;
            }""",
            [base64.b64encode(data).decode(), name],
        )
        self.page.dispatch_event(".ss-frame", "drop", {"dataTransfer": transfer})

    def drop_photo(self, path: Path) -> None:
        """Drop a photo and wait until it can be clicked, and is on the server if the page began without it."""
        before = self.data("picture")
        self.drop(path.read_bytes(), path.name)
        self.page.wait_for_function(
            "(before) => { const now = document.querySelector('[data-picture]').dataset.picture;"
            " return now && now !== before && !now.startsWith('here'); }",
            arg=before,
        )
        self.page.wait_for_selector('.ss-frame[aria-busy="false"]')
        self.rest()

    def rest(self) -> None:
        """Until three frames with the photo at one place have been drawn, however long they take."""
        self.page.evaluate(
            """async () => {
                const canvas = document.querySelector('.ss-canvas');
                const place = () => canvas.dataset.view + JSON.stringify(canvas.getBoundingClientRect());
                for (let before = '', alike = 0; alike < 3;) {
                    await new Promise(requestAnimationFrame);
                    alike = place() === before ? alike + 1 : 0;
                    before = place();
                }
            }"""
        )

    def view(self) -> tuple[float, float, float]:
        """Screen pixels of an image pixel, and where the photo's corner is on the canvas."""
        scale, left, top = self.page.locator(".ss-canvas").get_attribute("data-view").split()
        return float(scale), float(left), float(top)

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Page position of an image pixel."""
        view, box = self.page.evaluate(
            """() => {
                const canvas = document.querySelector('.ss-canvas');
                return [canvas.dataset.view, canvas.getBoundingClientRect()];
            }"""
        )
        scale, left, top = (float(part) for part in view.split())
        return box["x"] + left + x * scale, box["y"] + top + y * scale

    def zoom(self, wheel: float) -> None:
        """Turn the wheel where the pointer is, and wait for the photo to have another size."""
        scale = self.view()[0]
        self.page.mouse.wheel(0, wheel)
        self.page.wait_for_function(
            "(scale) => parseFloat(document.querySelector('.ss-canvas').dataset.view) !== scale", arg=scale
        )
        self.rest()

    def click(self, x: float, y: float, **options: Any) -> None:
        """Click an image pixel, and wait for its mask."""
        before = int(self.data("points"))
        self.page.mouse.click(*self.at(x, y), **options)
        self.wait("points", before + 1)
        self.page.wait_for_selector('[data-picture]:not([data-mask="0"])', state="attached")
        self.settle()

    def drag(self, x0: float, y0: float, x1: float, y1: float) -> None:
        """Drag a box from one image pixel to another, and wait for its mask."""
        self.page.mouse.move(*self.at(x0, y0))
        self.page.mouse.down()
        self.page.mouse.move(*self.at((x0 + x1) / 2, (y0 + y1) / 2))
        self.page.mouse.move(*self.at(x1, y1))
        self.page.mouse.up()
        self.wait("box", 1)
        self.page.wait_for_selector('[data-picture]:not([data-mask="0"])', state="attached")
        self.settle()

    def settle(self) -> None:
        """Until what was asked last is answered."""
        self.wait("pending", 0)

    def key(self, key: str) -> None:
        self.page.keyboard.press(key)

    def keep(self) -> None:
        """Enter, and wait for the object."""
        count = int(self.data("objects"))
        self.key("Enter")
        self.wait("objects", count + 1)
        self.page.wait_for_function(f"document.querySelectorAll('.ss-object').length === {count + 1}")

    def status(self) -> str:
        return self.page.inner_text(".ss-status-message")

    def wait_status(self, part: str) -> None:
        self.page.wait_for_function(
            "(part) => document.querySelector('.ss-status-message').textContent.includes(part)", arg=part
        )

    def download(self, act: Callable[[], None]) -> np.ndarray:
        """What the browser saves when `act` is done, as an array."""
        from PIL import Image

        with self.page.expect_download() as info:
            act()
        return np.array(Image.open(io.BytesIO(Path(info.value.path()).read_bytes())))

    def wait_state(self, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The server's workspace once it fits."""
        deadline = time.monotonic() + WAIT_MS / 1000
        while not fits(state := self.state()):
            assert time.monotonic() < deadline, f"still {state}"
            self.page.wait_for_timeout(50)
        return state

    def state(self) -> dict[str, Any]:
        """The workspace as the server has it, through the page's own address of it."""
        return self.page.evaluate(
            """async () => {
                const port = performance.getEntriesByType('resource').map((entry) => entry.name)
                    .filter((name) => name.includes('/workspaces/')).at(-1);
                return (await fetch(port.replace(/(workspaces\\/[^/]+)\\/.*/, '$1/state'))).json();
            }"""
        )


@pytest.fixture
def visit(request: pytest.FixtureRequest, chromium: Chromium, server: str) -> Iterator[Callable[..., StudioTab]]:
    """visit() opens the page as a new visitor; afterwards nothing may have gone wrong or gone elsewhere.

    Problems that a test expects are taken out of `problems` by the test.
    """
    tabs: list[tuple[StudioTab, dict[str, int]]] = []
    failed = request.session.testsfailed

    def visit_page(url: str = server, path: str = "/", **options: Any) -> StudioTab:
        options = {"viewport": {"width": 1280, "height": 800}, **options}
        tab = StudioTab(chromium.page(options), url)
        tabs.append((tab, options["viewport"]))
        return tab.open(path)

    yield visit_page
    problems = [problem for tab, _ in tabs for problem in tab.problems]
    elsewhere = [address for tab, _ in tabs for address in tab.elsewhere]
    for tab, viewport in tabs:
        tab.leave()
        if request.session.testsfailed == failed:
            chromium.give_back(tab.page, viewport)
        else:
            tab.page.context.close()  # whatever keys it still holds down
    assert problems == []
    assert elsewhere == []


@pytest.fixture(scope="session")
def astronaut() -> Path:
    return photo_path("astronaut.png")


@pytest.fixture(scope="session")
def cat() -> Path:
    return photo_path("chelsea.png")
