"""The page in words of what a person does, with every console error and every request to elsewhere noted."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

WAIT_MS = int(os.environ.get("BROWSER_WAIT_MS", 120_000))
"""For anything that comes in the end: a busy machine of two cores may be ten times slower than an idle one. Less, by
the environment, finds out sooner what never comes."""


class StudioTab:
    """One visitor's page, in words of what a person does."""

    def __init__(self, page: Any, url: str) -> None:
        self.page = page
        self.url = url
        self.problems: list[str] = []
        self.elsewhere: list[str] = []
        self.sent: list[tuple[str, Any]] = []
        self.workspace = ""
        """The address of the workspace that the page last asked something of.

        The browser's own list of what a page fetched ends after 250 entries, so it can't tell.
        """
        self.spoilt = False
        """Whether its page is no other visitor's after this one: a script runs in it for good."""
        self.outlines = ""
        """The address of the proposals that the page last asked for."""
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
        if found := re.match(r"(.*/workspaces/[^/]+)/(?!state$|close$)", request.url):
            self.workspace = found[1]
        if request.url.endswith("/outlines"):
            self.outlines = request.url
        if request.method == "POST" and request.url.endswith(("/decode", "/objects")):
            self.sent.append((request.url.rpartition("/")[2], json.loads(request.post_data)))

    def open(self, path: str = "/") -> StudioTab:
        self.page.goto(self.url + path)
        self.page.wait_for_selector(".ss-empty-card")
        self.page.wait_for_selector(".ss-header")
        self.page.wait_for_function("document.querySelector('.ss-live').textContent.startsWith('Ready')")
        return self

    def open_tab(self, title: str) -> None:
        """Open a plugin's tab, from whichever group is open."""
        here = self.page.get_by_role("tab", name=re.compile(rf"^\W*{re.escape(title)}$"))
        for group in self.page.locator(".ss-tab-group").all():
            if here.is_visible():
                break
            group.click()
            name = group.get_attribute("data-group")
            self.page.wait_for_selector(f'.ss-tab-group[data-group="{name}"][aria-pressed="true"]')
        here.click()

    def object_menu(self, place: int, item: str) -> None:
        """Open the menu of the object at a place in the list, and take something from it."""
        self.page.locator(".ss-object-more").nth(place).click()
        self.page.get_by_role("menuitem", name=item).click()

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

    def kept(self) -> list[dict[str, Any]]:
        """{"prompts", "choice"} of each object that was kept from an answer of the server: what the answer was to."""
        found: list[dict[str, Any]] = []
        prompts = None
        for kind, body in self.sent:
            if kind == "decode":
                prompts = body["prompts"]
            elif kind == "objects" and "answer" in body:
                found.append({"prompts": prompts, "choice": body["choice"]})
        return found

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

    def export(self, what: str = "Cut-out", *, edge: str = "Hard", kind: str = "png") -> np.ndarray:
        """What the Export dialog saves as a picture, as an array."""
        self.page.get_by_role("button", name="Export", exact=True).first.click()
        dialog = self.page.locator("dialog.ss-export")
        dialog.get_by_role("radio", name=what, exact=True).click()
        if dialog.get_by_role("radio", name=edge).is_visible():
            dialog.get_by_role("radio", name=edge).click()
        if dialog.get_by_label("Format").locator("visible=true").count():
            dialog.get_by_label("Format").locator("visible=true").select_option(kind)
        return self.download(lambda: dialog.locator("button[type=submit]").click())

    def wait_state(self, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The server's workspace once it fits."""
        deadline = time.monotonic() + WAIT_MS / 1000
        while not fits(state := self.state()):
            assert time.monotonic() < deadline, f"still {state}"
            self.page.wait_for_timeout(50)
        return state

    def state(self) -> dict[str, Any]:
        """The workspace as the server has it, through the page's own address of it."""
        return self.page.evaluate("async (address) => (await fetch(`${address}/state`)).json()", self.workspace)
