"""The list of objects: clicks, keys, names, menu and filter."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture
def tab(visit, cat):
    """The cat with three objects."""
    tab = visit()
    tab.drop_photo(cat)
    for x in (60, 180, 300):
        tab.drag(x, 60, x + 90, 200)
        tab.keep()
    return tab


def shown(tab, attribute: str) -> list[bool]:
    rows = "(name) => [...document.querySelectorAll('.ss-object')].map((row) => row.dataset[name] === 'true')"
    return tab.page.evaluate(rows, attribute)


def names(tab) -> list[str]:
    return tab.page.locator(".ss-object .ss-name").all_inner_texts()


def main(tab, place: int):
    return tab.page.locator(".ss-object-main").nth(place)


def test_keys_act_on_what_was_just_kept(tab):
    assert shown(tab, "current") == [False, False, True]
    assert shown(tab, "selected") == [False] * 3, "tools still take all of them"
    last = tab.state()["objects"][-1]["id"]
    tab.key("r")
    tab.wait("refined", last)
    tab.key("Escape")
    tab.key("m")
    tab.wait("editing", last)
    tab.key("Escape")
    tab.key("Delete")
    tab.wait("objects", 2)


def test_a_click_selects_and_letters_stay_keys(tab):
    first = tab.state()["objects"][0]
    main(tab, 0).click()
    assert shown(tab, "selected") == [True, False, False]
    tab.key("r")
    tab.wait("refined", first["id"])
    tab.key("Escape")
    main(tab, 1).click()
    assert shown(tab, "selected") == [False, True, False]
    main(tab, 1).click()
    assert shown(tab, "selected") == [False] * 3
    assert shown(tab, "current") == [False, True, False]
    assert names(tab) == [item["name"] for item in tab.state()["objects"]]
    assert (tab.data("points"), tab.data("objects")) == ("0", "3")


def test_several_are_selected_as_in_any_list(tab):
    main(tab, 0).click()
    main(tab, 2).click(modifiers=["Shift"])
    assert shown(tab, "selected") == [True] * 3
    main(tab, 1).click(modifiers=["ControlOrMeta"])
    assert shown(tab, "selected") == [True, False, True]
    assert tab.page.locator(".ss-selected-name").inner_text() == "2 selected"
    tab.key("Control+a")
    assert shown(tab, "selected") == [True] * 3


def test_names_are_changed_by_a_double_click_or_f2_only(tab):
    field = tab.page.get_by_label("Name of the object")
    main(tab, 0).dblclick()
    field.fill("ear")
    tab.key("Enter")
    tab.page.wait_for_function("document.querySelector('.ss-name').textContent === 'ear'")
    main(tab, 1).click()
    tab.key("F2")
    field.fill("never")
    tab.key("Escape")
    tab.key("F2")
    assert field.input_value() == names_now(tab)[1]
    tab.page.keyboard.type("DR")
    tab.page.mouse.click(*tab.at(20, 20))
    tab.wait_state(lambda state: [item["name"] for item in state["objects"]][:2] == ["ear", "DR"])
    assert tab.data("refined") == ""


def names_now(tab) -> list[str]:
    return [item["name"] for item in tab.state()["objects"]]


def test_the_menu_is_walked_by_keys_and_says_why_not(tab):
    more = tab.page.locator(".ss-object-more").first
    more.focus()
    tab.key("Enter")
    item = "document.activeElement.textContent"
    assert tab.page.evaluate(item).startswith("Rename")
    tab.key("End")
    assert tab.page.evaluate(item).startswith("Delete")
    tab.key("Escape")
    assert tab.page.evaluate("document.activeElement.className").endswith("ss-object-more")
    tab.object_menu(0, "Lock")
    tab.page.wait_for_selector('.ss-object[data-locked="true"]')
    main(tab, 0).click(button="right")
    delete = tab.page.get_by_role("menuitem", name="Delete")
    assert delete.get_attribute("title").endswith("is locked.")
    delete.click(force=True)
    assert tab.data("objects") == "3"
    tab.key("Escape")
    tab.object_menu(0, "Move down")
    tab.page.wait_for_selector('.ss-object:nth-child(2)[data-locked="true"]')


def test_a_long_list_is_filtered(tab):
    assert not tab.page.locator(".ss-object-filter").is_visible()
    for number in range(6):
        tab.drag(20 + 30 * number, 220, 45 + 30 * number, 280)
        tab.keep()
    main(tab, 4).dblclick()
    tab.page.get_by_label("Name of the object").fill("whisker")
    tab.key("Enter")
    tab.page.wait_for_function("document.querySelectorAll('.ss-name')[4].textContent === 'whisker'")
    tab.page.get_by_label("Filter by name").fill("WHI")
    assert tab.page.locator(".ss-object:visible").count() == 1
    assert tab.page.locator(".ss-count").inner_text() == "1 of 9"
    tab.page.get_by_label("Filter by name").fill("")
    assert tab.page.locator(".ss-object:visible").count() == 9
