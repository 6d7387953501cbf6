"""All components that tabs are made of, in one tab: one height, a visible focus, one primary button, in both themes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from .conftest import serving

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HEIGHTS = """() => [...document.querySelectorAll(`#ss-tabs .tabitem :is(
    input:not([type=range], [type=radio], [type=checkbox]), textarea, select, button, label:has(> input)
)`)].filter((one) => one.getClientRects().length && !one.closest('[data-testid=block-label]')).map((one) => {
    const box = one.closest('.wrap-inner') ?? one;
    return [one.closest('[id^=look]')?.id ?? one.className, Math.round(box.getBoundingClientRect().height)];
})"""
FOCUS = """() => {
    const style = (node) => getComputedStyle(node);
    const line = (node) => parseFloat(style(node).outlineWidth) * (style(node).outlineStyle !== 'none');
    const node = document.activeElement;
    return [node.closest('[id^=look]')?.id ?? '', Math.max(line(node), line(node.closest('.wrap-inner') ?? node))];
}"""
PRIMARY = """() => {
    const probe = document.body.appendChild(document.createElement('i'));
    probe.style.background = 'var(--ss-ink)';
    const filled = getComputedStyle(probe).backgroundColor;
    probe.remove();
    return [...document.querySelectorAll('button:not([role=tab])')].filter((one) =>
        one.getClientRects().length && getComputedStyle(one).backgroundColor === filled)
        .map((one) => one.innerText.trim());
}"""


@pytest.fixture(scope="module")
def look_server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plugins")
    shutil.copy(Path(__file__).with_name("every_component.py"), folder)
    with serving(
        SAM_STUDIO_PLUGINS_DIR=str(folder), SAM_STUDIO_PLUGINS="every_component", SAM_STUDIO_RUNTIME="off"
    ) as url:
        yield url


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_fields_have_one_height_and_a_focus_that_is_seen(visit, look_server, theme, cat):
    tab = visit(look_server, f"/?__theme={theme}")
    tab.page.wait_for_selector("#look-accordion")
    heights = tab.page.evaluate(HEIGHTS)
    assert len(heights) > 14
    assert [one for one in heights if one[1] < 32] == []
    single = {name: height for name, height in heights if name in ("look-text", "look-number", "look-dropdown")}
    assert max(single.values()) - min(single.values()) <= 2, single
    seen: dict[str, float] = {}
    tab.page.locator("#look-text textarea").focus()
    for _ in range(22):
        name, line = tab.page.evaluate(FOCUS)
        seen[name] = max(line, seen.get(name, 0))
        tab.key("Tab")
    assert {"look-text", "look-number", "look-dropdown", "look-slider", "look-secondary"} <= set(seen)
    assert [name for name, line in seen.items() if name and line < 2] == []

    # What goes back to where a slider began is there once it was moved.
    reset = tab.page.locator("#look-slider .reset-button")
    assert not reset.is_visible()
    tab.page.locator("#look-slider input[type=number]").fill("7")
    tab.key("Tab")
    reset.wait_for()

    # One button is the next thing to do.
    assert len(tab.page.evaluate(PRIMARY)) == 1
    tab.drop_photo(cat)
    tab.page.wait_for_function(f"({PRIMARY})().join() === 'First'")
    tab.click(150, 120)
    (keep,) = tab.page.evaluate(PRIMARY)
    assert keep.startswith("Keep")


def test_under_a_finger_fields_are_higher(visit, look_server):
    tab = visit(look_server, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    tab.page.wait_for_selector("#look-accordion")
    fields = [height for name, height in tab.page.evaluate(HEIGHTS) if name in ("look-number", "look-primary")]
    assert min(fields) >= 40
