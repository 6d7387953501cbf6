"""Scribble, outline, brush and eraser, combining, and undo over all of it."""

from __future__ import annotations

import numpy as np
import pytest


def draw(tab, *points: tuple[float, float]) -> None:
    """Drag through image pixels."""
    tab.page.mouse.move(*tab.at(*points[0]))
    tab.page.mouse.down()
    for point in points[1:]:
        tab.page.mouse.move(*tab.at(*point), steps=3)
    tab.page.mouse.up()


def answered(tab) -> None:
    tab.page.wait_for_selector('[data-picture]:not([data-mask="0"])', state="attached")
    tab.settle()


def areas(tab) -> list[int]:
    return [item["area"] for item in tab.state()["objects"]]


def wait_for_areas(tab, check) -> list[int]:
    state = tab.wait_state(lambda state: check([item["area"] for item in state["objects"]]))
    return [item["area"] for item in state["objects"]]


def edit_first(tab) -> None:
    """Select the first object, for else it is the one kept last that is edited, and edit it by hand."""
    tab.page.locator(".ss-object-main").first.click()
    tab.page.locator(".ss-selected-bar [data-action=edit]").click()


@pytest.fixture
def tab(visit, cat):
    """The cat on the stage, decoded on the server, so that prompts can be seen in the requests."""
    tab = visit()
    tab.drop_photo(cat)
    return tab


@pytest.fixture
def with_two(tab):
    """Two objects from boxes that overlap."""
    for box in ((100, 60, 220, 200), (180, 90, 330, 240)):
        tab.drag(*box)
        tab.keep()
    return tab


def test_a_scribble_becomes_points_on_it(tab):
    tab.key("s")
    draw(tab, (120, 100), (220, 100), (220, 180))
    answered(tab)
    prompts = tab.sent[-1][1]["prompts"]
    assert tab.data("points") == str(len(prompts["points"]))
    assert 2 <= len(prompts["points"]) <= 4
    assert prompts["box"] is None
    assert set(prompts["labels"]) == {1}
    for x, y in prompts["points"]:
        assert min(abs(y - 100), abs(x - 220)) < 1.5, "on the stroke, not at its centroid"
    tab.key("Control+z")
    tab.wait("points", 0)


def test_an_outline_becomes_a_box_and_a_point_inside(tab):
    tab.page.get_by_role("radio", name="Draw around it").click()
    draw(tab, (100, 60), (330, 60), (330, 240), (100, 240), (100, 62))
    answered(tab)
    prompts = tab.sent[-1][1]["prompts"]
    np.testing.assert_allclose(prompts["box"], [100, 60, 330, 240], atol=1.5)
    ((x, y),) = prompts["points"]
    assert abs(x - 215) < 30
    assert abs(y - 150) < 15


def test_brush_and_eraser_change_the_mask_at_full_size(with_two):
    tab = with_two
    before = areas(tab)
    edit_first(tab)
    assert tab.data("editing")
    draw(tab, (20, 20), (60, 20))
    painted = wait_for_areas(tab, lambda now: now[0] > before[0])
    assert painted[1] == before[1]
    tab.key("e")
    draw(tab, (20, 20), (60, 20))
    wait_for_areas(tab, lambda now: now[0] < painted[0])
    tab.key("Escape")
    assert tab.data("editing") == ""
    assert tab.sent == [one for one in tab.sent if one[0] in ("decode", "objects")], "no click was taken for a prompt"
    for _ in range(2):
        tab.key("Control+z")
    wait_for_areas(tab, lambda now: now == before)


@pytest.mark.parametrize(("kind", "grows"), [("Grow", True), ("Shrink", False)])
def test_clean_ups(with_two, kind, grows):
    tab = with_two
    before = areas(tab)
    edit_first(tab)
    tab.page.get_by_role("button", name=kind).click()
    after = wait_for_areas(tab, lambda now: now[0] != before[0] and (now[0] > before[0]) == grows)
    assert after[1] == before[1]


def test_two_objects_become_one_and_come_apart_again(with_two):
    tab = with_two
    before = areas(tab)
    assert not tab.page.get_by_role("button", name="Unite").is_visible()
    for check in tab.page.locator(".ss-object .ss-check").all():
        check.click()
    tab.page.get_by_role("button", name="Unite").click()
    tab.wait("objects", 1)
    (united,) = areas(tab)
    assert max(before) <= united <= sum(before)
    tab.page.locator(".ss-canvas").focus()
    tab.key("Control+z")
    tab.wait("objects", 2)
    assert areas(tab) == before


def test_undo_and_redo_go_over_everything(with_two):
    tab = with_two
    tab.page.locator(".ss-hide").first.click()
    tab.page.wait_for_selector('.ss-object[data-hidden="true"]')
    tab.click(150, 120)
    tab.page.locator(".ss-canvas").focus()

    def wait_shown(objects: int, points: int, box: int, hidden: int) -> None:
        tab.page.wait_for_function(
            """(expected) => {
                const { objects, points, box } = document.querySelector('[data-picture]').dataset;
                const hidden = document.querySelectorAll('.ss-object[data-hidden="true"]').length;
                return [objects, points, box, hidden].join() === expected;
            }""",
            arg=f"{objects},{points},{box},{hidden}",
        )

    states = [(2, 1, 0, 1), (2, 0, 0, 1), (2, 0, 0, 0), (1, 0, 1, 0), (1, 0, 0, 0), (0, 0, 1, 0), (0, 0, 0, 0)]
    wait_shown(*states[0])
    for state in states[1:]:  # each step changes one thing, so none can be left out unseen
        tab.key("Control+z")
        wait_shown(*state)
    for state in states[-2::-1]:
        tab.key("Control+Shift+z")
        wait_shown(*state)


def test_another_photo_has_a_history_of_its_own(with_two, astronaut):
    tab = with_two
    tab.drop_photo(astronaut)
    tab.page.locator(".ss-canvas").focus()
    assert tab.page.locator('.ss-history [aria-label^="Undo"]').first.get_attribute("aria-disabled") == "true"
    tab.key("Control+z")
    tab.rest()
    assert tab.data("objects") == "0"


def test_objects_move_in_the_list_by_keys(with_two):
    tab = with_two
    names = [item["name"] for item in tab.state()["objects"]]
    tab.page.locator(".ss-object-main").first.focus()
    tab.key("Alt+ArrowDown")
    tab.page.wait_for_function("(name) => document.querySelectorAll('.ss-name')[1].textContent === name", arg=names[0])
    assert [item["name"] for item in tab.state()["objects"]] == names[::-1]


def test_the_bars_fit_on_a_phone(visit, cat):
    tab = visit(viewport={"width": 360, "height": 740})
    tab.drop_photo(cat)
    tab.click(150, 120)
    tab.keep()
    tab.click(300, 200)

    def fits(selector: str) -> None:
        buttons = tab.page.locator(f"{selector} button:visible").all()
        assert buttons
        for button in buttons:
            box = button.bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 360

    for bar in (".ss-toolbar:not(.ss-edit-bar)", ".ss-rail", ".ss-zoom", ".ss-selected-bar"):
        fits(bar)
    tab.page.locator(".ss-selected-bar [data-action=edit]").click()
    fits(".ss-edit-bar")
