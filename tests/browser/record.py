"""The documentation's pictures, from a real session: `python -m tests.browser.record docs/pictures`.

The photos come with scikit-image: astronaut.png is NASA's (public domain), coffee.png is CC0.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from .chromium import Chromium
from .conftest import FLAGS, photo_path, serving
from .studio_tab import StudioTab

VIEW = {"width": 1120, "height": 700}
SESSION_SIZE = (960, 600)
PICTURE_SIZE = (720, 450)
QUALITY = 78
ARROW = [(0, 0), (0, 17), (4, 13), (7, 20), (10, 19), (7, 12), (12, 12)]


class Film:
    """Screenshots with the pointer drawn in, which Chromium leaves out."""

    def __init__(self, tab: StudioTab, folder: Path) -> None:
        self.tab, self.folder = tab, folder
        self.frames: list[tuple[Image.Image, int]] = []
        self.pointer = (VIEW["width"] / 2, VIEW["height"] / 2)

    def look(self) -> Image.Image:
        self.tab.page.evaluate("document.activeElement?.blur?.()")
        frame = Image.open(io.BytesIO(self.tab.page.screenshot())).convert("RGB")
        return frame

    def shot(self, milliseconds: int) -> None:
        frame = self.look()
        x, y = self.pointer
        ImageDraw.Draw(frame).polygon([(x + dx, y + dy) for dx, dy in ARROW], fill="white", outline="black")
        self.frames.append((frame, milliseconds))

    def move(self, x: float, y: float, steps: int = 5) -> None:
        """To an image pixel, a frame for each step."""
        (x0, y0), (x1, y1) = self.pointer, self.tab.at(x, y)
        for step in range(1, steps + 1):
            self.pointer = (x0 + (x1 - x0) * step / steps, y0 + (y1 - y0) * step / steps)
            self.tab.page.mouse.move(*self.pointer)
            self.tab.page.wait_for_timeout(300)
            self.tab.settle()
            self.shot(140)

    def picture(self, name: str) -> None:
        quiet(self.tab)
        self.look().resize(PICTURE_SIZE, Image.Resampling.LANCZOS).save(
            self.folder / f"{name}.webp", quality=QUALITY, method=6
        )

    def save(self) -> None:
        first, *rest = [frame.resize(SESSION_SIZE, Image.Resampling.LANCZOS) for frame, _ in self.frames]
        first.save(
            self.folder / "session.webp",
            save_all=True,
            append_images=rest,
            duration=[milliseconds for _, milliseconds in self.frames],
            loop=0,
            quality=60,
            method=4,
        )


def open_tab(tab: StudioTab, name: str) -> None:
    tab.open_tab(name)
    tab.page.wait_for_timeout(800)


def press(tab: StudioTab, name: str) -> None:
    tab.page.get_by_role("button", name=name, exact=True).filter(visible=True).first.click()


def quiet(tab: StudioTab) -> None:
    """Without what the page says once, or for a while."""
    offer = tab.page.locator('.ss-better [aria-label="Not now"]').filter(visible=True)
    if offer.count():
        offer.click()
    tab.page.wait_for_function("!document.querySelector('.ss-toast')")


def result(tab: StudioTab) -> None:
    """Wait for what a tool has made, on the stage."""
    tab.page.wait_for_function("document.querySelector('[data-picture]').dataset.result")
    tab.page.wait_for_timeout(1500)


def session(film: Film) -> None:
    """Open, point, draw a box, keep: the moving picture, and the first of the six."""
    tab = film.tab
    film.shot(1200)
    tab.drop_photo(photo_path("coffee.png"))
    quiet(tab)
    film.shot(900)
    film.move(330, 250)
    film.move(250, 120)
    film.shot(700)
    film.move(*CUP[:2])
    tab.drag(*CUP)
    film.pointer = tab.at(*CUP[2:])
    film.shot(1600)
    film.picture("select")
    tab.keep()
    film.shot(1600)


def cut_out(film: Film) -> None:
    """The cup without its table: the end of the moving picture, and the second of the six."""
    open_tab(film.tab, "Cut out")
    press(film.tab, "Cut out")
    result(film.tab)
    film.shot(2200)
    film.picture("cutout")


def find_by_name(film: Film) -> None:
    """What a word finds."""
    tab = film.tab
    tab.drop_photo(photo_path("astronaut.png"))
    open_tab(tab, "Text")
    tab.page.locator("#text-find :is(input, textarea)").fill("person")
    press(tab, "Find")
    tab.page.locator(".text-found li").first.wait_for()
    tab.page.wait_for_timeout(1500)
    film.picture("text")


def everything(film: Film) -> None:
    """All objects at once, looked at and not kept."""
    tab = film.tab
    tab.drop_photo(photo_path("coffee.png"))
    open_tab(tab, "Everything")
    press(tab, "Find everything")
    result(tab)
    film.picture("everything")
    press(tab, "Close")


def erase(film: Film) -> None:
    """The spoon goes."""
    tab = film.tab
    open_tab(tab, "Click")
    tab.drag(*SPOON)
    tab.keep()
    open_tab(tab, "Erase")
    press(tab, "Erase")
    result(tab)
    film.picture("erase")


def models(film: Film) -> None:
    """The panel of models."""
    tab = film.tab
    tab.page.get_by_role("button", name="Manage models").click()
    tab.page.locator('[data-model="nano"]').wait_for()
    tab.page.wait_for_timeout(800)
    film.picture("models")


SCENES = (session, cut_out, find_by_name, everything, erase, models)
CUP, SPOON = (165, 10, 425, 300), (395, 215, 535, 330)
"""Boxes in coffee.png."""


def main(folder: Path) -> int:
    """Record all pictures into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    chromium = Chromium(os.environ.get("CHROMIUM") or shutil.which("chromium") or "chromium", FLAGS)
    with serving(HF_ENDPOINT="http://127.0.0.1:9") as url:
        options: dict[str, Any] = {"viewport": VIEW, "color_scheme": "light"}
        film = Film(StudioTab(chromium.page(**options), url).open(), folder)
        for scene in SCENES:
            scene(film)
        film.save()
    chromium.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
