"""A recipe of two steps: made, saved, opened again, and run on a second photo as by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image

from plugins.pixelate import pixelate
from plugins.subject import find_subject

pytestmark = pytest.mark.browser


def steps(tab) -> list[str]:
    return tab.page.locator(".recipes-title b").all_inner_texts()


def wait_for_steps(tab, *names: str) -> None:
    words = [f"{number}. {name}" for number, name in enumerate(names, 1)]
    tab.page.wait_for_function(
        "(words) => JSON.stringify([...document.querySelectorAll('.recipes-title b')].map((one) => one.textContent))"
        " === JSON.stringify(words)",
        arg=words,
    )


def add(tab, name: str) -> None:
    tab.page.get_by_label("Add a step").click()
    tab.page.get_by_role("option", name=name).click()


@pytest.mark.slow
def test_a_recipe_is_made_saved_and_run_on_a_second_photo(visit, cat, tmp_path):
    tab = visit()
    tab.drop_photo(cat)
    tab.open_tab("Subject")
    tab.page.get_by_role("button", name="Find the subject").click()
    tab.wait("objects", 1)
    tab.open_tab("Recipes")
    tab.page.get_by_role("button", name="What I did").click()
    wait_for_steps(tab, "Find subject")
    add(tab, "Pixelate")
    wait_for_steps(tab, "Find subject", "Pixelate")
    tab.page.get_by_role("button", name="↓").first.click()
    wait_for_steps(tab, "Pixelate", "Find subject")
    tab.page.wait_for_selector(".recipes-verdict[data-state=here]")
    tab.page.get_by_role("button", name="↓").first.click()
    wait_for_steps(tab, "Find subject", "Pixelate")
    tab.page.wait_for_selector(".recipes-verdict[data-state=ready]")
    tab.page.get_by_role("button", name="Options").nth(1).click()
    tab.page.get_by_label("number input for Blocks").fill("5")
    with tab.page.expect_download() as saving:
        tab.page.locator("#recipes-save").click()
    assert saving.value.suggested_filename == "what-i-did.json"
    saved = json.loads(Path(saving.value.path()).read_text("utf-8"))
    assert [(step["tool"], step.get("options")) for step in saved["steps"]] == [
        ("find_subject", None),
        ("pixelate", {"blocks": 5}),
    ]

    other = visit()
    other.open_tab("Recipes")
    assert steps(other) == [], "a second visitor has nothing of the first"
    file, photo = tmp_path / "mine.json", skimage.data.astronaut()[:300:2, 100:400:2]
    file.write_text(json.dumps(saved), "utf-8")
    Image.fromarray(photo).save(tmp_path / "pilot.png")
    with other.page.expect_file_chooser() as choosing:
        other.page.get_by_role("button", name="Open a file").click()
    choosing.value.set_files(file)
    wait_for_steps(other, "Find subject", "Pixelate")
    with other.page.expect_file_chooser() as choosing:
        other.page.get_by_role("button", name="On other photos").click()
    choosing.value.set_files(tmp_path / "pilot.png")
    other.page.wait_for_selector("#recipes-results img")
    with other.page.expect_download() as info:
        other.page.locator("#recipes-download").click()
    result = np.asarray(Image.open(info.value.path()))
    np.testing.assert_array_equal(result, pixelate(photo, find_subject(photo), blocks=5))
