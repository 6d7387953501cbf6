"""What a newcomer sees: hints on the photo, examples for each tool, the sheet of keys, and a better model."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

TINY = "sam2.1-tiny"


def hint(tab) -> str:
    return tab.page.evaluate(
        "(() => { const n = document.querySelector('.ss-hint'); return n.hidden ? '' : n.innerText })()"
    )


def test_hints_go_once_they_were_followed_and_do_not_come_again(visit, cat):
    tab = visit()
    assert hint(tab) == ""
    tab.drop_photo(cat)
    assert hint(tab) == "Click an object"
    tab.page.mouse.move(*tab.at(150, 120))
    tab.page.mouse.click(*tab.at(150, 120))  # a hint lies under no pointer
    tab.wait("points", 1)
    tab.settle()
    tab.page.wait_for_function("document.querySelector('.ss-hint').innerText.startsWith('Press Enter to keep it')")
    tab.keep()
    tab.page.wait_for_function("document.querySelector('.ss-hint').innerText.startsWith('Click the next one')")
    tab.click(300, 140)
    tab.page.wait_for_selector(".ss-hint", state="hidden")
    assert tab.page.evaluate("localStorage.getItem('sam-studio-hints')") == "3"
    tab.key("Escape")
    tab.drop_photo(cat)
    assert hint(tab) == ""


def test_an_example_opens_the_tab_that_it_shows(visit):
    tab = visit()
    example = tab.page.get_by_role("button", name="Open the example Coins")
    assert example.inner_text() == "Find all"
    example.click()
    tab.page.wait_for_selector('[data-picture]:not([data-picture=""])', state="attached")
    tab.page.get_by_role("button", name="Find everything").last.wait_for()
    assert tab.page.locator("#ss-tabs [role=tab][aria-selected=true]").inner_text() == "Everything"


def test_the_sheet_of_keys_is_searched(visit):
    tab = visit()
    tab.key("?")
    sheet = tab.page.get_by_role("dialog", name="Keyboard and mouse")
    groups = sheet.locator("section").count()
    assert groups > 3
    field = sheet.get_by_role("searchbox")
    field.fill("undo")
    assert sheet.locator("section").count() < groups
    assert "Ctrl+Z" in sheet.inner_text()
    field.fill("xylophone")
    assert "Nothing is called “xylophone”." in sheet.inner_text()
    field.fill("")
    assert sheet.locator("section").count() == groups


def test_a_better_model_is_one_press_away_and_objects_stay(visit, owners_server, hub, cat):
    tab = visit(owners_server)
    card = tab.page.get_by_role("region", name="Better outlines")
    assert not card.is_visible()
    tab.drop_photo(cat)
    card.wait_for()
    said = card.inner_text()
    assert "Nano is built in and quick" in said
    assert "MobileSAM: 41 MB" in said
    assert "SAM 2.1 Tiny: 156 MB" in said
    assert "a photo on this machine" in said
    tab.click(150, 120)
    tab.keep()
    tab.click(300, 140)
    card.get_by_role("button", name="Use SAM 2.1 Tiny").click()
    tab.page.wait_for_function(f"document.querySelector('#ss-model').value === '{TINY}'")
    tab.page.wait_for_selector('.ss-frame[aria-busy="false"]')
    assert not card.is_visible()
    assert (tab.data("objects"), tab.data("points")) == ("1", "1")
    assert tab.state()["picture"]["model"] == TINY
    # Said once: not to the same visitor again, nor where a better model is here.
    tab.page.select_option("#ss-model", "nano")
    tab.page.wait_for_selector('.ss-frame[aria-busy="false"]')
    tab.drop_photo(cat)
    assert not card.is_visible()


def test_where_downloads_are_off_nothing_is_offered(visit, cat):
    tab = visit()
    tab.page.route("**/models", lambda route: route.fulfill(json={**route.fetch().json(), "allowed": False}), times=9)
    tab.drop_photo(cat)
    with tab.page.expect_response("**/models"):
        tab.page.get_by_role("button", name="Manage models").click()
    assert not tab.page.get_by_role("region", name="Better outlines").is_visible()
