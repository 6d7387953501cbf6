"""Whole ways through the page, as people go them."""

from __future__ import annotations

import json

import numpy as np
import pytest
from playwright.sync_api import expect

from .test_recovery import back, kept

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_click_keep_refine_cut_out_wipe_apply_undo(visit, cat):
    tab = visit()
    tab.drop_photo(cat)
    before = tab.data("picture")
    tab.click(150, 120)
    tab.page.locator(".ss-canvas").focus()
    tab.keep()
    # What was just kept is what keys act on.
    tab.key("r")
    tab.page.wait_for_selector('[data-picture]:not([data-refined=""])', state="attached")
    tab.click(330, 170)
    tab.key("Enter")
    tab.wait("refined", "")
    assert tab.data("objects") == "1"

    tab.open_tab("Cut out")
    tab.page.get_by_label("Background", exact=True).click()
    tab.page.get_by_role("option", name="Blurred photo", exact=True).click()
    tab.page.get_by_role("button", name="Cut out", exact=True).click()
    tab.wait("result", "pictures")
    tab.page.get_by_label("Compare").fill("50")
    tab.rest()
    tab.page.get_by_role("button", name="Apply").click()
    tab.wait("result", "")
    tab.page.wait_for_function(
        "(before) => document.querySelector('[data-picture]').dataset.picture !== before", arg=before
    )
    tab.page.locator(".ss-canvas").focus()
    tab.key("Control+z")
    tab.wait("picture", before)
    assert len(tab.state()["objects"]) == 1


def on_the_stage(tab, name: str, value) -> None:
    tab.wait(name, value)
    tab.settle()


def tab_to(tab, what: str | tuple[str, ...], most: int = 90) -> None:
    """Press Tab until what has the focus is called so."""
    for _ in range(most):
        tab.key("Tab")
        name = tab.page.evaluate(
            """() => {
                const node = document.activeElement;
                return node.getAttribute('aria-label') || node.labels?.[0]?.innerText || node.innerText || '';
            }"""
        )
        if name.strip().startswith(what):
            return
    pytest.fail(f"Tab does not reach {what}")


def by_palette(tab, words: str) -> None:
    tab.key("Control+k")
    tab.page.locator("dialog.ss-commands[open]").wait_for()
    tab.page.keyboard.type(words)
    tab.page.locator("dialog.ss-commands [role=option]").first.wait_for()
    tab.key("Enter")
    tab.page.locator("dialog.ss-commands[open]").wait_for(state="hidden")


def test_by_keyboard_alone(visit):
    """Open, point, keep, rename, undo, cut out, apply and export, without a pointer."""
    tab = visit()
    tab_to(tab, "Click it: open the example Cat")
    tab.key("Enter")
    tab.page.wait_for_selector('[data-picture]:not([data-picture=""])', state="attached")
    tab.page.wait_for_selector('.ss-frame[aria-busy="false"]')
    photo = tab.data("picture")
    tab_to(tab, "The photo.")
    tab.key("ArrowLeft")  # the cross appears in the middle
    for _ in range(3):
        tab.key("ArrowLeft")
    tab.key("a")
    on_the_stage(tab, "points", 1)
    on_the_stage(tab, "mask", 1)
    tab.keep()

    tab.key("F2")
    tab.page.locator(".ss-name-field").wait_for()
    tab.page.keyboard.type("Whiskers")
    tab.key("Enter")
    tab.wait_state(lambda state: state["objects"][0]["name"] == "Whiskers")
    tab.page.locator(".ss-object-main:focus").wait_for()
    tab.key("Control+z")
    tab.wait_state(lambda state: state["objects"][0]["name"] == "Object 1")
    tab.key("Control+y")
    tab.wait_state(lambda state: state["objects"][0]["name"] == "Whiskers")

    by_palette(tab, "go to cut out")
    tab.page.locator("[role=tab][aria-selected=true]", has_text="Cut out").wait_for()
    tab_to(tab, "Background")
    tab.page.keyboard.type("Blurred")
    expect(tab.page.locator("#ss-tabs [role=option]:visible")).to_have_count(1, timeout=20_000)  # all others filtered
    tab.key("Enter")
    expect(tab.page.get_by_label("Background", exact=True)).to_have_value("Blurred photo", timeout=20_000)
    tab_to(tab, "Cut out")
    tab.key("Enter")
    on_the_stage(tab, "result", "pictures")
    tab.key("Enter")
    on_the_stage(tab, "result", "")
    tab.page.wait_for_function("(old) => document.querySelector('[data-picture]').dataset.picture !== old", arg=photo)
    assert tab.wait_state(lambda state: state["picture"]["revised"])["objects"][0]["name"] == "Whiskers"

    tab.key("Control+Shift+e")
    tab.page.locator("dialog.ss-export[open] img").first.wait_for()
    tab_to(tab, ("Cut-out", "Photo"))
    for _ in range(5):
        if tab.page.evaluate("document.activeElement.innerText") != "Mask":
            tab.key("ArrowRight")
    tab_to(tab, "Export")
    mask = tab.download(lambda: tab.key("Enter"))
    assert mask.shape == (300, 451)
    assert 0 < (mask > 0).mean() < 1


