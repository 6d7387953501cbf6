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
        done = sharpen(workspace, picture.id, [item])[item]
        assert (done.outcome, done.note) == ("sharper", "")
        assert picture.objects[item].source == "clicks, nano, sharpened"
        if _ == 0:
            np.testing.assert_array_equal(picture.objects[item].mask(), expected)
    workspace.go_to(version)
    np.testing.assert_array_equal(picture.objects[item].mask(), before.masks[0])


def test_over_http(large, workspaces):
    workspace, item = large
    path = f"{PREFIX}/workspaces/{workspace.token}/sharpen"
    with TestClient(Starlette(routes=make_sharpening_routes(workspaces, Models()))) as client:
        answer = client.post(path, json={"picture": workspace.picture.id, "objects": [item]}).json()
        assert answer["done"] == {item: {"outcome": "sharper", "note": ""}}
        assert answer["objects"][0]["source"] == "clicks, nano, sharpened"
        for objects, words in (["gone"], "not there"), ([], "at least one"), ("gone", "a list of ids"), ([3], "a list"):
            refused = client.post(path, json={"picture": workspace.picture.id, "objects": objects})
            assert (refused.status_code, words in refused.json()["error"]) == (400, True)


@pytest.mark.parametrize(("lent", "expected"), [(False, 1), (True, 2)])
def test_several_are_read_one_by_one_or_all_in_one_lease(large, monkeypatch, lent, expected):
    workspace, item = large
    (other,) = workspace.add(workspace.picture, workspace.masks([item]), "copied")
    monkeypatch.setattr("webapp.workspace.sharpen.is_lent", lambda model: lent)
    done = sharpen(workspace, workspace.picture.id, [item, other])
    assert [done[one].outcome for one in (item, other)[:expected]] == ["sharper"] * expected
    assert len(done) == expected
    assert workspace.picture.objects[other].source == ("copied, sharpened" if lent else "copied")


def test_a_small_photo_is_left_alone_and_why_is_said(workspace, image):
    mask = np.zeros(image.shape[:2], bool)
    mask[15:45, 15:45] = True
    (item,) = workspace.add(workspace.picture, Masks(mask), "drawn")
    version = workspace.picture.version
    done = sharpen(workspace, workspace.picture.id, [item])[item]
    assert done.note == "This photo is not larger than what nano sees (512 pixels)."
    assert workspace.picture.version == version


def test_what_is_not_wanted_any_more_or_was_changed_meanwhile_is_not_applied(large):
    workspace, item = large
    picture = workspace.picture
    before = picture.objects[item].mask_key
    with pytest.raises(Cancelled):
        sharpen(workspace, picture.id, [item], lambda: False)
    assert picture.objects[item].mask_key == before

    def meanwhile() -> bool:
        workspace.redraw(picture, item, np.eye(*picture.size_hw).astype(bool), "drawn")
        return True

    done = sharpen(workspace, picture.id, [item], meanwhile)[item]
    assert done.outcome == "changed"
    assert "changed meanwhile" in done.note
    assert picture.objects[item].source == "drawn"
    workspace.change(item, locked=True)
    with pytest.raises(PromptError, match="locked"):
        sharpen(workspace, picture.id, [item])
    with pytest.raises(SupersededError):
        sharpen(workspace, "another", [item])
