"""Editing an outline: a vertex dragged changes the mask there and nowhere else, and undo gives the old one."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from tests.browser.test_touch import PHONE

pytestmark = pytest.mark.browser


def mask_of(tab) -> np.ndarray:
    """The first object's mask on the server, at the photo's size."""
    path = f"{tab.workspace}/objects/{tab.state()['objects'][0]['id']}/mask.png"
    return np.asarray(Image.open(io.BytesIO(tab.page.request.get(path).body()))) > 0


def rings_of(tab) -> list[list[list[float]]]:
    return tab.page.request.get(f"{tab.workspace}/objects/{tab.state()['objects'][0]['id']}/outline").json()["rings"]


def begin(tab) -> np.ndarray:
    """An outline on the stage, without the magnet; its vertices."""
    tab.drag(100, 60, 330, 240)
    tab.keep()
    tab.key("n")
    tab.page.wait_for_selector('[data-outline]:not([data-outline=""])', state="attached")
    tab.page.get_by_role("button", name="Magnetic").click()
    return np.array(rings_of(tab)[0])


def drag(tab, start, end) -> None:
    tab.page.mouse.move(*tab.at(*start))
    tab.page.mouse.down()
    tab.page.mouse.move(*tab.at(*end), steps=4)
    tab.page.mouse.up()


def test_a_dragged_vertex_changes_the_mask_there_and_nowhere_else(visit, cat):
    tab = visit()
    tab.drop_photo(cat)
    ring = begin(tab)
    before = mask_of(tab)
    place = int(ring[:, 0].argmax())
    to = ring[place] + (30, 0)
    drag(tab, ring[place], to)
    assert (mask_of(tab) == before).all()  # not before it is applied
    tab.page.locator(".ss-canvas").press("Enter")
    tab.page.wait_for_selector('[data-outline=""]', state="attached")
    after = mask_of(tab)
    changed = np.argwhere(after != before)[:, ::-1] + 0.5
    near = np.array([ring[place - 1], ring[place], ring[(place + 1) % len(ring)], to])
    assert len(changed) > 20
    assert (changed >= near.min(0) - 1).all()
    assert (changed <= near.max(0) + 1).all()
    tab.key("Control+z")
    tab.wait_state(lambda state: state["objects"][0]["area"] == before.sum())
    assert (mask_of(tab) == before).all()
    assert len(tab.state()["objects"]) == 1


def test_esc_discards_and_undo_within_takes_one_step_back(visit, cat):
    tab = visit()
    tab.drop_photo(cat)
    ring = begin(tab)
    before = mask_of(tab)
    said = tab.page.locator(".ss-outline-said")
    points = len(ring)
    ends = np.roll(ring, -1, 0)
    longest = int(np.linalg.norm(ends - ring, axis=1).argmax())
    middle = (ring[longest] + ends[longest]) / 2
    tab.page.mouse.click(*tab.at(*middle))
    tab.page.wait_for_function(
        "n => document.querySelector('.ss-outline-said').textContent.startsWith(n)", arg=f"{points + 1} "
    )
    tab.key("Delete")
    assert said.text_content().startswith(f"{points} ")
    tab.key("Control+z")
    assert said.text_content().startswith(f"{points + 1} ")
    tab.key("Escape")
    tab.page.wait_for_selector('[data-outline=""]', state="attached")
    assert (mask_of(tab) == before).all()


def test_by_touch(visit, cat):
    tab = visit(**PHONE)
    tab.drop_photo(cat)
    tab.page.touchscreen.tap(*tab.at(200, 150))
    tab.wait("points", 1)
    tab.settle()
    tab.page.get_by_role("button", name="Keep").tap()
    tab.wait_state(lambda state: len(state["objects"]) == 1)
    tab.page.locator(".ss-object-more").first.tap()
    tab.page.get_by_role("menuitem", name="Edit outline").tap()
    tab.page.wait_for_selector('[data-outline]:not([data-outline=""])', state="attached")
    ring = np.array(rings_of(tab)[0])
    before = mask_of(tab)
    x, y = tab.at(*ring[0])
    tab.page.touchscreen.tap(x + 6, y)  # near it is enough
    tab.page.locator(".ss-outline-bar").get_by_role("button", name="Delete").tap()
    tab.page.get_by_role("button", name="Apply").tap()
    tab.page.wait_for_selector('[data-outline=""]', state="attached")
    assert (mask_of(tab) != before).any()
