"""The photo is the biggest thing on the page, and nothing lies over it, whatever the window's size."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

PARTS = """() => Object.fromEntries(
    ['.ss-frame', '.ss-rail', '.ss-strip', '#ss-right', '.ss-header', '.ss-objects'].map((name) => {
        const r = document.querySelector(name).getBoundingClientRect();
        return [name, [r.left, r.top, r.right, r.bottom]];
    }))"""


BUTTONS = """() => [...document.querySelectorAll('.ss-header :is(button, select, h1)')]
    .map((one) => [one, one.getBoundingClientRect()]).filter(([, r]) => r.width)
    .map(([one, r]) => [one.ariaLabel || one.innerText, r.left, r.right])"""


def share_of_photo(tab, width: int, height: int) -> float:
    """How much of the window the photo covers; the cat is 451 x 300."""
    scale, *_ = tab.view()
    return 451 * scale * 300 * scale / (width * height)


@pytest.mark.parametrize(
    ("width", "height", "least"), [(1440, 900, 0.55), (1024, 640, 0.4), (2560, 1440, 0.55), (390, 844, 0.2)]
)
def test_the_photo_is_the_page(visit, cat, width, height, least):
    tab = visit(viewport={"width": width, "height": height})
    tab.drop_photo(cat)
    tab.click(150, 120)
    tab.keep()
    tab.rest()
    assert share_of_photo(tab, width, height) >= least
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= width
    outside = [name for name, x0, x1 in tab.page.evaluate(BUTTONS) if x0 < 0 or x1 > width]
    assert outside == [], "clipped in the bar at the top"
    parts = tab.page.evaluate(PARTS)
    left, top, right, bottom = parts.pop(".ss-frame")
    for name, (x0, y0, x1, y1) in parts.items():
        assert x0 >= -1, f"{name} is clipped"
        assert x1 <= width + 1, f"{name} is clipped"
        apart = x1 <= left + 1 or x0 >= right - 1 or y1 <= top + 1 or y0 >= bottom - 1
        assert apart, f"{name} lies over the photo"


def test_a_group_shows_its_own_tabs_and_opens_the_one_used_last(visit):
    tab = visit()

    def shown() -> set[str]:
        return {node.inner_text() for node in tab.page.get_by_role("tab").all()}

    def group(name: str) -> None:
        tab.page.get_by_role("button", name=name, exact=True).click()
        tab.page.locator(f".ss-tab-group[aria-pressed=true]:text-is('{name}')").wait_for()

    assert shown() == {"Click", "Text", "Everything", "Subject", "Similar"}
    group("Edit")
    assert {"Cut out", "Erase"} < shown()
    assert "Text" not in shown()
    tab.open_tab("Erase")
    group("Automate")
    assert shown() == {"Recipes"}
    group("Edit")
    assert tab.page.get_by_role("tab", selected=True).inner_text() == "Erase"


def test_the_column_is_as_wide_as_it_was_left(visit):
    tab = visit(viewport={"width": 1440, "height": 900})

    def width() -> float:
        return round(tab.page.locator("#ss-right").bounding_box()["width"])

    before = width()
    tab.page.get_by_role("separator", name="Width of the column").focus()
    tab.key("ArrowLeft")
    assert width() == before + 20
    box = tab.page.locator(".ss-edge").bounding_box()
    tab.page.mouse.move(box["x"] + 4, 500)
    tab.page.mouse.down()
    tab.page.mouse.move(1000, 500, steps=4)
    tab.page.mouse.up()
    assert width() == 440
    tab.page.reload()
    tab.page.wait_for_selector(".ss-edge")
    assert width() == 440
    tab.page.get_by_role("button", name="Hide or show the column").click()
    assert not tab.page.locator("#ss-right").is_visible()
    assert tab.page.locator(".ss-card").bounding_box()["width"] == 1440
