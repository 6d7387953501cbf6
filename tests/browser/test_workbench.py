"""The photo is the biggest thing on the page, and nothing lies over it, whatever the window's size."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

PARTS = """() => Object.fromEntries(
    ['.ss-frame', '.ss-rail', '.ss-strip', '#ss-right', '.ss-header', '.ss-objects'].map((name) => { const r = document.querySelector(name).getBoundingClientRect();
        return [name, [r.left, r.top, r.right, r.bottom]]; }))"""


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
    parts = tab.page.evaluate(PARTS)
    left, top, right, bottom = parts.pop(".ss-frame")
    for name, (x0, y0, x1, y1) in parts.items():
        assert x0 >= -1, f"{name} is clipped"
        assert x1 <= width + 1, f"{name} is clipped"
        apart = x1 <= left + 1 or x0 >= right - 1 or y1 <= top + 1 or y0 >= bottom - 1
        assert apart, f"{name} lies over the photo"


def test_tabs_stand_in_named_groups(visit):
    tab = visit()
    names = tab.page.evaluate(
        """() => [...document.querySelectorAll('#ss-tabs [role=tab]')].map((node) =>
            [node.textContent.trim(), getComputedStyle(node, '::before').content.replaceAll('"', '')])"""
    )
    assert [title for title, group in names if group == "Edit"] == ["Cut out"]
    assert {group for _, group in names} >= {"Select", "Edit", "Automate"}
