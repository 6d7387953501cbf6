"""What tools make is looked at on the stage: wipe, options, proposals; taken or discarded there."""

from __future__ import annotations

import numpy as np
import pytest

pytestmark = pytest.mark.browser

PIXEL = "([x, y]) => [...document.querySelector('.ss-canvas').getContext('2d').getImageData(x, y, 1, 1).data]"


@pytest.fixture
def tab(visit, cat):
    """The cat with one object."""
    tab = visit()
    tab.drop_photo(cat)
    tab.drag(100, 60, 220, 200)
    tab.keep()
    yield tab
    tab.problems[:] = [problem for problem in tab.problems if "readback" not in problem]  # this test's own


def wait_result(tab, kind: str) -> None:
    tab.wait("result", kind)
    tab.rest()


def press(tab, title: str, button: str, kind: str) -> None:
    tab.open_tab(title)
    tab.page.get_by_role("button", name=button, exact=True).click()
    wait_result(tab, kind)


def wait_for_another_photo(tab, before: str) -> None:
    changed = "(before) => document.querySelector('[data-picture]').dataset.picture !== before"
    tab.page.wait_for_function(changed, arg=before)


def seen(tab, x: float, y: float) -> list[int]:
    """The colour of the stage at an image pixel."""
    box = tab.page.locator(".ss-canvas").bounding_box()
    left, top = tab.at(x, y)
    return tab.page.evaluate(PIXEL, [left - box["x"], top - box["y"]])[:3]


def wipe(tab, share: float) -> None:
    tab.page.get_by_label("Compare").fill(str(round(100 * share)))
    tab.rest()


def test_a_result_is_compared_applied_and_taken_back(tab):
    before = tab.data("picture")
    wiped = seen(tab, 160, 130)
    press(tab, "Recolour", "Recolour", "pictures")
    assert tab.data("picture") == before, "nothing is changed yet"
    wipe(tab, 0)
    after = seen(tab, 160, 130)
    wipe(tab, 1)
    photo = seen(tab, 160, 130)
    assert photo != after, "the line has gone over it"
    assert wiped != photo, "no tint lies over what is looked at"
    tab.page.mouse.move(*tab.at(225, 150))
    tab.page.mouse.down()
    tab.page.mouse.move(*tab.at(50, 150), steps=3)
    tab.page.mouse.up()
    tab.page.wait_for_function("Number(document.querySelector('.ss-compare input').value) < 15")
    assert seen(tab, 160, 130) == after
    assert (tab.data("points"), tab.data("box")) == ("0", "0"), "a drag moves the line, and is no prompt"
    tab.key("Enter")
    tab.wait("result", "")
    tab.page.wait_for_function(
        "(before) => document.querySelector('[data-picture]').dataset.picture !== before", arg=before
    )
    tab.page.locator(".ss-canvas").focus()
    tab.key("Control+z")
    tab.wait("picture", before)


def test_a_discarded_result_leaves_the_photo(tab):
    before = tab.state()["picture"]
    press(tab, "Pixelate", "Pixelate", "pictures")
    tab.key("Escape")
    tab.wait("result", "")
    assert tab.page.locator(".ss-result-bar").is_visible() is False
    assert tab.state()["picture"] == before
    press(tab, "Pixelate", "Pixelate", "pictures")
    tab.page.get_by_role("button", name="Discard").click()
    tab.wait("result", "")


def test_a_cut_out_is_saved_with_its_transparency(tab):
    press(tab, "Cut out", "Cut out", "pictures")
    bar = tab.page.get_by_role("toolbar", name="Result")
    assert not bar.get_by_role("button", name="Apply").is_visible(), "a photo has no transparency"
    rgba = tab.download(lambda: bar.get_by_role("button", name="Save").click())
    assert rgba.shape == (300, 451, 4)
    assert 0 < (rgba[..., 3] > 0).mean() < 1


def test_proposals_are_picked_on_the_photo(tab):
    press(tab, "Everything", "Find everything", "proposals")
    place = np.array(tab.state()["objects"][0]["box"]).reshape(2, 2).mean(0)
    many = int(tab.page.get_by_role("button", name="Add all").inner_text().split()[-1])
    assert many > 1
    tab.page.mouse.move(*tab.at(*place))
    tab.page.wait_for_function("document.querySelector('.ss-canvas').style.cursor === 'pointer'")
    tab.page.mouse.click(*tab.at(*place))
    tab.wait("objects", 2)
    tab.page.get_by_role("button", name=f"Add all {many - 1}").wait_for()
    tab.page.get_by_role("button", name="Add all").click()
    tab.wait("objects", many + 1)
    tab.wait("result", "")
    tab.page.locator(".ss-canvas").focus()
    tab.key("Control+z")
    tab.wait("objects", 2)


def test_several_proposals_are_marked_and_added_together(tab):
    press(tab, "Everything", "Find everything", "proposals")
    spots = tab.page.evaluate("""() => [[0.2, 0.3], [0.5, 0.5], [0.8, 0.3], [0.5, 0.9], [0.1, 0.9]]""")
    tab.page.keyboard.down("Shift")
    for across, down in spots:
        tab.page.mouse.click(*tab.at(451 * across, 300 * down))
    tab.page.keyboard.up("Shift")
    add = tab.page.locator(".ss-result-bar .ss-primary:visible")
    count = int(add.inner_text().split()[-1])
    assert add.inner_text() == f"Add {count}"
    assert tab.data("objects") == "1"
    tab.key("Enter")
    tab.wait("objects", 1 + count)
    assert tab.data("result") == "proposals", "the others are still there"
    tab.key("Escape")
    tab.wait("result", "")
