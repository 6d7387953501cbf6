"""Find similar: from an object's menu to proposals that the slider changes, taken as objects of the same class."""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.browser


def test_other_coins_are_proposed_counted_and_taken_in_the_same_class(visit):
    from .conftest import photo_path

    tab = visit()
    page = tab.page
    tab.drop_photo(photo_path("coins.png"))
    tab.drag(22, 28, 72, 78)
    tab.keep()
    page.get_by_role("button", name="Edit classes").click()
    page.get_by_placeholder("New class").fill("coin")
    page.get_by_placeholder("New class").press("Enter")
    page.get_by_label("Name of coin", exact=True).wait_for()
    page.locator("dialog.ss-classes").get_by_role("button", name="Close").click()
    tab.object_menu(0, "Set the class")
    page.get_by_role("menuitemradio", name="coin").click()
    coin = tab.wait_state(lambda state: state["objects"][0]["class"] != "")["objects"][0]["class"]

    tab.object_menu(0, "Find similar")
    tab.wait("result", "proposals")
    line = page.locator("#similar-count")
    line.get_by_text("similar object").wait_for()
    count = int(re.findall(r"\d+", line.inner_text())[0])
    assert count > 3
    slider = page.locator("#similar-least input[type=range]")
    slider.fill("1")
    line.get_by_text("0 similar objects.").wait_for()
    slider.fill("0.2")
    page.wait_for_function("document.querySelector('#similar-count').textContent.match(/[1-9]\\d* similar/)")
    more = int(re.findall(r"\d+", line.inner_text())[0])
    assert more >= count
    page.wait_for_selector(f".ss-result-bar >> text=/Add all {more}|Add it/")
    page.locator(".ss-result-bar").get_by_role("button", name=re.compile("^Add")).click()
    state = tab.wait_state(lambda found: len(found["objects"]) == more + 1)
    assert {one["class"] for one in state["objects"]} == {coin}
