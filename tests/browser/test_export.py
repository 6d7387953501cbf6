"""Export: what is downloaded, compared with the server's masks; what each format loses; by keyboard; private."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from sam import rle
from sam.formats import Files, read_annotations
from sam.images import read_image

pytestmark = pytest.mark.browser


@pytest.fixture
def tab(visit, cat):
    tab = visit()
    tab.drop_photo(cat)
    tab.click(225, 150)
    tab.keep()
    tab.click(60, 60)
    tab.keep()
    return tab


def dialog(tab: Any) -> Any:
    return tab.page.locator("dialog.ss-export")


def saved(tab: Any) -> bytes:
    with tab.page.expect_download() as info:
        dialog(tab).locator("button[type=submit]").click()
    return Path(info.value.path()).read_bytes()


def masks(tab: Any) -> list[np.ndarray]:
    """The server's own, object by object."""
    found = []
    for item in tab.state()["objects"]:
        answer = tab.page.request.get(f"{tab.workspace}/objects/{item['id']}/mask.png")
        found.append(np.array(Image.open(io.BytesIO(answer.body()))) > 0)
    return found


def test_pictures_and_annotations_are_the_masks(tab, cat):
    expected = masks(tab)
    union = np.any(expected, axis=0)
    cutout = tab.export("Cut-out", edge="Hard", kind="webp")
    assert ((cutout[..., 3] == 255) == union).all()
    assert (cutout[union][:, :3] == read_image(cat)[union]).all()
    soft = tab.export("Mask", edge="Soft", kind="tiff")
    soft = soft if soft.ndim == 2 else soft[..., 0]
    assert ((soft > 127) == union).all()
    assert len(np.unique(soft)) > 4

    tab.key("Control+Shift+e")
    dialog(tab).get_by_role("radio", name="Objects").click()
    dialog(tab).get_by_label("Format").locator("visible=true").select_option("coco")
    dialog(tab).get_by_text("Nothing is lost.").or_(dialog(tab).get_by_text("without a class")).first.wait_for()
    held = json.loads(saved(tab))
    assert [rle.decode(one["segmentation"]).tolist() for one in held["annotations"]] == [m.tolist() for m in expected]

    tab.key("Control+Shift+e")
    dialog(tab).get_by_role("radio", name="Objects").click()
    dialog(tab).get_by_label("Format").locator("visible=true").select_option("yolo")
    dialog(tab).get_by_text("Not kept: names, scores, prompts, provenance.").wait_for()
    dialog(tab).get_by_label("Include the photo").check()
    data = saved(tab)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert "images/chelsea.png" in archive.namelist()
    back = read_annotations(Files.from_zip(io.BytesIO(data), "a.zip"))
    assert [rle.decode(one.rle).tolist() for one in back.objects] == [mask.tolist() for mask in expected]


def test_the_dialog_by_keyboard_and_what_was_chosen_comes_back(tab):
    tab.key("Control+Shift+e")
    page = tab.page
    page.get_by_role("radio", name="Cut-out").focus()
    page.keyboard.press("ArrowRight")
    assert page.get_by_role("radio", name="Mask").get_attribute("aria-checked") == "true"
    page.get_by_role("radio", name="Smooth").focus()
    page.keyboard.press("ArrowLeft")
    dialog(tab).get_by_alt_text("The edge, enlarged").wait_for()
    page.keyboard.press("Escape")
    assert not dialog(tab).is_visible()
    # The command saves at once, as the dialog was left: with a hard edge.
    page.keyboard.press("Control+k")
    page.keyboard.type("Save cut-out")
    cutout = tab.download(lambda: page.keyboard.press("Enter"))
    assert set(np.unique(cutout[..., 3])) <= {0, 255}


def test_simpler_outlines_say_their_loss(tab):
    tab.key("Control+Shift+e")
    dialog(tab).get_by_role("radio", name="Objects").click()
    dialog(tab).get_by_label("Format").locator("visible=true").select_option("svg")
    dialog(tab).get_by_text("vertices").wait_for()
    before = dialog(tab).locator(".ss-loss").text_content()
    dialog(tab).get_by_label("Simplify outlines").fill("2")
    dialog(tab).get_by_text("Lowest overlap").wait_for()
    assert dialog(tab).locator(".ss-loss").text_content() != before


def dropped(tab: Any, files: dict[str, bytes]) -> None:
    """Drop files on the page, all at once."""
    packed = [[name, base64.b64encode(data).decode()] for name, data in files.items()]
    transfer = tab.page.evaluate_handle(
        """(files) => {
            const transfer = new DataTransfer();
            for (const [name, text] of files)
                transfer.items.add(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], name));
            return transfer;
        }""",
        packed,
    )
    tab.page.dispatch_event("body", "drop", {"dataTransfer": transfer})


def test_what_was_exported_is_dropped_and_comes_back(tab, cat):
    expected = masks(tab)
    tab.key("Control+Shift+e")
    dialog(tab).get_by_role("radio", name="Objects").click()
    dialog(tab).get_by_label("Format").locator("visible=true").select_option("labelme")
    dialog(tab).get_by_text("Not kept").wait_for()
    data = saved(tab)
    dropped(tab, {"chelsea.json": data})
    tab.wait("objects", 4)
    tab.wait_status("2 objects added.")
    assert [mask.tolist() for mask in masks(tab)[2:]] == [mask.tolist() for mask in expected]
    # A picture of a mask, of the photo's size, is an object, and not another photo.
    picture = tab.data("picture")
    buffer = io.BytesIO()
    Image.fromarray(expected[0].astype(np.uint8) * np.uint8(255)).save(buffer, "PNG")
    dropped(tab, {"mask.png": buffer.getvalue()})
    tab.wait("objects", 5)
    assert tab.data("picture") == picture
    assert (masks(tab)[4] == expected[0]).all()
    dropped(tab, {"nothing.json": b"{}"})
    tab.page.get_by_text("nothing.json is in none of the formats that are known.").first.wait_for()
    assert tab.data("objects") == "5"
    tab.problems = [line for line in tab.problems if "400 (Bad Request)" not in line]  # the refusal that was asked for


def test_a_photo_and_its_mask_that_are_dropped_together(visit, cat):
    tab = visit()
    height, width = read_image(cat).shape[:2]
    mask = np.zeros((height, width), np.uint8)
    mask[50:120, 60:200] = 255
    buffer = io.BytesIO()
    Image.fromarray(mask).save(buffer, "PNG")
    other = io.BytesIO()
    Image.fromarray(mask[:40]).save(other, "PNG")
    stem = cat.stem
    files = {f"{stem}_mask.png": buffer.getvalue(), cat.name: cat.read_bytes(), f"{stem}-2.png": other.getvalue()}
    dropped(tab, files)
    tab.wait("objects", 1)
    assert (masks(tab)[0] == (mask > 0)).all()
    assert tab.state()["picture"]["name"] == cat.name
    tab.page.get_by_text(f"{stem}-2.png is no mask of {cat.name}").first.wait_for()
