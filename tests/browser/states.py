"""The page's main states, one after the other in one visit: what is looked at in pictures and by axe.

`python -m tests.browser.states` records the pictures anew that test_states.py compares with. Look at them before you
commit them.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from PIL import Image

from .chromium import Chromium
from .conftest import FLAGS, photo_path, serving
from .studio_tab import StudioTab

PICTURES = Path(__file__).with_name("pictures")
THEMES = ("light", "dark")
PICTURED = (
    "empty",
    "mask",
    "objects",
    "object menu",
    "export",
    "palette",
    "sources",
    "edit",
    "tab Cut out",
    "proposals",
    "cut-out",
    "phone mask",
)
"""Those that pictures are stored of."""
WIDTH, QUALITY = 720, 70
"""Of a stored picture: its width in pixels, and WebP's quality."""

CUP, SPOON = (165, 10, 425, 300), (395, 215, 535, 330)
"""Boxes in coffee.png, which comes with scikit-image and is CC0."""
TABS = ("Click", "Text", "Everything", "Subject", "Cut out", "Erase", "Recolour", "Pixelate", "Recipes")
PHONE = {"width": 390, "height": 844}


def walk(tab: StudioTab) -> Iterator[str]:
    """Yields each state's name while the page is in it. Whoever walks leaves the page as it found it."""
    yield "empty"
    tab.drop_photo(photo_path("coffee.png"))
    quiet(tab)
    yield "photo"
    tab.drag(*CUP)
    tab.page.mouse.move(2, 2)
    yield "mask"
    tab.keep()
    tab.drag(*SPOON)
    tab.keep()
    yield "objects"
    yield from _over_the_page(tab)
    yield from _in_tabs(tab)
    yield from _results(tab)
    tab.page.set_viewport_size(PHONE)
    tab.rest()
    yield "phone"
    tab.click(80, 60)
    yield "phone mask"


def _over_the_page(tab: StudioTab) -> Iterator[str]:
    """What opens over it, and closes with Escape."""
    header = tab.page.locator(".ss-header")

    def button(name: str) -> Callable[[], None]:
        return lambda: header.get_by_role("button", name=name, exact=True).click()

    ways: dict[str, tuple[Callable[[], None], str]] = {
        "object menu": (lambda: tab.page.locator(".ss-object-more").first.click(), ".ss-menu:popover-open"),
        "export": (button("Export"), "dialog.ss-export[open] .ss-export-edge:not([hidden])"),
        "palette": (lambda: tab.key("Control+k"), "dialog.ss-commands[open]"),
        "keys": (lambda: tab.key("?"), "dialog.ss-help[open]"),
        "sources": (button("More ways to open a photo"), "dialog.ss-sources[open]"),
        "models": (button("Manage models"), '[data-model="nano"]'),
    }
    for name, (enter, seen) in ways.items():
        tab.page.locator(".ss-canvas").focus()
        enter()
        tab.page.locator(seen).first.wait_for()
        tab.page.wait_for_function(
            "[...document.querySelectorAll('dialog[open] img[src]')].every((one) => one.complete)"
        )
        yield name
        tab.key("Escape")
        tab.page.locator(seen).first.wait_for(state="hidden")
    tab.page.locator(".ss-object-main").first.focus()
    tab.key("F2")
    yield "rename"
    tab.key("Escape")
    tab.page.locator(".ss-selected-bar [data-action=edit]").click()
    tab.page.locator(".ss-edit-bar").wait_for()
    yield "edit"
    tab.page.locator(".ss-edit-bar .ss-primary").click()


def _in_tabs(tab: StudioTab) -> Iterator[str]:
    for title in TABS:
        tab.open_tab(title)
        tab.page.locator("#ss-tabs .tabitem:visible").first.wait_for()
        yield f"tab {title}"


def _results(tab: StudioTab) -> Iterator[str]:
    for title, button, kind, name in (
        ("Everything", "Find everything", "proposals", "proposals"),
        ("Cut out", "Cut out", "pictures", "cut-out"),
        ("Erase", "Show 4 options", "pictures", "options"),
    ):
        tab.open_tab(title)
        tab.page.get_by_role("button", name=button, exact=True).filter(visible=True).click()
        tab.wait("result", kind)
        tab.page.wait_for_function("[...document.querySelectorAll('.ss-option img')].every((one) => one.naturalWidth)")
        quiet(tab)
        tab.rest()
        yield name
        tab.key("Escape")
        tab.wait("result", "")


def quiet(tab: StudioTab) -> None:
    """Without what the page says once, or for a while."""
    offer: Any = tab.page.locator('.ss-better [aria-label="Not now"]').filter(visible=True)
    if offer.count():
        offer.click()
    tab.page.wait_for_function("!document.querySelector('.ss-toast') && document.querySelector('.ss-progress').hidden")


def main() -> int:
    """Record all pictures, in both themes."""
    shutil.rmtree(PICTURES, ignore_errors=True)
    PICTURES.mkdir()
    chromium = Chromium(os.environ.get("CHROMIUM") or shutil.which("chromium") or "chromium", FLAGS)
    with serving(HF_ENDPOINT="http://127.0.0.1:9", SAM_STUDIO_RUNTIME="off") as url:
        for theme in THEMES:
            tab = StudioTab(chromium.page(reduced_motion="reduce"), url).open(f"/?__theme={theme}")
            for state in walk(tab):
                if state not in PICTURED:
                    continue
                shot = Image.open(io.BytesIO(tab.page.screenshot())).convert("RGB")
                small = shot.resize((WIDTH, round(WIDTH * shot.height / shot.width)), Image.Resampling.LANCZOS)
                small.save(PICTURES / f"{theme}_{state.replace(' ', '_')}.webp", quality=QUALITY, method=6)
            tab.leave()
            chromium.give_back(tab.page)
    chromium.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
