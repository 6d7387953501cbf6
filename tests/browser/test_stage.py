"""The main job in a real browser: drop a photo, click, box, keep objects, export the cut-out."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

import sam
from sam.clicks import predict_in_turn
from sam.masks import dilate, logits_to_masks

from .test_decoding import fall_back

pytestmark = pytest.mark.browser


def mask_of(image: np.ndarray, prompts: dict, choice: int) -> np.ndarray:
    """(H, W) bool that the engine, without the web app, makes of what the page sent."""
    model = sam.load_model("nano")
    prompt = sam.Prompt.of(
        points=prompts["points"] or None,
        labels=prompts["labels"] if prompts["points"] else None,
        boxes=prompts["box"],
    )
    embedding = model.embed(image)
    logits = predict_in_turn(model, embedding, prompt).logits[choice]
    # What is shown and kept are the logits as float16.
    return logits_to_masks(logits[None].astype("<f2").astype(np.float32), embedding)[0]


def test_click_box_negative_undo_keep_and_save(visit, astronaut):
    tab = visit()
    tab.drop_photo(astronaut)
    image = np.array(Image.open(astronaut))

    tab.click(220, 120)
    tab.click(300, 60, button="right")
    tab.drag(100, 40, 350, 300)
    assert (tab.data("points"), tab.data("box")) == ("2", "1")
    tab.key("Control+z")
    tab.wait("box", 0)
    assert tab.data("points") == "2"
    tab.key("Control+Shift+z")
    tab.wait("box", 1)
    assert tab.data("points") == "2"
    tab.key("Control+z")
    tab.wait("box", 0)
    tab.key("Control+y")
    tab.wait("box", 1)
    tab.settle()
    tab.keep()
    assert (tab.data("points"), tab.data("box"), tab.data("mask")) == ("0", "0", "0")

    tab.drag(380, 60, 500, 400)
    tab.keep()

    first, second = tab.kept()
    np.testing.assert_allclose(first["prompts"]["points"], [[220, 120], [300, 60]], atol=1)
    assert first["prompts"]["labels"] == [1, 0]
    np.testing.assert_allclose(first["prompts"]["box"], [100, 40, 350, 300], atol=1)
    np.testing.assert_allclose(second["prompts"]["box"], [380, 60, 500, 400], atol=1)

    rgba = tab.export()
    masks = [mask_of(image, body["prompts"], body["choice"]) for body in (first, second)]
    union = masks[0] | masks[1]
    assert union.any()
    assert not union.all()
    np.testing.assert_array_equal(rgba[..., 3], union * np.uint8(255))
    np.testing.assert_array_equal(rgba[union][:, :3], image[union])
    assert not rgba[~union].any()

    # With one object selected only that one is saved.
    tab.page.locator(".ss-object .ss-check").nth(1).check()
    rgba = tab.export()
    np.testing.assert_array_equal(rgba[..., 3] > 0, masks[1])


def test_masks_to_choose_from(visit, cat):
    tab = visit()
    tab.drop_photo(cat)
    tab.click(150, 120)
    choices = tab.page.locator(".ss-choices .ss-choice")
    assert choices.count() == 3
    image, prompts = np.array(Image.open(cat)), tab.sent[-1][1]["prompts"]
    by_area = np.argsort([mask_of(image, prompts, index).sum() for index in range(3)])  # the smallest is called 1
    tab.key("2")
    assert tab.data("mask") == str(by_area[1] + 1)
    assert choices.nth(1).get_attribute("aria-checked") == "true"
    choices.nth(2).click()
    assert tab.data("mask") == str(by_area[2] + 1)
    assert choices.nth(2).get_attribute("aria-checked") == "true"
    tab.page.locator(".ss-canvas").focus()
    tab.keep()
    (body,) = tab.kept()
    assert body["choice"] == by_area[2]
    tab.object_menu(0, "Export the mask")
    tab.page.get_by_role("radio", name="Hard").click()
    saved = tab.download(lambda: tab.page.locator("dialog.ss-export button[type=submit]").click())
    expected = mask_of(image, body["prompts"], body["choice"])
    np.testing.assert_array_equal(saved, expected * np.uint8(255))


def test_object_list(visit, cat):
    tab = visit()
    tab.drop_photo(cat)
    for x in (120, 300):
        tab.click(x, 130)
        tab.keep()
    tab.page.locator(".ss-object-main").first.dblclick()
    name = tab.page.locator(".ss-name-field")
    name.fill("Left <b>eye</b>")
    name.press("Enter")
    tab.page.locator(".ss-color").first.fill("#123456")
    tab.page.locator(".ss-object").nth(1).get_by_role("button", name="Hide", exact=True).click()
    tab.page.wait_for_selector('.ss-object:nth-child(2)[data-hidden="true"]')
    first, second = tab.state()["objects"]
    assert (first["name"], first["color"], second["hidden"]) == ("Left <b>eye</b>", "#123456", True)

    # The double click has selected the first, and Enter left it so. Without a selection what is visible is saved.
    assert tab.page.locator(".ss-object").first.get_attribute("data-selected") == "true"
    tab.page.locator(".ss-object-main").first.click()
    tab.page.wait_for_selector('.ss-object:first-child[data-selected="false"]')
    rgba = tab.export()
    assert (rgba[..., 3] > 0).sum() == first["area"]

    tab.object_menu(0, "Delete")
    tab.wait("objects", 1)
    tab.page.click(".ss-toast-action")
    tab.wait("objects", 2)
    tab.page.locator('.ss-object[data-hidden="true"] .ss-check').check()  # a hidden object is selected as any other
    tab.page.locator(".ss-canvas").focus()
    tab.key("Delete")
    tab.wait("objects", 1)


def test_escape_clears_and_undo_brings_back(visit, cat):
    tab = visit()
    tab.drop_photo(cat)
    tab.click(150, 120)
    tab.key("Escape")
    assert (tab.data("points"), tab.data("mask")) == ("0", "0")
    tab.key("Control+z")
    tab.wait("mask", 1)
    assert tab.data("points") == "1"


def test_a_first_click_cannot_be_negative(visit, cat):
    tab = visit()
    tab.drop_photo(cat)
    tab.key("Control+Shift+E")
    assert tab.page.get_by_role("radio", name="Cut-out").get_attribute("aria-disabled") == "true"
    assert tab.page.get_by_role("radio", name="Photo", exact=True).get_attribute("aria-checked") == "true"
    tab.page.keyboard.press("Escape")
    tab.page.mouse.click(*tab.at(100, 100), button="right")
    tab.wait_status("First click what you want")
    assert tab.data("points") == "0"


def test_alt_click_is_negative(visit, cat):
    tab = visit()
    tab.drop_photo(cat)
    tab.click(150, 120)
    tab.page.keyboard.down("Alt")
    tab.click(250, 120)
    tab.page.keyboard.up("Alt")
    assert tab.sent[-1][1]["prompts"]["labels"] == [1, 0]


def test_keyboard_alone(visit, cat):
    tab = visit()
    tab.drop_photo(cat)
    tab.page.locator(".ss-canvas").focus()
    scale, *_ = tab.view()
    tab.key("ArrowRight")
    tab.key("Shift+ArrowDown")
    tab.key("a")
    tab.wait("points", 1)
    tab.wait("mask", 1)
    tab.keep()
    (body,) = tab.kept()
    np.testing.assert_allclose(body["prompts"]["points"], [[451 / 2 + 8 / scale, 150 + 48 / scale]], atol=0.01)


def test_zoom_keeps_the_point_under_the_cursor(visit, cat):
    tab = visit()
    tab.drop_photo(cat)
    x, y = tab.at(100, 80)
    tab.page.mouse.move(x, y)
    tab.zoom(-600)
    np.testing.assert_allclose(tab.at(100, 80), (x, y), atol=0.5)
    before = tab.at(100, 80)
    tab.page.locator(".ss-canvas").focus()
    tab.page.keyboard.down("Space")
    tab.page.mouse.down()
    tab.page.mouse.move(x + 40, y + 25, steps=3)
    tab.page.mouse.up()
    tab.page.keyboard.up("Space")
    np.testing.assert_allclose(tab.at(100, 80), (before[0] + 40, before[1] + 25), atol=0.5)
    assert tab.data("points") == "0"
    tab.click(100, 80)
    np.testing.assert_allclose(tab.sent[-1][1]["prompts"]["points"], [[100, 80]], atol=0.5)
    tab.key("f")
    assert tab.page.locator(".ss-percent").inner_text() != "100 %"


def test_status_line_has_honest_times(visit, cat):
    tab = visit()
    tab.drop_photo(cat)
    assert tab.page.inner_text(".ss-status-times").startswith("encod")
    tab.click(150, 120)
    times = tab.page.inner_text(".ss-status-times")
    assert "click " in times
    assert "server" in times


def test_the_mask_is_painted_where_the_engine_puts_it(visit, cat):
    """The canvas against the engine's own full-size mask, pixel by pixel."""
    tab = visit()
    tab.drop_photo(cat)
    tab.drag(120, 60, 330, 240)
    prompts = tab.sent[-1][1]["prompts"]
    expected = mask_of(np.array(Image.open(cat)), prompts, 0)

    # Prompts are drawn over the mask: compare what changes when the masks are hidden.
    def pixels() -> np.ndarray:
        tab.rest()
        shot = tab.page.locator(".ss-canvas").screenshot()
        return np.array(Image.open(io.BytesIO(shot)).convert("RGB")).astype(int)

    shown = pixels()
    tab.key("h")
    changed = np.abs(pixels() - shown).sum(-1) > 12
    scale, left, top = tab.view()
    rows = ((np.arange(300) + 0.5) * scale + top).astype(int)
    columns = ((np.arange(451) + 0.5) * scale + left).astype(int)
    painted = changed[np.ix_(rows, columns)]
    # The outline has a width of its own, and a trained mask has a long outline: compare away from it.
    away = ~(dilate(expected, 3) & ~dilate(expected, -3))
    union, both = ((painted | expected) & away).sum(), (painted & expected & away).sum()
    assert away.mean() > 0.5
    assert both / union > 0.97


def test_the_pages_decoder_that_is_turned_off_is_named(visit, cat):
    tab = visit()
    tab.drop_photo(cat)
    fall_back(tab, "turned off by SAM_STUDIO_RUNTIME")
