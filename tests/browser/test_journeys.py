"""Whole ways through the page, as people go them."""

from __future__ import annotations

import pytest

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
