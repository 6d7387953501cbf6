"""Classes of objects: given by key and menu, kept for the next one, counted, edited, undone, back after a reload."""

from __future__ import annotations

import json
from typing import Any

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture
def tab(visit, cat):
    tab = visit()
    tab.drop_photo(cat)
    return tab


def kinds(state: dict[str, Any]) -> list[str]:
    names = {one["id"]: one["name"] for one in state["classes"]}
    return [names.get(item["class"], "") for item in state["objects"]]


def wait_kinds(tab: Any, expected: list[str]) -> dict[str, Any]:
    return tab.wait_state(lambda state: kinds(state) == expected)


def add_classes(tab: Any, *names: str) -> Any:
    dialog = tab.page.locator("dialog.ss-classes")
    if not dialog.is_visible():
        tab.page.get_by_role("button", name="Edit classes").click()
    for name in names:
        dialog.get_by_placeholder("New class").fill(name)
        dialog.get_by_placeholder("New class").press("Enter")
        dialog.get_by_label(f"Name of {name}", exact=True).wait_for()
    return dialog


def chips(tab: Any) -> list[str]:
    return tab.page.locator(".ss-class-chip").all_inner_texts()


def test_keys_give_classes_and_the_next_object_keeps_them(tab):
    tab.click(225, 150)
    tab.keep()
    dialog = add_classes(tab, "cat", "wall")
    tab.key("Escape")
    dialog.wait_for(state="hidden")
    tab.page.locator(".ss-canvas").focus()
    tab.key("1")
    state = wait_kinds(tab, ["cat"])
    assert state["objects"][0]["color"] == state["classes"][0]["color"]
    tab.click(60, 60)
    tab.keep()  # it is a cat, too
    wait_kinds(tab, ["cat", "cat"])
    tab.key("2")
    wait_kinds(tab, ["cat", "wall"])
    # With a mask in hand 1 to 3 choose among its sizes, and Shift with a digit is its class.
    tab.click(400, 250)
    tab.key("Shift+1")
    tab.wait_status("next object is of class cat")
    tab.keep()
    wait_kinds(tab, ["cat", "wall", "cat"])
    tab.page.wait_for_function("document.querySelectorAll('.ss-class-chip').length === 2")
    assert [text.split() for text in chips(tab)] == [["cat", "2"], ["wall", "1"]]

    tab.key("Control+z")
    wait_kinds(tab, ["cat", "wall"])
    tab.key("Control+z")  # the click
    tab.key("Control+z")
    wait_kinds(tab, ["cat", "cat"])
    tab.key("Control+Shift+z")
    wait_kinds(tab, ["cat", "wall"])


def test_menus_filter_and_the_list_of_classes(tab, tmp_path):
    page = tab.page
    for x, y in ((225, 150), (60, 60)):
        tab.click(x, y)
        tab.keep()
    dialog = page.locator("dialog.ss-classes")
    page.get_by_role("button", name="Edit classes").click()
    listed = tmp_path / "classes.txt"
    listed.write_text("cat\nwall\nfloor\n")
    with page.expect_file_chooser() as chooser:
        dialog.get_by_role("button", name="Import").click()
    chooser.value.set_files(listed)
    dialog.get_by_text("3 classes added.").wait_for()
    # A key that the page needs is refused, a free one is taken.
    dialog.get_by_label("Key of wall").fill("m")
    dialog.get_by_text("M is for").wait_for()
    dialog.get_by_label("Key of wall").fill("w")
    tab.wait_state(lambda state: state["classes"][1]["key"] == "w")
    dialog.get_by_label("Move floor up").click()
    tab.wait_state(lambda state: [one["name"] for one in state["classes"]] == ["cat", "floor", "wall"])
    dialog.get_by_label("Name of cat").fill("tabby")
    dialog.get_by_label("Name of cat").press("Enter")
    tab.wait_state(lambda state: state["classes"][0]["name"] == "tabby")
    dialog.get_by_role("button", name="Close").click()

    page.locator(".ss-object-more").nth(0).click()
    page.get_by_role("menuitem", name="Set the class").click()
    page.get_by_role("menuitemradio", name="tabby").click()
    wait_kinds(tab, ["tabby", ""])
    assert page.locator(".ss-object-class").first.inner_text() == "tabby"
    page.locator(".ss-object-main").nth(1).click()
    tab.key("w")
    wait_kinds(tab, ["tabby", "wall"])

    page.locator(".ss-class-chip", has_text="wall").click()
    page.wait_for_function("document.querySelectorAll('.ss-object:not([hidden])').length === 1")
    assert page.locator(".ss-count").inner_text() == "1 of 2"
    page.locator(".ss-canvas").focus()
    tab.key("Control+a")
    page.wait_for_function("document.querySelectorAll('.ss-object[data-selected=true]').length === 1")
    page.locator(".ss-class-chip", has_text="wall").click()

    page.get_by_role("button", name="Edit classes").click()
    dialog.get_by_label("Delete tabby").click()
    wait_kinds(tab, ["", "wall"])
    dialog.get_by_role("button", name="Close").click()
    page.locator(".ss-canvas").focus()
    tab.key("Control+z")
    state = wait_kinds(tab, ["tabby", "wall"])

    # Export writes them in the list's order; the workspace is gone, and the browser's copy brings all back.
    coco = json.loads(page.request.get(f"{tab.workspace}/export/objects?format=coco").text())
    assert [one["name"] for one in coco["categories"]] == ["tabby", "floor", "wall"]
    page.wait_for_timeout(1500)
    page.evaluate("(address) => fetch(address + '/close', { method: 'POST' })", tab.workspace)
    page.reload()
    page.wait_for_selector('[data-picture][data-objects="2"]', state="attached")
    back = tab.wait_state(lambda found: kinds(found) == ["tabby", "wall"])
    assert back["classes"] == state["classes"]
    tab.problems = [line for line in tab.problems if "410 (Gone)" not in line]  # the workspace that was closed


def test_a_dropped_file_brings_its_classes(tab):
    tab.drop(b"names: [cat, wall]", "data.yaml")
    tab.wait_state(lambda state: [one["name"] for one in state["classes"]] == ["cat", "wall"])
