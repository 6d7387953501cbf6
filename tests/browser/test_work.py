"""What tabs do is shown at the stage, with Stop; what they say is said there; what cannot work says why."""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.browser


def test_buttons_say_why_they_cannot_work(visit, cat):
    tab = visit()
    tab.open_tab("Cut out")
    button = tab.page.get_by_role("button", name="Cut out", exact=True)
    assert button.get_attribute("title") == "Open a photo first."
    assert button.get_attribute("aria-disabled") == "true"
    button.click(force=True)
    tab.page.get_by_text("Open a photo first.").wait_for()
    tab.drop_photo(cat)
    assert button.get_attribute("title").startswith("Keep an object first")
    tab.click(150, 120)
    tab.page.locator(".ss-canvas").focus()
    tab.keep()
    assert button.get_attribute("aria-disabled") is None
    assert button.get_attribute("title") is None


@pytest.mark.slow
def test_a_tabs_work_is_shown_at_the_stage_and_stopped_there(visit, cat):
    tab = visit()
    tab.drop_photo(cat)
    tab.open_tab("Everything")
    tab.page.get_by_role("radio", name="Thorough").check()
    tab.page.get_by_role("button", name="Find everything").click()
    tab.page.wait_for_selector(".ss-at-work")
    stop = tab.page.get_by_role("button", name="Stop")
    assert stop.is_visible()
    bar = tab.page.get_by_role("progressbar", name="Progress")
    assert bar.is_visible()
    assert re.search(r"\d+ %$", tab.page.inner_text(".ss-doing"))
    assert not tab.page.locator("#ss-right [data-testid=status-tracker]:visible").count(), "one bar is enough"
    stop.click()
    toast = tab.page.locator(".ss-toast")
    toast.wait_for()
    assert toast.locator("span").inner_text() == "Stopped. Nothing was changed."
    assert not tab.page.locator(".toast-body:visible").count()
    # Over the photo, never over what can be pressed.
    box, frame = toast.bounding_box(), tab.page.locator(".ss-frame").bounding_box()
    assert frame["y"] < box["y"] < box["y"] + box["height"] <= frame["y"] + frame["height"]
    tab.page.wait_for_selector(".ss-at-work", state="detached")
    assert not stop.is_visible()
    assert not bar.is_visible()
    assert tab.data("result") == ""


def test_opening_is_stopped_and_the_photo_before_stays(visit, cat, astronaut):
    tab = visit()
    tab.drop_photo(cat)
    tab.click(150, 120)
    before = tab.data("picture")
    held: list = []
    tab.page.route("**/image?*", lambda route: held.append(route))
    tab.drop(astronaut.read_bytes(), astronaut.name)
    stop = tab.page.get_by_role("button", name="Stop")
    stop.wait_for()
    stop.click()
    tab.wait_status("Stopped. Nothing was changed.")
    tab.page.wait_for_selector('.ss-frame[aria-busy="false"]')
    assert not stop.is_visible()
    assert (tab.data("picture"), tab.data("points")) == (before, "1")
    assert tab.state()["picture"]["id"] == before
    # The next one is opened as ever, also one that the server has just got.
    tab.page.unroute_all(behavior="ignoreErrors")
    tab.page.route("**/image?*", lambda route: route.fulfill(response=route.fetch()))
    tab.drop_photo(astronaut)
    assert tab.state()["picture"]["name"] == "astronaut.png"
    tab.problems[:] = [one for one in tab.problems if "ERR_FAILED" not in one and "ERR_ABORTED" not in one]


def test_what_is_said_while_a_dialog_is_open_is_said_in_it(visit, cat):
    tab = visit()
    tab.drop_photo(cat)
    tab.page.get_by_role("button", name="More ways to open a photo").click()
    tab.drop(cat.read_bytes(), "one.png")
    tab.wait_status("one.png, 451 × 300")
    undo = tab.page.locator("dialog[open] .ss-toast-action")
    undo.wait_for()
    box = undo.bounding_box()
    top = "([x, y]) => document.elementFromPoint(x, y).className"
    assert tab.page.evaluate(top, [box["x"] + 3, box["y"] + 3]) == "ss-toast-action"
    undo.click()
    tab.wait_status("chelsea.png is back")
    tab.key("Escape")
    tab.page.locator(".ss-frame > .ss-toasts").wait_for(state="attached")
