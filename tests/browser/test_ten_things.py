"""Ten things that a newcomer wants, done as docs/ten-things.md says, with as many actions as it says."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MOST = 3


class Counted:
    """The page, with each action of a person counted."""

    def __init__(self, tab: Any) -> None:
        self.tab = tab
        self.count = 0
        self.done: dict[str, int] = {}

    def has(self, what: str) -> None:
        """What was wanted is there; the next thing begins."""
        self.done[what] = self.count
        self.count = 0

    def press(self, name: str, role: str = "button", inside: str = "body") -> None:
        self.count += 1
        found = self.tab.page.locator(inside).get_by_role(role, name=name, exact=True).filter(visible=True)
        found.first.click()

    def key(self, key: str) -> None:
        self.count += 1
        self.tab.key(key)

    def type(self, text: str) -> None:
        """Into what has the focus, and Enter."""
        self.count += 1
        self.tab.page.keyboard.type(text)
        self.tab.key("Enter")


def table() -> dict[str, int]:
    rows = [line.split("|") for line in (ROOT / "docs/ten-things.md").read_text("utf-8").splitlines()]
    return {row[1].strip(): int(row[2]) for row in rows if len(row) == 5 and row[2].strip().isdigit()}


def test_ten_things(visit, astronaut):
    tab = visit()
    do = Counted(tab)
    tab.drop_photo(astronaut)
    do.count += 1
    do.has("Open a photo")

    tab.page.mouse.click(*tab.at(220, 120))
    do.count += 1
    tab.wait("mask", 1)
    tab.settle()
    do.has("Select something")

    tab.page.mouse.click(*tab.at(450, 200), button="right")
    do.count += 1
    tab.wait("points", 2)
    tab.settle()
    do.has("Leave out what does not belong")

    tab.page.locator(".ss-canvas").focus()
    do.key("Enter")
    tab.wait("objects", 1)
    do.key("F2")
    tab.page.locator(".ss-name-field").wait_for()
    do.type("Eileen")
    tab.wait_state(lambda state: [one["name"] for one in state["objects"]] == ["Eileen"])
    do.has("Keep it under a name")

    do.press("Export", inside=".ss-header")
    cut = tab.download(lambda: do.press("Export", inside="dialog.ss-export"))
    assert cut.shape[2] == 4
    assert 0 < (cut[..., 3] > 0).mean() < 1
    tab.page.locator("dialog.ss-export").wait_for(state="hidden")
    do.has("Save it cut out, as a PNG with transparency")

    do.press("Edit")
    do.press("Cut out", inside="#ss-tabs .tabitem >> visible=true")
    tab.wait("result", "pictures")
    cut = tab.download(lambda: do.press("Save", inside=".ss-result-bar"))
    assert cut.shape[2] == 4
    do.has("Remove the background")
    tab.key("Escape")
    tab.wait("result", "")

    tab.page.locator('.ss-tab-group[data-group="select"]').click()  # from where a newcomer begins
    do.press("Edit")
    do.press("Erase", role="tab")
    do.press("Erase", inside="#ss-tabs .tabitem >> visible=true")
    tab.wait("result", "pictures")
    do.has("See the photo without an object")
    tab.key("Escape")
    tab.wait("result", "")

    tab.page.locator('.ss-tab-group[data-group="select"]').click()
    do.press("Everything", role="tab")
    do.press("Find everything")
    tab.wait("result", "proposals")
    do.count += 1
    tab.page.get_by_role("button", name="Add all").click()
    tab.page.wait_for_function("Number(document.querySelector('[data-picture]').dataset.objects) > 2")
    tab.wait("result", "")
    do.has("Select all that there is")

    do.press("Text", role="tab")
    do.count += 1
    tab.page.get_by_label("What to find").click()
    do.type("person")
    tab.page.locator(".text-found li").first.wait_for()
    tab.wait("result", "proposals")
    do.has("Find things by name")

    before = int(tab.data("objects"))
    tab.page.locator(".ss-canvas").focus()
    do.key("Control+z")
    tab.page.wait_for_function(
        "(before) => Number(document.querySelector('[data-picture]').dataset.objects) < before", arg=before
    )
    do.has("Take back the last step")

    assert do.done == table()
    assert len(do.done) == 10
    assert max(do.done.values()) <= MOST
