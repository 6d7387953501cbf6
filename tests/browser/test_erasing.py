"""Erasing in the page: the photo changes, the object stays, and undo brings the photo before back."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.browser

# Pictures below the fold are loaded when they are scrolled to.
SHOWN = """() => { const shown = document.querySelector("#cutout-preview img"); shown?.scrollIntoView();
    return shown?.naturalWidth > 0; }"""
CHANGED = "(before) => document.querySelector('[data-picture]').dataset.picture !== before"


@pytest.fixture
def small_cat(cat, tmp_path):
    """A quarter of the pixels: encoding and matting are tested elsewhere."""
    path = tmp_path / "cat.png"
    with Image.open(cat) as photo:
        photo.resize((226, 150)).save(path)
    return path


def select(tab, number):
    """Tick this object of the list, and no other."""
    for box in tab.page.locator(".ss-object .ss-check").all():
        box.uncheck()
    tab.page.locator(".ss-object .ss-check").nth(number).check()


def test_erase_one_object_go_back_and_cut_out_another(visit, small_cat):
    tab = visit()
    tab.drop_photo(small_cat)
    for count, box in enumerate(("10,10,30,30", "110,60,160,110"), 1):
        tab.page.get_by_label("Box around it").fill(box)
        tab.page.get_by_role("button", name="Segment").click()
        tab.wait("objects", count)
    before = tab.data("picture")

    select(tab, 0)
    tab.page.get_by_role("tab", name="Erase").click()
    tab.page.get_by_role("button", name="Erase", exact=True).click()
    tab.page.wait_for_function(CHANGED, arg=before)
    assert [item["hidden"] for item in tab.state()["objects"]] == [True, False]
    erased = tab.data("picture")
    tab.page.get_by_role("button", name="Undo", exact=True).and_(tab.page.get_by_text("Undo", exact=True)).click()
    tab.page.wait_for_function(CHANGED, arg=erased)
    assert tab.data("picture") == before
    assert [item["hidden"] for item in tab.state()["objects"]] == [False, False]

    select(tab, 1)
    tab.page.get_by_role("tab", name="Cut out").click()
    tab.page.get_by_role("button", name="Cut out", exact=True).click()
    tab.page.wait_for_function(SHOWN)
    with tab.page.expect_download() as info:
        tab.page.locator("#cutout-download").click()
    rgba = np.array(Image.open(io.BytesIO(Path(info.value.path()).read_bytes())))
    assert rgba.shape == (150, 226, 4)
    assert rgba[85, 135, 3] == 255
    assert rgba[20, 20, 3] == 0, "the other object is not in it"
