"""Fingers: tap, long press, one finger that draws, two that move and zoom; sent as the touch screen sends them."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}


class Fingers:
    def __init__(self, tab) -> None:
        self.tab = tab
        self.session = tab.page.context.new_cdp_session(tab.page)

    def send(self, kind: str, *at: tuple[float, float]) -> None:
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(at)]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def never_long(self) -> None:
        """However long it takes to send the next move, this finger was quick."""
        self.tab.page.evaluate(
            """() => {
                const real = window.setTimeout;
                const pressed = () => document.querySelector('.ss-pressing');
                window.setTimeout = (run, ...more) => real((...given) => pressed() || run(...given), ...more);
            }"""
        )


@pytest.fixture
def tab(visit, cat):
    tab = visit(**PHONE)
    tab.drop_photo(cat)
    return tab


def test_two_fingers_move_the_photo_and_leave_the_prompts_alone(tab):
    tab.page.touchscreen.tap(*tab.at(150, 120))
    tab.wait("points", 1)
    tab.settle()
    fingers, before = Fingers(tab), tab.view()
    (ax, ay), (bx, by) = tab.at(150, 120), tab.at(250, 120)
    fingers.send("touchStart", (ax, ay), (bx, by))
    for step in range(1, 6):
        fingers.send("touchMove", (ax + 6 * step, ay + 8 * step), (bx + 6 * step, by + 8 * step))
    fingers.send("touchEnd", (ax + 30, ay + 40))
    fingers.send("touchMove", (ax + 90, ay + 90))  # the finger that is left over draws nothing
    fingers.send("touchEnd")
    scale, x, y = tab.view()
    assert scale == pytest.approx(before[0], rel=0.02)
    assert (x - before[1], y - before[2]) == pytest.approx((30, 40), abs=3)
    assert (tab.data("points"), tab.data("box")) == ("1", "0")


def test_one_finger_draws_a_box(tab):
    fingers = Fingers(tab)
    fingers.never_long()
    start, end = tab.at(60, 40), tab.at(300, 220)
    fingers.send("touchStart", start)
    fingers.send("touchMove", ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2))
    fingers.send("touchMove", end)
    fingers.send("touchEnd")
    tab.wait("box", 1)
    tab.settle()
    assert tab.sent[-1][1]["prompts"]["box"] == pytest.approx([60, 40, 300, 220], abs=3)


def test_a_long_press_that_moves_is_no_point(tab):
    tab.page.touchscreen.tap(*tab.at(150, 120))
    tab.wait("points", 1)
    tab.settle()
    fingers, (x, y) = Fingers(tab), tab.at(250, 150)
    fingers.send("touchStart", (x, y), (x + 60, y))
    tab.page.wait_for_timeout(700)  # longer than a long press
    fingers.send("touchEnd", (x, y))
    fingers.send("touchEnd")
    assert tab.data("points") == "1"


def test_every_control_is_large_enough_for_a_finger_and_in_the_stage(tab):
    tab.page.touchscreen.tap(*tab.at(150, 120))
    tab.wait("mask", 1)
    frame = tab.page.locator(".ss-frame").bounding_box()
    for button in tab.page.locator(".ss-frame button:visible").all():
        box = button.bounding_box()
        assert min(box["width"], box["height"]) >= 30, button.get_attribute("aria-label")
        assert box["x"] >= frame["x"]
        assert box["x"] + box["width"] <= frame["x"] + frame["width"]
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= 390
