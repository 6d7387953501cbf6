"""What leaves the page; that the files are the masks, tests/webapp/routes/test_export.py shows."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from sam import Masks, PromptError
from sam.formats import Options, find_format
from webapp.images import export


@pytest.mark.parametrize(
    ("name", "kind"),
    [("dog", "dog"), ("dog 2", "dog"), ("Object 7", ""), ("object", ""), ("fire truck 10", "fire truck"), ("7", "")],
)
def test_the_kind_that_a_name_says(name, kind):
    assert export.class_of(name) == kind


def test_annotations_have_the_masks_names_and_origin(workspace):
    masks = np.zeros((1, 60, 80), bool)
    masks[0, 5:9, 5:9] = True
    workspace.add(workspace.picture, Masks(masks, [0.5]), "text", ["cup"])
    found = export.to_annotations(workspace.picture, workspace.objects())
    (one,) = found.objects
    assert (one.label, one.name, one.score, one.area, one.image) == ("cup", "cup", 0.5, 16, "disk.png")
    assert one.provenance == {"model": "nano", "source": "text"}
    assert found.images[0].source is None


@pytest.mark.parametrize("name", ["../../evil.jpg", "C:\\photos\\evil.jpg", "/etc/evil.jpg"])
def test_a_photos_name_leads_nowhere(workspace, name):
    workspace.picture.name = name
    assert export.to_annotations(workspace.picture, []).images[0].name == "evil.jpg"


def test_an_outline_at_the_photos_border_is_shown(workspace):
    workspace.add(workspace.picture, Masks(np.ones((1, 60, 80), bool)), "test")
    assert export.make_preview(workspace.picture, workspace.objects(), "mask", 1, "edge")


def test_no_objects_are_refused(workspace):
    with pytest.raises(PromptError, match="no objects"):
        export.make_annotations(workspace.picture, [], find_format("coco"), Options())


def test_a_trimmed_cutout_is_cut_to_its_objects(workspace):
    mask = np.zeros((1, 60, 80), bool)
    mask[0, 12:30, 40:70] = True
    workspace.add(workspace.picture, Masks(mask), "test")
    data = export.make_picture(workspace.picture, workspace.objects(), "cutout", "png", trim=True)
    pixels = np.array(Image.open(io.BytesIO(data)))
    assert (pixels == np.dstack([workspace.picture.image, np.full((60, 80), 255, np.uint8)])[12:30, 40:70]).all()
