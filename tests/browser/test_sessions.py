"""Several visitors, and several photos of one visitor: nothing of one reaches the other."""

from __future__ import annotations

import contextlib
import re
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Error

pytestmark = pytest.mark.browser


def test_two_sessions_at_the_same_time_do_not_mix(visit, astronaut, cat):
    one, two = visit(), visit()
    one.drop_photo(astronaut)
    two.drop_photo(cat)
    one.click(220, 120)
    two.click(150, 120)
    one.click(260, 160)
    one.keep()
    assert two.data("objects") == "0"
    assert two.data("points") == "1"
    two.keep()
    two.click(300, 140)
    two.keep()
    first, second = one.state(), two.state()
    assert (first["picture"]["name"], len(first["objects"])) == ("astronaut.png", 1)
    assert (second["picture"]["name"], len(second["objects"])) == ("chelsea.png", 2)
    for tab, photo in ((one, astronaut), (two, cat)):
        rgba = tab.export()
        inside = rgba[..., 3] > 0
        image = np.array(Image.open(photo))
        assert rgba.shape[:2] == image.shape[:2]
        np.testing.assert_array_equal(rgba[inside][:, :3], image[inside])


def test_an_object_of_another_session_is_not_to_be_had(visit, cat):
    one, two = visit(), visit()
    for tab in (one, two):
        tab.drop_photo(cat)
        tab.click(150, 120)
        tab.keep()
    stranger = one.state()["objects"][0]["id"]
    status = two.page.evaluate(
        "async (address) => (await fetch(address)).status", f"{two.workspace}/objects/{stranger}/mask.png"
    )
    assert status == 400
    two.problems.clear()  # the browser notes the refusal


@pytest.mark.slow
def test_another_photo_drops_prompts_objects_and_late_answers(visit, astronaut, cat):
    tab = visit()
    tab.drop_photo(astronaut)
    tab.click(220, 120)
    tab.keep()
    tab.click(300, 200)

    held: list[Any] = []

    def hold_the_first(route):
        if held:
            route.continue_()
        else:
            held.append((route, route.fetch()))

    tab.page.route("**/decode", hold_the_first)
    tab.page.mouse.click(*tab.at(320, 220))
    tab.wait("points", 2)
    while not held:
        tab.page.wait_for_timeout(50)
    tab.drop_photo(cat)
    with contextlib.suppress(Error):  # the page may have hung up on it
        held[0][0].fulfill(response=held[0][1])
    tab.rest()
    assert [tab.data(name) for name in ("points", "box", "mask", "objects")] == ["0", "0", "0", "0"]
    assert tab.status().startswith("chelsea.png, 451 × 300")
    tab.click(150, 120)
    tab.keep()

    # What was put away comes back with its photo.
    tab.drop_photo(astronaut)
    tab.page.locator(".ss-toast-action").last.click()
    tab.wait("objects", 1)
    assert tab.state()["picture"]["name"] == "chelsea.png"
    tab.click(220, 120)
    assert tab.state()["objects"][0]["name"] == "Object 1"


def test_clicks_faster_than_answers_never_queue_up(visit, cat):
    tab = visit()
    tab.drop_photo(cat)
    held: list[Any] = []
    tab.page.route("**/decode", lambda route: held.append(route))
    tab.page.mouse.click(*tab.at(150, 120))
    while not held:
        tab.page.wait_for_timeout(50)
    tab.key("Enter")
    assert tab.data("objects") == "0", "there is no mask yet"
    held[0].continue_()
    tab.wait("objects", 1)
    tab.page.unroute("**/decode")
    tab.wait("points", 0)
    tab.page.evaluate(
        """() => {
            const real = window.fetch;
            window.running = window.most = 0;
            window.fetch = async (...asked) => {
                const decodes = String(asked[0].url ?? asked[0]).endsWith('/decode');
                if (decodes) window.most = Math.max(window.most, ++window.running);
                try {
                    return await real(...asked);
                } finally {
                    if (decodes) window.running--;
                }
            };
        }"""
    )
    for step in range(8):
        tab.page.mouse.click(*tab.at(100 + 20 * step, 120))
    tab.wait("points", 8)
    tab.settle()
    assert tab.page.evaluate("window.most") == 1
    assert len(tab.sent[-1][1]["prompts"]["points"]) == 8
    assert re.match(r"Mask from 8 points", tab.status())


def test_a_workspace_that_the_server_has_closed_is_replaced_where_the_browser_has_no_copy(visit, cat):
    tab = visit()
    # Its store may be open by now.
    tab.page.evaluate("void (IDBDatabase.prototype.transaction = () => { throw new Error('none'); })")
    tab.drop_photo(cat)
    tab.page.evaluate("async (address) => { await fetch(address, { method: 'POST' }); }", f"{tab.workspace}/close")
    tab.page.mouse.click(*tab.at(100, 100))
    tab.wait_status("Open the photo again")
    tab.problems.clear()  # the browser notes the refusal
    tab.drop_photo(cat)
    tab.click(150, 120)
