"""Objects that are kept already: refined by clicks, locked, picked on the photo; and how masks are drawn."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture
def tab(visit, cat):
    """The cat on the stage, with one object from a box on its face."""
    tab = visit()
    tab.drop_photo(cat)
    tab.drag(120, 60, 240, 200)
    tab.keep()
    return tab


def test_a_double_click_refines_an_object(tab):
    (before,) = tab.state()["objects"]
    tab.page.mouse.dblclick(*tab.at(180, 130))
    tab.wait("refined", before["id"])
    tab.click(300, 150)
    tab.key("Enter")
    tab.wait("refined", "")
    (after,) = tab.state()["objects"]
    assert (after["id"], after["name"]) == (before["id"], before["name"])
    assert after["mask"] != before["mask"]
    tab.key("Control+z")
    tab.wait_state(lambda state: [item["mask"] for item in state["objects"]] == [before["mask"]])


def test_a_locked_object_is_not_deleted(tab):
    tab.object_menu(0, "Lock")
    tab.page.wait_for_selector('.ss-object[data-locked="true"]')
    tab.page.keyboard.down("Shift")
    tab.page.mouse.click(*tab.at(180, 130))
    tab.page.keyboard.up("Shift")
    tab.page.wait_for_selector('.ss-object[data-selected="true"]')
    tab.key("Delete")
    tab.wait_status("is locked")
    assert tab.data("objects") == "1"
    assert tab.data("points") == "0", "a click with Shift picks, and is no prompt"
    tab.problems[:] = [problem for problem in tab.problems if "400" not in problem]  # the browser notes the refusal


def test_tab_walks_through_the_objects_and_on(tab):
    tab.drag(20, 20, 100, 100)
    tab.keep()
    tab.page.locator(".ss-canvas").focus()
    picked = "[...document.querySelectorAll('.ss-object')].map((row) => row.dataset.selected)"
    for expected in ("true,false", "false,true"):
        tab.key("Tab")
        tab.page.wait_for_function(f"(expected) => String({picked}) === expected", arg=expected)
    tab.key("Tab")
    assert tab.page.evaluate("document.activeElement.className") != "ss-canvas"


def test_masks_are_drawn_as_strongly_as_asked_also_next_time(tab):
    pixel = "() => [...document.querySelector('.ss-canvas').getContext('2d').getImageData(%d, %d, 1, 1).data]"
    canvas = tab.page.locator(".ss-canvas").bounding_box()
    x, y = tab.at(180, 130)
    pixel = pixel % (x - canvas["x"], y - canvas["y"])
    tab.page.mouse.move(5, 5)
    tab.rest()
    before = tab.page.evaluate(pixel)
    tab.page.get_by_role("button", name="How masks are drawn").click()
    tab.page.get_by_label("Fill").fill("0")
    tab.page.wait_for_function(f"(before) => String(({pixel})()) !== String(before)", arg=before)
    stored = tab.page.evaluate("localStorage.getItem('sam-studio-looks')")
    assert stored == '{"fill":0,"line":1}'
    tab.page.reload()
    tab.page.wait_for_selector(".ss-looks input", state="attached")
    assert tab.page.get_by_label("Fill").input_value() == "0"
    tab.problems[:] = [problem for problem in tab.problems if "readback" not in problem]  # this test's own