def reached(proposals: list[dict], size: tuple[int, int]) -> list[tuple[int, int]]:
    """A place at which each of them is the smallest, deepest inside first."""
    from PIL import Image, ImageChops, ImageDraw
    from scipy.ndimage import distance_transform_edt

    top = np.full(size[::-1], -1)
    for place, one in sorted(enumerate(proposals), key=lambda item: -item[1]["area"]):
        inside = Image.new("1", size)
        for ring in one["rings"]:
            drawn = Image.new("1", size)
            ImageDraw.Draw(drawn).polygon(ring, fill=1)
            inside = ImageChops.logical_xor(inside, drawn)
        top[np.asarray(inside)] = place
    depths = [distance_transform_edt(np.pad(top == place, 1))[1:-1, 1:-1] for place in range(len(proposals))]
    depths.sort(key=lambda depth: -depth.max())
    return [tuple(np.unravel_index(depth.argmax(), depth.shape)[::-1]) for depth in depths if depth.max() > 3]


def test_everything_pick_five(visit, cat):
    """One after the other, faster than the server answers."""
    tab = visit()
    tab.drop_photo(cat)
    tab.open_tab("Everything")
    with tab.page.expect_response("**/outlines") as answer:
        tab.page.get_by_role("button", name="Find everything").click()
    on_the_stage(tab, "result", "proposals")
    proposals = answer.value.json()["proposals"]
    places = reached(proposals, (451, 300))[:5]
    assert len(places) == 5
    tab.rest()
    for place in places:
        tab.page.mouse.click(*tab.at(*(value + 0.5 for value in place)))
    tab.wait("objects", 5)
    tab.page.get_by_role("button", name=f"Add all {len(proposals) - 5}").wait_for()
    names = [one["name"] for one in tab.state()["objects"]]
    assert len(set(names)) == 5
    # Twice at one place is what lies there, and what lies below it: never the same one twice.
    more = reached(proposals, (451, 300))[5]
    for _ in range(2):
        tab.page.mouse.click(*tab.at(*(value + 0.5 for value in more)), delay=5)
    tab.page.wait_for_timeout(500)
    tab.settle()
    boxes = [tuple(one["box"]) for one in tab.state()["objects"]]
    assert len(boxes) in (6, 7)
    assert len(set(boxes)) == len(boxes)
    assert tab.data("result") == "proposals"
    tab.key("Escape")
    on_the_stage(tab, "result", "")
    before = tab.data("objects")
    tab.page.reload()
    back(tab)
    assert tab.data("objects") == before


def test_erase_one_of_four_with_a_reload_in_the_middle(visit, cat):
    tab = visit()
    tab.drop_photo(cat)
    tab.drag(250, 60, 290, 95)
    tab.keep()
    before = tab.data("picture")
    tab.open_tab("Erase")
    tab.page.get_by_role("button", name="Show 4 options").click()
    on_the_stage(tab, "result", "pictures")
    options = tab.page.get_by_role("group", name="Choose one").get_by_role("button")
    assert options.count() == 4
    tab.page.reload()
    back(tab)
    assert (tab.data("result"), tab.data("objects")) == ("pictures", "1")
    assert options.count() == 4, "nothing was chosen yet"
    tab.page.wait_for_function("[...document.querySelectorAll('.ss-option img')].every((one) => one.naturalWidth)")
    options.nth(1).click()
    tab.page.get_by_role("button", name="All options").click()
    tab.key("3")
    tab.page.get_by_role("button", name="All options").wait_for()
    kept(tab)
    tab.page.reload()
    back(tab)
    tab.page.get_by_role("button", name="All options").wait_for()
    asked: list = []
    tab.page.on("request", lambda request: asked.append((request.url.rpartition("/")[2], request.post_data)))
    tab.page.get_by_role("button", name="Apply").click()
    tab.page.wait_for_function("(old) => document.querySelector('[data-picture]').dataset.picture !== old", arg=before)
    assert [json.loads(body) for name, body in asked if name == "apply"] == [{"choice": 2}]
    state = tab.wait_state(lambda state: state["picture"]["revised"])
    assert [item["hidden"] for item in state["objects"]] == [True]


def test_a_cut_out_that_is_looked_at_comes_back_after_a_reload(visit, cat):
    tab = visit()
    tab.drop_photo(cat)
    tab.click(150, 120)
    tab.keep()
    tab.open_tab("Cut out")
    tab.page.get_by_role("button", name="Cut out", exact=True).click()
    on_the_stage(tab, "result", "pictures")
    tab.page.reload()
    back(tab)
    assert (tab.data("result"), tab.data("objects")) == ("pictures", "1")
    rgba = tab.download(
        lambda: tab.page.get_by_role("toolbar", name="Result").get_by_role("button", name="Save").click()
    )
    assert rgba.shape == (300, 451, 4)
