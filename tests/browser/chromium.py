"""The browser, and its pages that wait for a visitor."""

from __future__ import annotations

import json
from typing import Any

from .studio_tab import WAIT_MS


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
