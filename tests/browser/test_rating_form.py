"""The rating form in a real browser: keys, going back, a reload, and the file that it saves."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image as PillowImage

from sam import rle
from sam.cli.main import build_cli, run_cli


def study(folder: Path) -> Path:
    """A form of three photos, with nano."""
    (folder / "data" / "images").mkdir(parents=True)
    images, annotations = [], []
    for number in range(3):
        pixels = np.full((90, 120, 3), 60, np.uint8)
        mask = np.zeros((90, 120), bool)
        mask[20:60, 30 + 10 * number : 80] = True
        pixels[mask] = 210
        PillowImage.fromarray(pixels).save(folder / "data" / "images" / f"{number}.png")
        images.append({"id": number, "file_name": f"{number}.png", "height": 90, "width": 120})
        annotations.append(
            {"id": number, "image_id": number, "segmentation": dict(rle.encode(mask)), "area": int(mask.sum())}
        )
    (folder / "data" / "annotations.json").write_text(json.dumps({"images": images, "annotations": annotations}))
    out = folder / "study"
    arguments = ["eval", "--task", "rating", "--data", str(folder / "data"), "--masks", "3", "-o", str(out)]
    assert run_cli(build_cli(), arguments) == 0
    return out


def test_six_masks_are_rated_with_keys_over_a_reload(chromium, tmp_path: Path) -> None:
    out = study(tmp_path)
    key = json.loads((out / "key.json").read_text())["key"]
    page = chromium.page(accept_downloads=True)
    try:
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        page.goto((out / "rate.html").as_uri())
        page.wait_for_selector("body[data-shown]")
        given: dict[str, int] = {}

        def press(name: str, number: int) -> None:
            shown = page.get_attribute("body", "data-shown")
            given[shown or ""] = number
            page.keyboard.press(name)
            if len(given) < len(key):
                page.wait_for_function("was => document.body.dataset.shown !== was", arg=shown)

        for name, number in (("1", 1), ("0", 10), ("7", 7)):
            press(name, number)
        page.keyboard.press("Backspace")
        page.wait_for_function("() => document.querySelector('#place').textContent === '3 of 6'")
        press("4", 4)
        page.reload()
        page.wait_for_function("() => document.querySelector('#place').textContent === '4 of 6'")
        page.keyboard.press("Space")
        page.wait_for_selector("#hide[aria-pressed=true]")
        for name, number in (("2", 2), ("3", 3), ("9", 9)):
            press(name, number)
        with page.expect_download() as downloading:
            page.click("#save")
        saved = tmp_path / "ratings.json"
        downloading.value.save_as(saved)
        assert json.loads(saved.read_text())["ratings"] == given
        assert set(given) == set(key)
        assert problems == []
        assert run_cli(build_cli(), ["eval", "--task", "rating", "-o", str(out), "--ratings", str(saved)]) == 0
    finally:
        chromium.throw_away(page)
