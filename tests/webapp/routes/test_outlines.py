"""The routes of editing outlines."""

from __future__ import annotations

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from sam import Masks
from webapp.models.offered import Models
from webapp.routes.outlines import make_outline_routes
from webapp.routes.requests import PREFIX


@pytest.fixture
def client(workspaces):
    with TestClient(
        Starlette(routes=make_outline_routes(workspaces, Models())), base_url="http://test" + PREFIX
    ) as client:
        yield client


def test_vertices_out_and_the_moved_mask_back(client, workspace):
    mask = np.zeros((1, 60, 80), bool)
    mask[:, 10:30, 10:40] = True
    (one,) = workspace.add(workspace.picture, Masks(mask), "test")
    path = f"/workspaces/{workspace.token}/objects/{one}/outline"
    found = client.get(path).json()
    assert sorted(map(tuple, found["rings"][0])) == [(10, 10), (10, 30), (40, 10), (40, 30)]
    assert found["iou"] == 1
    after = [[[x, y + 10 if y == 30 else y] for x, y in ring] for ring in found["rings"]]
    body = {"picture": workspace.picture.id, "mask": found["mask"], "before": found["rings"], "after": after}
    state = client.post(path, json=body).json()
    assert state["objects"][0]["area"] == 900
    assert state["objects"][0]["mask"] != found["mask"]
    refused = client.post(path, json=body)
    assert refused.status_code == 400
    assert "changed meanwhile" in refused.json()["error"]
    assert client.get(f"/workspaces/{workspace.token}/objects/none/outline").status_code == 400
