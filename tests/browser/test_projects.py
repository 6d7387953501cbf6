"""Project files in the page: saved, opened by another visitor, and the objects by another model."""

from __future__ import annotations

from pathlib import Path

import pytest

from sam.formats import read_project

pytestmark = pytest.mark.browser


def save(tab) -> bytes:
    with tab.page.expect_download() as info:
        tab.page.keyboard.press("Control+s")
    assert info.value.suggested_filename == "chelsea.samstudio"
    return Path(info.value.path()).read_bytes()


def test_saved_and_opened_all_is_as_it_was(visit, cat):
    tab = visit()
    tab.drop_photo(cat)
    tab.drag(100, 60, 220, 200)
    tab.keep()
    tab.click(300, 150)
    data = save(tab)
    project = read_project(data)
    (photo,) = project.photos
    assert project.read(photo) == cat.read_bytes()
    assert photo.objects[0].annotation.prompts["box"] is not None
    assert len(photo.prompts["points"]) == 1
    other = visit()
    other.drop(data, "chelsea.samstudio")
    other.wait("objects", 1)
    other.wait("points", 1)
    other.settle()
    was, now = tab.state()["objects"][0], other.state()["objects"][0]
    assert {**was, "mask": ""} == {**now, "mask": ""}
    again = read_project(save(other))
    assert again.photos[0].objects == photo.objects
    assert again.photos[0].prompts == photo.prompts


def test_what_is_no_project_is_told_and_loses_nothing(visit, cat):
    tab = visit()
    tab.drop_photo(cat)
    tab.drag(100, 60, 220, 200)
    tab.keep()
    tab.drop(b"rubbish", "a.samstudio")
    tab.wait_status("not a zip")
    tab.wait("objects", 1)
    tab.problems.clear()  # the browser's own line on the refusal


def test_the_objects_by_another_model_are_compared_and_taken(visit, page_server, cat):
    tab = visit(page_server)
    tab.drop_photo(cat)
    for box in ((100, 60, 220, 200), (180, 90, 330, 240)):
        tab.drag(*box)
        tab.keep()
    before = tab.state()["objects"]
    tab.key("Control+k")
    tab.page.keyboard.type("another model")
    tab.key("Enter")
    dialog = tab.page.locator("dialog.ss-replay")
    dialog.get_by_label("Model").select_option("sam-vit-base")
    dialog.get_by_role("button", name="Decode again").click()
    rows = dialog.locator("li")
    rows.nth(1).wait_for()
    assert dialog.inner_text().count("IoU 0.") == 2
    dialog.get_by_role("button", name="All old").click()
    assert dialog.get_by_role("button", name="Take none").get_attribute("aria-disabled") == "true"
    rows.nth(0).get_by_role("radio").nth(1).click()
    taken = rows.nth(0).get_by_role("radio").nth(1).get_attribute("data-id")
    dialog.get_by_role("button", name="Take 1 new").click()
    state = tab.wait_state(lambda state: [one["mask"] for one in state["objects"]] != [one["mask"] for one in before])
    changed = [new["id"] for old, new in zip(before, state["objects"], strict=True) if old["mask"] != new["mask"]]
    assert changed == [taken]
    tab.page.wait_for_selector("dialog.ss-replay", state="hidden")
    tab.key("Control+z")
    tab.wait_state(lambda state: [one["mask"] for one in state["objects"]] == [one["mask"] for one in before])
