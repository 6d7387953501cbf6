"""SVG as a browser draws it, against the masks."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from sam import rle
from sam.formats import write_annotations
from tests.sam.formats.scenes import apart

pytestmark = pytest.mark.browser


def test_chromium_draws_the_masks(chromium):
    scene = apart()
    drawing = write_annotations(scene, None, "svg").files["a/first.svg"].decode()
    page = chromium.page(viewport={"width": 60, "height": 40})
    for index, one in enumerate(scene.objects):
        shown = f"path{{display:none}}#object-{index + 1}{{display:inline}}"
        style = f"<style>body{{margin:0}}svg{{display:block}}{shown}</style>"
        page.set_content(style + drawing)
        drawn = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB")).min(axis=2) < 250
        mask = rle.decode(one.rle)
        # Its outline runs along the pixels' edges, so that nothing is softened.
        assert (drawn & mask).sum() / (drawn | mask).sum() >= 0.995
