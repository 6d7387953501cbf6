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
    tab.page.get_by_test_id("thorough-radio-label").click()
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
