"""The routes of project files."""

from __future__ import annotations

import json
import struct

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from sam.formats import read_project
from webapp.models.offered import Models
from webapp.routes.projects import make_project_routes
from webapp.routes.requests import PREFIX
from webapp.workspace.segment import commit

CLICK = {"points": [[30, 30]], "labels": [1], "box": None}


@pytest.fixture
def client(workspaces):
    with TestClient(
        Starlette(routes=make_project_routes(workspaces, Models())), base_url="http://test" + PREFIX
    ) as client:
        yield client


def framed(fields, photo: bytes = b"", project: bytes = b"") -> bytes:
    text = json.dumps({**fields, "sizes": [len(photo), len(project), 0]}).encode()
    return struct.pack("<I", len(text)) + text + photo + project


def test_saved_opened_and_saved_again(client, workspace, workspaces, png):
    commit(workspace, workspace.picture.id, CLICK, 0)
    here = f"/workspaces/{workspace.token}"
    answer = client.post(f"{here}/project/save", content=framed({"picture": workspace.picture.id}, png))
    assert "disk.samstudio" in answer.headers["content-disposition"]
    project = read_project(answer.content)
    assert project.count == 1
    assert project.read(project.photos[0]) == png
    other = workspaces.open("nano")
    state = client.post(f"/workspaces/{other.token}/project/open", content=answer.content).json()
    assert state["picture"]["name"] == "disk.png"
    assert len(state["objects"]) == 1
    assert state["project"]["notes"] == []
    fields = {"picture": state["picture"]["id"], "photo": state["project"]["photo"]}
    again = client.post(f"/workspaces/{other.token}/project/save", content=framed(fields, png, answer.content)).content
    assert again == answer.content


def test_replay_and_take(client, workspace):
    commit(workspace, workspace.picture.id, CLICK, 0)
    here, picture = f"/workspaces/{workspace.token}", workspace.picture.id
    found = client.post(f"{here}/replay", json={"picture": picture, "model": "nano"}).json()
    assert [row["iou"] for row in found["objects"]] == [1]
    state = client.post(
        f"{here}/replay/take", json={"picture": picture, "model": "nano", "objects": found["objects"]}
    ).json()
    assert state["notes"] == []
    assert state["objects"][0]["mask"] != found["objects"][0]["mask"]


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("project/open", b"rubbish", "not a zip"),
        ("project/save", b"rubbish", "damaged"),
        ("project/save", framed({"picture": "other"}), "Another photo"),
        ("replay", b'{"model": "nonsuch"}', "nonsuch"),
    ],
)
def test_what_is_refused_is_a_sentence(client, workspace, path, body, said):
    answer = client.post(f"/workspaces/{workspace.token}/{path}", content=body)
    assert answer.status_code >= 400
    assert said in answer.json()["error"]
