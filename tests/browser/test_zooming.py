"""Looking closer: to the selection, at full size, and at the photo alone."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest

pytestmark = pytest.mark.browser


def view(tab) -> list[float]:
    tab.rest()
    return list(tab.view())


def painted(tab) -> bytes:
    tab.rest()
    return tab.page.locator(".ss-canvas").screenshot()


def test_to_the_selection_full_size_and_back(visit, cat):
    tab = visit()
    tab.drop_photo(cat)
    fitted = view(tab)
    tab.key("z")
    assert "Nothing is selected" in tab.status()
    assert view(tab) == pytest.approx(fitted, rel=0.05)
    tab.drag(60, 40, 160, 140)
    tab.key("z")
    assert view(tab)[0] > fitted[0]
    x, y = tab.at(110, 90)
    box = tab.page.locator(".ss-canvas").bounding_box()
    assert box["x"] < x < box["x"] + box["width"]
    assert box["y"] < y < box["y"] + box["height"]
    tab.key("Shift+0")
    assert view(tab)[0] == pytest.approx(1)
    tab.key("Shift+0")
    assert view(tab) == pytest.approx(fitted, rel=0.05)
    tab.keep()
    tab.page.locator(".ss-object .ss-check").check()
    tab.page.get_by_role("button", name="Zoom to the selection").click()
    assert view(tab)[0] > fitted[0]


@pytest.mark.slow
def test_the_photo_alone_for_as_long_as_it_is_held(visit, cat):
    from PIL import Image

    tab = visit()
    tab.drop_photo(cat)

    def region() -> np.ndarray:
        shot = np.array(Image.open(io.BytesIO(painted(tab))).convert("RGB")).astype(int)
        return shot[60 : shot.shape[0] // 2, 40 : shot.shape[1] // 2]  # no floating bar and no focus ring lies here

    tab.page.mouse.move(5, 5)
    photo = region()
    tab.click(150, 120)
    tab.page.mouse.move(5, 5)
    assert np.abs(region() - photo).mean() > 0.8
    button = tab.page.get_by_role("button", name="Hold to see the photo alone")
    keyboard, mouse = tab.page.keyboard, tab.page.mouse
    ways = {
        "key": (lambda: keyboard.down("o"), lambda: keyboard.up("o")),
        "button": (lambda: (button.hover(), mouse.down()), mouse.up),
        "button by key": (lambda: (button.focus(), keyboard.down("Enter")), lambda: keyboard.up("Enter")),
    }
    for name, (hold, let_go) in ways.items():
        hold()
        tab.page.wait_for_selector('.ss-canvas[data-peek="1"]')
        held = region()
        let_go()
        tab.page.wait_for_selector('.ss-canvas[data-peek=""]')
        assert np.abs(held - photo).mean() < 0.5, name
        tab.page.mouse.move(5, 5)
        assert np.abs(region() - photo).mean() > 0.8, name


def test_reduced_motion_moves_nothing(visit, cat):
    tab = visit(reduced_motion="reduce")
    waiting: list = []
    tab.page.route("**/image?**", lambda route: waiting.append(route))
    running = """() => document.getAnimations().filter((one) => one.playState === 'running'
        && one.effect?.target?.closest?.('#ss-stage, .ss-header, .ss-toasts')).length"""
    tab.drop(cat.read_bytes(), cat.name)
    tab.page.wait_for_selector(".ss-frame.ss-busy")
    assert tab.page.evaluate(running) == 0
    while not waiting:
        tab.page.wait_for_timeout(50)
    waiting[0].continue_()
    tab.page.wait_for_selector('.ss-frame[aria-busy="false"]')


def test_twelve_photos_keep_two_bitmaps(visit):
    from PIL import Image

    tab = visit()
    tab.page.evaluate(
        """() => {
            window.alive = 0;
            const make = window.createImageBitmap;
            window.createImageBitmap = async (...given) => {
                const bitmap = await make(...given);
                const close = bitmap.close.bind(bitmap);
                window.alive++;
                bitmap.close = () => { window.alive--; close(); };
                return bitmap;
            };
        }"""
    )
    for number in range(12):
        buffer = io.BytesIO()
        Image.new("RGB", (64, 48), (number * 20, 90, 40)).save(buffer, "PNG")
        tab.page.evaluate(
            """([data, name]) => {
                const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
                const transfer = new DataTransfer();
                transfer.items.add(new File([bytes], name));
                document.querySelector('.ss-frame').dispatchEvent(
                    new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
            }""",
            [base64.b64encode(buffer.getvalue()).decode(), f"{number}.png"],
        )
        tab.wait_status(f"{number}.png, 64")
    assert tab.page.evaluate("window.alive") <= 2
    assert tab.page.locator(".ss-toast").count() <= 3
