"""A photo whose file can be read in several ways: what the page shows, says and offers."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from tests.webapp.workspace.test_reading import deep_png, pages_tiff

pytestmark = pytest.mark.browser


def shown(tab) -> np.ndarray:
    """(H, W, 4) of what is drawn, small."""
    return np.array(
        tab.page.evaluate(
            """() => {
                const from = document.querySelector('.ss-canvas');
                const to = new OffscreenCanvas(64, 64).getContext('2d');
                to.drawImage(from, 0, 0, 64, 64);
                return [...to.getImageData(0, 0, 64, 64).data];
            }"""
        )
    ).reshape(64, 64, 4)


def choose(tab, label: str, value: str, picture: str) -> str:
    """Choose, and wait for the other picture; its id."""
    tab.page.locator(".ss-reading-button").click()
    tab.page.get_by_label(label, exact=True).select_option(value)
    tab.page.wait_for_function(f"!['', '{picture}'].includes(document.querySelector('[data-picture]').dataset.picture)")
    return tab.data("picture")


def test_twelve_bits_are_seen_and_the_range_can_be_chosen(visit):
    tab = visit()
    tab.drop(deep_png(), "xray.png")
    tab.wait_status("is shown black")
    assert shown(tab)[..., :3].max() > 200, "what the server has read is shown, not the browser's black"
    tab.click(30, 30)
    tab.wait("mask", 1)
    tab.keep()
    tab.click(70, 50)
    first = tab.data("picture")
    second = choose(tab, "Brightness", "stored", first)
    tab.wait("objects", 1)
    tab.wait("points", 1)
    assert tab.state()["picture"]["reading"]["choice"] == "stored"
    tab.page.locator(".ss-canvas").focus()
    tab.key("Control+z")
    tab.page.wait_for_function(f"document.querySelector('[data-picture]').dataset.picture === '{first}'")
    tab.wait("objects", 1)
    assert second != first


def test_another_page_of_the_file(visit):
    tab = visit()
    tab.drop(pages_tiff((40, 30), (80, 60)), "scan.tif")
    tab.page.wait_for_selector(".ss-reading-button:has-text('Page 2 of 2')")
    tab.click(30, 30)
    tab.wait("mask", 1)
    tab.keep()
    first = tab.data("picture")
    choose(tab, "Page", "1", first)
    tab.page.wait_for_selector(".ss-reading-button:has-text('Page 1 of 2')")
    tab.wait("objects", 0)
    tab.page.get_by_role("button", name="Undo", exact=True).last.click()
    tab.wait("objects", 1)
    assert tab.data("picture") == first


def test_what_is_transparent_shows_a_checkerboard_and_stays_so_in_files(visit):
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 90, (120, 160, 4), dtype=np.uint8)
    pixels[..., 3] = 255
    pixels[:, 80:, 3] = 0
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    tab = visit()
    tab.drop(buffer.getvalue(), "glass.png")
    tab.wait_status("glass.png, 160 × 120")
    tab.rest()
    left, top = tab.at(85, 5)
    right, bottom = tab.at(155, 115)
    box = tab.page.locator(".ss-canvas").bounding_box()
    colours = tab.page.evaluate(
        """([x, y, w, h]) => {
            const ratio = devicePixelRatio;
            const context = document.querySelector('.ss-canvas').getContext('2d');
            const data = context.getImageData(x * ratio, y * ratio, w * ratio, h * ratio).data;
            const seen = new Set();
            for (let at = 0; at < data.length; at += 4) seen.add(data.slice(at, at + 3).join());
            return [...seen];
        }""",
        [left - box["x"], top - box["y"], right - left, bottom - top],
    )
    assert sorted(colours) == ["201,201,207", "241,241,243"]
    tab.drag(10, 10, 60, 110)
    tab.keep()
    saved = tab.page.evaluate(
        """async (address) => {
            const bitmap = await createImageBitmap(await (await fetch(address)).blob());
            const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
            context.drawImage(bitmap, 0, 0);
            return [10, 150].map((x) => context.getImageData(x, 60, 1, 1).data[3]);
        }""",
        f"{tab.workspace}/export/picture?what=photo",
    )
    assert saved == [255, 0]
    tab.problems[:] = [problem for problem in tab.problems if "readback" not in problem]  # this test's own
