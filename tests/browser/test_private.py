"""Photos that the page encodes by itself: to keep them in the browser, or because the server takes its time."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from PIL import Image

from .conftest import visiting

pytestmark = pytest.mark.browser


HERE = '[data-picture^="here"][data-decoder="ready"]'


def uploads(tab) -> list[str]:
    names = tab.page.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name)")
    return [name for name in names if "/image?name=" in name]


@pytest.fixture(scope="module")
def page(request, chromium, page_server):
    """A page that encodes by itself."""
    with visiting(request, chromium) as visit:
        yield visit(page_server)


@pytest.fixture
def tab(page, cat):
    """That page with the cat on the stage anew, and nowhere else."""
    private = page.page.get_by_role("button", name="Private")
    if private.get_attribute("aria-pressed") == "false":
        private.click()
    page.page.evaluate("performance.clearResourceTimings()")
    page.sent.clear()
    before = page.data("picture")
    page.drop(cat.read_bytes(), cat.name)
    page.page.wait_for_selector(f'{HERE}:not([data-picture="{before}"])', state="attached")
    yield page
    problems, page.problems[:] = list(page.problems), []  # one test's are not the next one's
    assert problems == []


def test_a_private_photo_is_cut_out_without_the_server(tab, cat):
    tab.wait_status("stays in this browser")
    tab.click(225, 150)
    saved = tab.export()
    assert uploads(tab) == []
    assert tab.sent == []
    photo = np.array(Image.open(cat).convert("RGB"))
    inside = saved[..., 3] == 255
    assert saved.shape == (*photo.shape[:2], 4)
    assert inside[150, 225]
    assert 0.01 < inside.mean() < 0.9
    np.testing.assert_array_equal(saved[inside][:, :3], photo[inside])
    assert not saved[~inside].any(), "what is cut away must not be brought back"


def test_keeping_an_object_asks_first_and_then_sends_the_photo(tab):
    tab.click(225, 150)
    tab.key("Enter")
    send = tab.page.get_by_role("button", name="Send photo")
    send.wait_for()
    assert uploads(tab) == []
    send.click()
    tab.wait_status("is on the server now")
    assert len(uploads(tab)) == 1
    assert tab.data("points") == "1"
    tab.keep()
    (item,) = tab.state()["objects"]
    assert item["area"] > 50


def test_what_the_page_cut_out_is_what_the_server_keeps_to_the_bit(tab):
    def save() -> np.ndarray:
        return tab.export()[..., 3]

    tab.click(225, 150)
    tab.key("2")
    tab.click(240, 180)
    by_the_page = save()
    tab.page.evaluate("document.activeElement.blur()")  # Enter on a button presses it
    tab.key("Enter")
    tab.page.get_by_role("button", name="Send photo").click()
    tab.wait_status("is on the server now")
    tab.keep()
    np.testing.assert_array_equal(save(), by_the_page)
    assert 0 < np.count_nonzero(by_the_page) < by_the_page.size
    assert [kind for kind, _ in tab.sent] == ["objects"]


def test_a_tab_says_that_the_photo_is_not_there(tab):
    tab.open_tab("Subject")
    button = tab.page.get_by_role("button", name="Find the subject")
    assert button.is_disabled()
    assert (button.get_attribute("title") or "").startswith("This photo is only in your browser.")
    tab.page.get_by_role("button", name="Only in this browser").click()
    tab.page.get_by_role("button", name="Send photo").click()
    tab.wait_status("is on the server now")
    tab.page.locator(".ss-here").wait_for(state="hidden")


def test_turning_private_off_says_what_would_leave_the_browser_and_sends_nothing_unasked(tab):
    tab.click(225, 150)
    tab.page.get_by_role("button", name="Private").click()
    dialog = tab.page.get_by_role("dialog", name="Send the photo to the server?")
    dialog.wait_for()
    said = dialog.inner_text()
    assert "chelsea.png (241 kB)" in said
    assert "the server on this computer" in said
    assert "place and time" in said
    tab.key("Escape")
    dialog.wait_for(state="hidden")
    tab.click(240, 180)
    assert uploads(tab) == []
    assert tab.page.locator(".ss-here").is_visible(), "it still says where the photo is"
    tab.page.get_by_role("button", name="Private").click()
    tab.page.get_by_role("button", name="Private").click()
    tab.page.get_by_role("button", name="Send photo").click()
    tab.wait_status("is on the server now")
    assert len(uploads(tab)) == 1
    assert tab.data("points") == "2"


def test_private_turned_off_while_a_photo_is_read_asks_when_it_is_there(tab, cat):
    before = tab.data("picture")
    tab.page.evaluate(
        """() => {
            const read = window.createImageBitmap;
            window.createImageBitmap = async (...given) => {
                await new Promise((go) => (window.goOn = go));
                window.createImageBitmap = read;
                return read(...given);
            };
        }"""
    )
    tab.drop(cat.read_bytes(), cat.name)
    tab.page.wait_for_function("Boolean(window.goOn)")
    tab.page.get_by_role("button", name="Private").click()
    tab.page.evaluate("window.goOn()")
    dialog = tab.page.get_by_role("dialog", name="Send the photo to the server?")
    dialog.wait_for()
    assert "turned off while" in dialog.inner_text()
    dialog.get_by_role("button", name="Keep it here").click()
    assert tab.data("picture") != before
    assert uploads(tab) == []


@pytest.mark.parametrize("off", [False, True])
def test_what_this_browser_cannot_read_is_said(tab, off):
    before = tab.data("picture")
    if off:
        tab.page.evaluate(
            """() => {
                const read = window.createImageBitmap;
                window.createImageBitmap = (...given) => {
                    window.createImageBitmap = read;
                    document.querySelector('.ss-private').click();
                    return read(...given);
                };
            }"""
        )
    tab.drop(b"II*\x00 no photo", "scan.tiff")
    tab.wait_status("This page cannot read scan.tiff")
    assert "Private" not in tab.status()
    assert tab.data("picture") == before
    assert uploads(tab) == []


@pytest.mark.slow
def test_a_slow_server_holds_nobody_up(visit, page_server, cat):
    tab = visit(page_server)
    arrived, go_on = threading.Event(), []

    def hold(route) -> None:
        go_on.append(route)
        arrived.set()

    tab.page.route("**/image?name=*", hold)
    tab.drop(cat.read_bytes(), cat.name)
    tab.page.wait_for_selector(HERE, state="attached")
    tab.wait_status("still reading")
    tab.click(225, 150)
    assert tab.sent == []
    (route,) = go_on
    route.continue_()
    tab.wait_status("is on the server now")
    assert tab.data("points") == "1"
    tab.keep()
    assert tab.state()["objects"][0]["area"] > 50
