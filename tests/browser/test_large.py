"""A photo of 27 megapixels: drawn from a smaller copy, sharpened and saved at full size."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.browser

SIZE = (6000, 4500)


def sharpen_and_take_back(tab) -> None:
    """One outline read again at full resolution, on the server; Ctrl+Z brings the old one back."""
    (before,) = tab.state()["objects"]
    tab.page.locator(".ss-selected-bar [data-action=sharpen]").click()
    tab.wait_status("Outline of Object 1 read again at full resolution")
    (after,) = tab.state()["objects"]
    assert after["source"] == f"{before['source']}, sharpened"
    tab.page.locator(".ss-canvas").focus()
    tab.key("Control+z")
    tab.page.wait_for_function("document.querySelector('.ss-object-facts').title.endsWith('nano')")
    assert tab.state()["objects"] == [before]


@pytest.mark.slow
def test_a_huge_photo_is_drawn_small_and_saved_whole(visit, page_server):
    picture = Image.new("RGB", SIZE, (40, 90, 160))
    picture.paste((220, 60, 40), (2250, 1500, 3750, 3000))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=70)
    tab = visit(page_server)
    tab.drop(file.getvalue(), "huge.jpg")
    tab.wait("decoder", "ready")
    tab.click(3000, 2250)
    tab.keep()
    tab.page.wait_for_function("document.querySelector('.ss-thumb').width > 0")
    drawn = tab.page.evaluate(
        "() => [...document.querySelector('.ss-thumb').getContext('2d').getImageData(36, 36, 1, 1).data]"
    )
    assert np.abs(np.array(drawn) - (220, 60, 40, 255)).max() < 12, (
        "the thumb shows the object, not what lies elsewhere"
    )
    sharpen_and_take_back(tab)
    saved = tab.export()
    assert saved.shape == (SIZE[1], SIZE[0], 4)
    inside = saved[..., 3] == 255
    assert inside[1575:2925, 2325:3675].mean() > 0.98
    assert inside.mean() < 1.1 * (1500 * 1500) / (SIZE[0] * SIZE[1])
