"""Routes of results: pictures and files of them, apply, discard, outlines, take."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from sam import Masks
from webapp.models.offered import Models
from webapp.routes.requests import PREFIX
from webapp.routes.results import make_result_routes
from webapp.workspace.results import propose_masks, show_pictures


@pytest.fixture
def client(workspaces):
    app = Starlette(routes=make_result_routes(workspaces, Models()))
    with TestClient(app, base_url="http://test" + PREFIX) as client:
        yield client


def read(answer) -> np.ndarray:
    assert answer.status_code == 200, answer.text
    return np.array(Image.open(io.BytesIO(answer.content)))


def test_pictures_are_looked_at_saved_and_applied(client, workspace, image):
    changed = image.copy()
    changed[28:32, 38:42] = 0
    shown = show_pictures(workspace, workspace.picture, [image, changed], title="", file="erased.png")
    here = f"/workspaces/{workspace.token}/results/{shown.id}"
    assert (read(client.get(f"{here}/pictures/1")) == changed).all()
    left, top, right, bottom = shown.focus
    assert (read(client.get(f"{here}/pictures/1?part=1")) == changed[top:bottom, left:right]).all()
    saved = client.get(f"{here}/pictures/1/file?kind=tiff")
    assert "erased.tiff" in saved.headers["content-disposition"]
    assert (read(saved) == changed).all()
    assert client.get(f"{here}/pictures/1/file?kind=exe").status_code == 400
    for path in ("pictures/2", "pictures/x", "pictures/-1", "pictures/99999999999999999999"):
        assert client.get(f"{here}/{path}").status_code == 400
    state = client.post(f"{here}/apply", json={"choice": 1}).json()
    assert state["picture"]["id"] == workspace.picture.id
    assert (workspace.picture.image == changed).all()
    assert client.get(f"{here}/pictures/0").json()["error"].startswith("That result is not here any more")


def test_a_transparent_picture_keeps_its_transparency(client, workspace, image):
    cutout = np.dstack([image, np.arange(60 * 80).reshape(60, 80) % 256]).astype(np.uint8)
    shown = show_pictures(workspace, workspace.picture, [cutout], title="", file="cutout.png")
    here = f"/workspaces/{workspace.token}/results/{shown.id}"
    assert (read(client.get(f"{here}/pictures/0")) == cutout).all()
    assert read(client.get(f"{here}/pictures/0/file")).shape == (60, 80, 4)
    assert client.post(f"{here}/apply", json={}).status_code == 400
    assert client.delete(here).status_code == 204
    assert workspace.offered is None


def test_proposals_are_outlined_and_taken(client, workspace, image):
    mask = np.zeros((1, 60, 80), bool)
    mask[0, 10:20, 10:30] = True
    proposed = propose_masks(workspace, workspace.picture, Masks(mask), title="", source="test")
    here = f"/workspaces/{workspace.token}/results/{proposed.id}"
    (one,) = client.get(f"{here}/outlines").json()["proposals"]
    assert one["area"] == 200
    state = client.post(f"{here}/take", json={"rows": [0]}).json()
    assert state["added"] == [item["id"] for item in state["objects"]]
    assert client.get(f"{here}/outlines").json() == {"proposals": []}
    assert client.post(f"{here}/take", json={"rows": "all"}).status_code == 400


def test_another_visitors_result_is_out_of_reach(client, workspaces, workspace, image):
    shown = show_pictures(workspace, workspace.picture, [image], title="")
    other = workspaces.open("nano")
    assert client.get(f"/workspaces/{other.token}/results/{shown.id}/pictures/0").status_code == 400
    assert client.get(f"/workspaces/nobody/results/{shown.id}/pictures/0").status_code == 410
