"""Plugins in the page: those that work, and those that break at every stage without breaking the others."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.browser


@pytest.mark.slow
def test_tabs_that_fail_say_why_and_the_others_work(visit, owners_server, cat):
    tab = visit(owners_server)
    # One group's tabs are shown at a time.
    tab.page.locator("[role=tab]", has_text="broken_import").wait_for(state="attached")
    titles = tab.page.locator("#ss-tabs [role=tab]").all_text_contents()
    titles = [title.strip() for title in titles]
    assert {"Click", "Cut out", "Broken build", "Exits", "Events", "⚠ broken_import"} <= set(titles)
    tab.open_tab("Broken build")
    panel = tab.page.get_by_role("alert").filter(has_text="broken_build")
    assert "no luck <b>today</b>" in panel.inner_text()
    assert tab.page.get_by_text("Half built").count() == 0
    tab.open_tab("broken_import")
    tab.page.get_by_role("alert").filter(has_text="pip install a-module").wait_for()
    assert "Traceback" not in tab.page.inner_text("body")
    tab.drop_photo(cat)
    tab.click(150, 120)
    tab.keep()

    tab.open_tab("Events")
    tab.page.get_by_role("button", name="Explode").click()
    tab.page.wait_for_selector("text=explode failed (RuntimeError)")
    assert tab.data("objects") == "1"
    tab.page.get_by_role("button", name="Half").click()
    tab.wait("objects", 2)
    assert tab.state()["objects"][1]["area"] == 225 * 300
    tab.page.wait_for_function("document.querySelector('#ss-tabs input[type=number]').value === '2'")
    tab.page.get_by_role("button", name="Find nothing").click()
    tab.page.wait_for_selector("text=Nothing found")
    assert tab.data("objects") == "2"


def type_a_box(tab, box: str) -> None:
    """Into the tab Click's own form."""
    tab.page.get_by_role("button", name="Type positions instead").click()
    tab.page.get_by_label("Box around it").fill(box)
    tab.page.get_by_role("button", name="Segment").click()


def test_tools_of_a_tab_without_a_photo_say_what_to_do(visit):
    tab = visit()
    tab.page.get_by_role("button", name="Type positions instead").click()
    button = tab.page.get_by_role("button", name="Segment")
    assert button.is_disabled()
    assert button.get_attribute("title")


def test_click_tab_makes_an_object_that_the_cutout_tab_cuts(visit, cat):
    tab = visit()
    tab.drop_photo(cat)
    type_a_box(tab, "120,60,330,240")
    tab.wait("objects", 1)
    (item,) = tab.state()["objects"]
    tab.open_tab("Cut out")
    tab.page.get_by_role("button", name="Cut out", exact=True).click()
    tab.wait("result", "pictures")
    with tab.page.expect_download() as info:
        tab.page.locator(".ss-result-bar").get_by_role("button", name="Save").click()
    rgba = np.array(Image.open(io.BytesIO(Path(info.value.path()).read_bytes())))
    # A soft edge reaches some pixels beyond the hard one, and gives some back.
    assert (rgba[..., 3] / 255).sum() == pytest.approx(item["area"], rel=0.1)
    assert set(np.unique(rgba[..., 3])) > {0, 255}


def test_each_session_gets_its_own_object_from_a_tab(visit, astronaut, cat):
    one, two = visit(), visit()
    one.drop_photo(astronaut)
    two.drop_photo(cat)
    for tab in (one, two):
        type_a_box(tab, "20,20,200,200")
    for tab, size in ((one, (512, 512)), (two, (300, 451))):
        tab.wait("objects", 1)
        picture = tab.state()["picture"]
        assert (picture["height"], picture["width"]) == size
