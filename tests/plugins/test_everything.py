"""Everything mode in its tab: found once, chosen from again and again, added to the objects."""

from __future__ import annotations

import numpy as np
import pytest

from plugins import everything, load_plugins
from plugins.everything import find_everything
from sam import Image, PromptError


@pytest.fixture(scope="module")
def image():
    """(120, 160, 3): bright shapes on a dark ground."""
    out = np.full((120, 160, 3), 30, np.uint8)
    out[20:70, 20:80] = 220, 60, 40
    out[60:110, 95:145] = 60, 90, 220
    return out


def test_the_tool_gives_the_largest_first(image):
    found = find_everything(image, most=2)
    areas = found.masks.sum(axis=(1, 2))
    assert 1 <= len(found) <= 2
    assert (np.diff(areas) <= 0).all()
    with pytest.raises(PromptError, match="most"):
        find_everything(image, most=0)


def test_the_tool_filters_as_the_sliders_do(image, visitor):
    visitor.build(everything.build_tab)
    done = visitor.fire("click", visitor.find("Find everything"), {visitor.image: image})
    kept = next(one for one in done if type(one).__name__ == "State")
    values = {visitor.image: image, kept: done[kept], visitor.find("Remove specks and holes below (pixels)"): 500}
    values |= {visitor.find("Minimum quality"): 0.3, visitor.find("Minimum stability"): 0.9}
    added = visitor.fire("input", visitor.find("Minimum quality"), values)[visitor.result]
    tool, options = visitor.recorded[-1]
    assert (tool, options["min_mask_region_area"]) == ("find_everything", 500)
    again = visitor.host.tools[tool].bind(**options).run(image)
    np.testing.assert_array_equal(again.masks, added.masks)


def test_the_tab_finds_filters_and_adds(image, visitor):
    visitor.build(everything.build_tab)
    button = visitor.find("Find everything")
    done = visitor.fire("click", button, {visitor.image: image})
    kept = next(one for one in done if type(one).__name__ == "State")
    line = next(one for one in done if type(one).__name__ == "Markdown")
    assert any("masks so far" in text for text in visitor.said)
    assert " masks" in done[line]
    assert len(done[visitor.result]) >= 1

    iou = visitor.find("Minimum quality")
    none = visitor.fire("input", iou, {visitor.image: image, kept: done[kept], iou: 0.999})
    assert none[line].startswith("0 of")
    assert len(none[visitor.result]) == 0


def test_another_photo_needs_another_look(image, visitor):
    visitor.build(everything.build_tab)
    with pytest.raises(PromptError, match="Find everything first"):
        visitor.fire("input", visitor.find("Minimum quality"), {visitor.image: image})


def test_the_tool_chains():
    host = load_plugins(names=["everything", "cutout_png"], strict=True)
    assert host.chain("find_everything", "cutout_png").inputs == {"image": Image}
