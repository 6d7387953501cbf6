"""The route of dropped files."""

from __future__ import annotations

import json

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from sam import Masks
from sam.formats import write_annotations
from webapp.images.export import to_annotations
from webapp.models.offered import Models
from webapp.routes.imports import make_import_routes
from webapp.routes.requests import PREFIX


@pytest.fixture
def client(workspaces):
    app = Starlette(routes=make_import_routes(workspaces, Models()))
    with TestClient(app, base_url="http://test" + PREFIX) as client:
        yield client


def body_of(files: dict[str, bytes]) -> bytes:
    head = json.dumps([[name, len(data)] for name, data in files.items()]).encode()
    return b"\n".join([head, b"".join(files.values())])


def test_a_dropped_file_becomes_objects(client, workspace):
    mask = np.zeros((60, 80), bool)
    mask[10:30, 10:40] = True
    workspace.add(workspace.picture, Masks(np.stack([mask, mask.copy()])), "test")
    found = to_annotations(workspace.picture, workspace.objects())
    coco = write_annotations(found, None, "coco").files["annotations.json"]
    before = 2
    path = f"/workspaces/{workspace.token}/import"
    answer = client.post(path, content=body_of({"any.json": coco})).json()
    assert len(answer["added"]) == 2
    assert len(answer["objects"]) == before + 2
    assert answer["notes"] == []
    yolo = {"disk.txt": b"0 0.5 0.5 0.25 0.5", "data.yaml": b"names: [cup]"}
    answer = client.post(path, content=body_of(yolo)).json()
    assert [one["name"] for one in answer["objects"] if one["id"] in answer["added"]] == ["cup"]


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"[]\n", b"{}\n", b'[["a",5]]\nabc', b'[["a",-1]]\n', b'[["a"]]\n', b"\xff\n", b"[1]"),
        b'[["a",1],["a",1]]\nxy',
    ],
)
def test_bodies_that_are_none_are_refused(client, workspace, body):
    answer = client.post(f"/workspaces/{workspace.token}/import", content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]
