"""An outline read again from the page: a step that undo takes back, and a sentence where nothing is done."""

from __future__ import annotations

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

import sam
from sam import Cancelled, Masks, PromptError
from sam.evaluation.benchmarks.closeups import drawn_scenes
from sam.high_resolution.sharpen_outlines import refine
from webapp.models.offered import Models
from webapp.routes.requests import PREFIX
from webapp.workspace.segment import open_image
from webapp.workspace.sharpen import make_sharpening_routes, sharpen
from webapp.workspace.workspace import SupersededError


@pytest.fixture(scope="module")
def scene():
    return next(drawn_scenes(1, 4, (800, 1100), 1))


@pytest.fixture
def large(workspaces, scene):
    """(workspace, id of the object) of a photo that nano sees at half its size."""
    workspace = workspaces.open("nano")
    open_image(workspace, scene.image.copy(), "large.png")
    model = sam.load_model("nano")
    box = Masks(scene.mask(0)).boxes.xyxy[0]
    found = model.predict(model.embed(scene.image), boxes=[box])
    (item,) = workspace.add(workspace.picture, found, "clicks, nano")
    return workspace, item


def test_it_is_a_step_that_undo_takes_back(large, scene):
    workspace, item = large
    picture = workspace.picture
    before, version = workspace.masks([item]), picture.version
    expected = refine(sam.load_model("nano"), scene.image, before).masks.masks[0]
    for _ in range(2):  # the second time what it ends in is not said twice
        done = sharpen(workspace, picture.id, item)
        assert (done.outcome, done.note) == ("sharper", "")
        assert picture.objects[item].source == "clicks, nano, sharpened"
        if _ == 0:
            np.testing.assert_array_equal(picture.objects[item].mask(), expected)
    workspace.go_to(version)
    np.testing.assert_array_equal(picture.objects[item].mask(), before.masks[0])


def test_over_http(large, workspaces):
    workspace, item = large
    path = f"{PREFIX}/workspaces/{workspace.token}/objects/{item}/sharpen"
    with TestClient(Starlette(routes=make_sharpening_routes(workspaces, Models()))) as client:
        answer = client.post(path, json={"picture": workspace.picture.id}).json()
        assert (answer["outcome"], answer["note"]) == ("sharper", "")
        assert answer["objects"][0]["source"] == "clicks, nano, sharpened"
        gone = client.post(path.replace(item, "gone"), json={"picture": workspace.picture.id})
        assert (gone.status_code, "not there" in gone.json()["error"]) == (400, True)


def test_a_small_photo_is_left_alone_and_why_is_said(workspace, image):
    mask = np.zeros(image.shape[:2], bool)
    mask[15:45, 15:45] = True
    (item,) = workspace.add(workspace.picture, Masks(mask), "drawn")
    version = workspace.picture.version
    done = sharpen(workspace, workspace.picture.id, item)
    assert done.note == "This photo is not larger than what nano sees (512 pixels)."
    assert workspace.picture.version == version


def test_what_is_not_wanted_any_more_or_was_changed_meanwhile_is_not_applied(large):
    workspace, item = large
    picture = workspace.picture
    before = picture.objects[item].mask_key
    with pytest.raises(Cancelled):
        sharpen(workspace, picture.id, item, lambda: False)
    assert picture.objects[item].mask_key == before

    def meanwhile() -> bool:
        workspace.redraw(picture, item, np.eye(*picture.size_hw, dtype=bool), "drawn")
        return True

    with pytest.raises(PromptError, match="changed meanwhile"):
        sharpen(workspace, picture.id, item, meanwhile)
    assert picture.objects[item].source == "drawn"
    workspace.change(item, locked=True)
    with pytest.raises(PromptError, match="locked"):
        sharpen(workspace, picture.id, item)
    with pytest.raises(SupersededError):
        sharpen(workspace, "another", item)
