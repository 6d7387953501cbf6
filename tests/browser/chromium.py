"""The browser, and its pages that wait for a visitor."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from typing import Any

from .studio_tab import WAIT_MS

_FORGET = """() => new Promise((resolve) => {
    localStorage.clear(); sessionStorage.clear(); Storage.prototype.setItem = () => {};
    const request = indexedDB.deleteDatabase('sam-studio');
    request.onsuccess = request.onerror = request.onblocked = resolve;
    IDBFactory.prototype.open = () => { throw new Error('the next visitor begins with nothing'); };
})"""
VIEWPORT = {"width": 1280, "height": 800}


class Chromium:
    """The browser of all tests of this process that come one after the other, and its pages that wait for a visitor.

    A page that is gone to a second time takes a third of the processor time: Gradio's scripts are compiled already.
    """

    def __init__(self, executable: str, flags: list[str]) -> None:
        from playwright.sync_api import sync_playwright

        self._playwright = sync_playwright().start()
        self._executable, self.flags = executable, flags
        self._launch()

    def _launch(self) -> None:
        self._browser = self._playwright.chromium.launch(executable_path=self._executable, args=self.flags)
        self._free: dict[str, list[Any]] = {}
        self._kinds: dict[Any, str] = {}

    def page(
        self,
        viewport: dict[str, int] | None = None,
        reduced_motion: str | None = None,
        permissions: Sequence[str] = (),
        **device: Any,
    ) -> Any:
        """A page that nobody uses; `device` is what only a context of its own can have, such as a touch screen."""
        kind = json.dumps(device, sort_keys=True)
        if not self._browser.is_connected():
            self._launch()  # it crashed under one test, and the next ones need not suffer
        if self._free.get(kind):
            page = self._free[kind].pop()
        else:
            context = self._browser.new_context(**device)
            context.set_default_timeout(WAIT_MS)
            page = context.new_page()
            self._kinds[page] = kind
        page.set_viewport_size(viewport or VIEWPORT)
        if reduced_motion:
            page.emulate_media(reduced_motion=reduced_motion)
        if permissions:
            page.context.grant_permissions(permissions)
        return page

    def give_back(self, page: Any) -> None:
        """For the next visitor: nothing of this one stays but the caches."""
        context = page.context
        context.unroute_all(behavior="ignoreErrors")
        page.unroute_all(behavior="ignoreErrors")
        # As it goes away, the page notes what its next one needs: that would be another visitor's.
        page.evaluate(_FORGET)
        page.goto("about:blank")
        context.clear_cookies()
        context.clear_permissions()
        page.emulate_media(reduced_motion="null")
        page.mouse.move(0, 0)
        self._free.setdefault(self._kinds[page], []).append(page)

    def throw_away(self, page: Any) -> None:
        """After a failure, whatever keys the page still holds down; or where a script of a test runs in it for good."""
        from playwright.sync_api import Error

        with contextlib.suppress(Error):  # it may have crashed
            page.context.close()

    def close(self) -> None:
        self._browser.close()
        self._playwright.stop()
