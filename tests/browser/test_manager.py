"""The model manager, from a model that is not here to its masks, over a small hub on this machine."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

NAME = "sam-vit-base"
ROW = f'[data-model="{NAME}"]'


@pytest.mark.slow
def test_a_model_is_fetched_stopped_resumed_used_and_deleted(visit, owners_server, hub, cat):
    tab = visit(owners_server)
    page, row = tab.page, tab.page.locator(ROW)
    tab.drop_photo(cat)
    tab.click(150, 120)
    hub.hold.set()
    # Choosing a model that is not here offers it, and the one in use stays.
    page.select_option("#ss-model", NAME)
    row.get_by_role("button", name="Download").wait_for()
    assert page.input_value("#ss-model") == "nano"
    page.wait_for_selector(f"{ROW}.ss-wanted")
    tab.key("Enter")
    # About half has arrived, and the page says so.
    page.wait_for_function(
        f"() => {{ const bar = document.querySelector('{ROW} [role=progressbar]');"
        " return bar && +bar.getAttribute('aria-valuenow') > 40; }"
    )
    assert "MB ·" in row.inner_text()
    row.get_by_role("button", name="Cancel").click()
    row.get_by_text("Stopping").or_(row.get_by_role("button", name="Continue")).first.wait_for()
    hub.hold.clear()
    row.get_by_role("button", name="Continue").click()
    row.get_by_role("button", name="Use").click()
    page.wait_for_function(f"() => document.querySelector('#ss-model').value === '{NAME}'")
    page.wait_for_selector('.ss-frame[aria-busy="false"]')
    assert hub.ranges[-1].startswith("bytes=")
    assert (tab.data("points"), tab.data("mask")) != ("0", "0")
    assert "download" not in page.locator(f'#ss-model option[value="{NAME}"]').inner_text()
    # Encoding the photo measured it. It is in use, so it cannot be deleted; another model first.
    page.get_by_role("button", name="Manage models").click()
    row.get_by_text("encodes a photo in").wait_for()
    assert row.get_by_role("button", name="Delete").count() == 0
    page.locator('[data-model="nano"]').get_by_role("button", name="Use").click()
    page.wait_for_function("() => document.querySelector('#ss-model').value === 'nano'")
    page.wait_for_selector('.ss-frame[aria-busy="false"]')
    page.get_by_role("button", name="Manage models").click()
    row.get_by_role("button", name="Delete").click()
    row.get_by_role("button", name="Keep").wait_for()
    row.get_by_role("button", name="Delete").click()
    row.get_by_role("button", name="Download").wait_for()
    tab.key("Escape")
    tab.click(260, 160)
