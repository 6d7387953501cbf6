"""The clipboard: Ctrl+C is read back and compared with the mask; Ctrl+V lays the cut-out over another photo."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.browser

READ = """async () => {
    const [item] = await navigator.clipboard.read();
    const bytes = new Uint8Array(await (await item.getType('image/png')).arrayBuffer());
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}"""


def fetched(tab, path: str) -> np.ndarray:
    return np.array(Image.open(io.BytesIO(tab.page.request.get(f"{tab.workspace}/{path}").body())))


def test_a_cutout_is_copied_and_laid_over_another_photo(visit, cat, astronaut):
    tab = visit()
    page = tab.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=tab.url)
    tab.drop_photo(cat)
    tab.click(225, 150)
    tab.keep()
    (item,) = tab.state()["objects"]
    tab.key("Control+c")
    tab.wait_status("copied, with transparency")
    copied = np.array(Image.open(io.BytesIO(base64.b64decode(page.evaluate(READ)))))
    mask = fetched(tab, f"objects/{item['id']}/mask.png") > 0
    x0, y0, x1, y1 = (int(side) for side in item["box"])
    assert ((copied[..., 3] > 0) == mask[y0:y1, x0:x1]).all()
    photo = np.array(Image.open(cat).convert("RGB"))[y0:y1, x0:x1]
    inside = mask[y0:y1, x0:x1]
    assert (copied[inside][:, :3] == photo[inside]).all()

    # A field keeps its own keys: what is marked there is copied, not the object.
    page.locator(".ss-object-main").first.dblclick()
    page.locator(".ss-name-field").fill("whiskers")
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+c")
    assert page.evaluate("navigator.clipboard.readText()") == "whiskers"
    page.keyboard.press("Enter")
    page.locator(".ss-canvas").focus()
    tab.key("Control+c")
    tab.wait_status("whiskers copied")

    tab.drop_photo(astronaut)
    before = fetched(tab, "export/picture?what=photo")
    page.locator(".ss-canvas").focus()
    tab.key("Control+v")
    tab.wait("result", "layer")
    first = page.locator(".ss-result-bar input[type=range]:visible")
    first.fill("40")
    page.mouse.move(*tab.at(256, 256))
    page.mouse.down()
    page.mouse.move(*tab.at(300, 230), steps=4)
    page.mouse.up()
    picture = tab.data("picture")
    tab.key("Enter")
    page.wait_for_function("(old) => document.querySelector('[data-picture]').dataset.picture !== old", arg=picture)
    after = fetched(tab, "export/picture?what=photo")
    changed = (before != after).any(2)
    assert 0.01 < changed.mean() < 0.9
    columns = np.flatnonzero(changed.any(0))
    assert (columns[0] + columns[-1]) / 2 > 270  # it went to the right
    tab.wait("result", "")
    tab.key("Control+z")
    page.wait_for_selector(f'[data-picture="{picture}"]', state="attached")
    assert (fetched(tab, "export/picture?what=photo") == before).all()

    # Discarded, nothing has changed.
    tab.key("Control+v")
    tab.wait("result", "layer")
    tab.key("Escape")
    tab.wait("result", "")
    assert tab.data("picture") == picture
