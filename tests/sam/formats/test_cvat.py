"""CVAT for images 1.1 in its documented form; CVAT itself is a server, so it is not asked."""

from __future__ import annotations

import numpy as np
import pytest
from defusedxml import ElementTree

from sam import rle
from sam.formats import Files, FormatError, cvat
from sam.formats import write_annotations as write
from sam.formats.cvat import row_runs

from .scenes import apart

# As in docs.cvat.ai: counts along the rows of the box, background first.
DOCUMENTED = """<annotations><version>1.1</version><image id="0" name="p.jpg" width="20" height="10">
<mask label="car" source="manual" occluded="0" rle="3, 5, 7, 5" left="2" top="3" width="10" height="2" z_order="0"/>
<polygon label="car" points="1.0,1.0;4.0,1.0;4.0,2.0" group_id="3"/><box label="dog" xtl="5" ytl="6" xbr="8" ybr="9"/>
<polygon label="car" points="10.0,7.0;14.0,7.0;14.0,9.0" group_id="3"/><points label="dog" points="1,2"/>
</image></annotations>"""


def test_the_documented_form_is_read():
    back = cvat.read(Files.of({"annotations.xml": DOCUMENTED.encode()}))
    mask = np.zeros((10, 20), bool)
    mask[3, 5:10] = mask[4, 7:12] = True
    assert (rle.decode(back.objects[0].rle) == mask).all()
    assert back.objects[2].box == (5, 6, 8, 9)
    assert back.objects[1].box[:2] == (1, 1) or back.objects[1].box[2:] == (14, 9)
    assert len(back.objects) == 3
    assert back.problems == ("annotations.xml, p.jpg, points 5: a 'points' has no area.",)


def test_masks_are_written_in_that_form():
    root = ElementTree.fromstring(write(apart(), None, "cvat").files["annotations.xml"])
    for element, one in zip(root.iter("mask"), apart().objects):
        runs = [int(run) for run in element.get("rle").split(", ")]
        width, height = int(element.get("width")), int(element.get("height"))
        flat = np.repeat(np.arange(len(runs)) % 2, runs)
        x0, y0, x1, y1 = one.box
        assert (x1 - x0, y1 - y0) == (width, height)
        assert (flat.reshape(height, width).astype(bool) == rle.decode(one.rle)[y0:y1, x0:x1]).all()


def test_runs_begin_with_the_background():
    assert row_runs(np.array([[True, True, False]])).tolist() == [0, 2, 1]
    assert row_runs(np.array([[False, True], [True, False]])).tolist() == [1, 2, 1]
    assert row_runs(np.ones((2, 2), bool)).tolist() == [0, 4]


def test_entities_are_refused():
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><annotations>&b;</annotations>'
    outside = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><annotations>&a;</annotations>'
    for text in (bomb, outside):
        with pytest.raises(FormatError, match="entities"):
            cvat.read(Files.of({"annotations.xml": text.encode()}))


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ('<mask label="a" rle="1, 2" left="0" top="0" width="10" height="2"/>', "add up to 3"),
        ('<mask label="a" rle="-1, 21" left="0" top="0" width="10" height="2"/>', "none that a photo has"),
        ('<mask label="a" rle="99999999999" left="0" top="0" width="99999" height="99999"/>', "none that a photo has"),
        ('<mask label="a" rle="0, 20" left="nan" top="0" width="10" height="2"/>', "no place"),
        ('<mask label="a" rle="0, 20" left="-100" top="0" width="10" height="2"/>', "no pixel"),
        ('<polygon label="a" points="1,1;2,2"/>', "2 vertices"),
        ('<polygon label="a" points="1,1;2,2;3"/>', "vertices"),
        ('<polygon label="a" points="1,1;2,2;x,3"/>', "not as the format has it"),
        ('<box label="a" xtl="1" ytl="1" xbr="5"/>', "no number"),
    ],
)
def test_shapes_that_are_none_are_told_of(shape, said):
    good = '<box label="a" xtl="0" ytl="0" xbr="4" ybr="4"/>'
    xml = f'<annotations><image name="p.jpg" width="20" height="10">{shape}{good}</image></annotations>'
    back = cvat.read(Files.of({"annotations.xml": xml.encode()}))
    assert len(back.objects) == 1
    assert len(back.problems) == 1
    assert said in back.problems[0]
