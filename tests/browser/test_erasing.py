"""Erasing in the page: the photo changes, the object stays, and undo brings the photo before back."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.browser

CHANGED = "(before) => document.querySelector('[data-picture]').dataset.picture !== before"


def test_erase_an_object_go_back_and_cut_it_out(visit, cat):
    tab = visit()
    tab.drop_photo(cat)
    tab.page.get_by_label("Box around it").fill("20,20,60,60")
    tab.page.get_by_role("button", name="Segment").click()
    tab.wait("objects", 1)
    before = tab.data("picture")

    tab.page.get_by_role("tab", name="Erase").click()
    tab.page.get_by_role("button", name="Erase", exact=True).click()
    tab.page.wait_for_function(CHANGED, arg=before)
    tab.page.wait_for_selector("text=The photo was changed")
    assert tab.data("objects") == "1"
    assert [item["hidden"] for item in tab.state()["objects"]] == [True]
    erased = tab.data("picture")
    tab.page.get_by_role("button", name="Undo", exact=True).and_(tab.page.get_by_text("Undo", exact=True)).click()
    tab.page.wait_for_function(CHANGED, arg=erased)
    assert tab.data("picture") == before
    assert [item["hidden"] for item in tab.state()["objects"]] == [False]

    tab.page.get_by_role("tab", name="Cut out").click()
    tab.page.get_by_role("button", name="Cut out", exact=True).click()
    tab.page.wait_for_selector("#cutout-preview img")
    with tab.page.expect_download() as info:
        tab.page.locator("#cutout-download").click()
    rgba = np.array(Image.open(io.BytesIO(Path(info.value.path()).read_bytes())))
    assert rgba.shape == (300, 451, 4)
    assert set(np.unique(rgba[..., 3])) > {0, 255}
