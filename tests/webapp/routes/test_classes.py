"""The routes of the class list."""

from __future__ import annotations

import json

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from sam import Masks
from webapp.models.offered import Models
from webapp.routes.classes import make_class_routes
from webapp.routes.export import make_export_routes
from webapp.routes.imports import make_import_routes
from webapp.routes.requests import PREFIX


@pytest.fixture
def client(workspaces):
    makers = make_class_routes, make_import_routes, make_export_routes
    routes = [route for make in makers for route in make(workspaces, Models())]
    with TestClient(Starlette(routes=routes), base_url="http://test" + PREFIX) as client:
        yield client


def body_of(files: dict[str, bytes]) -> bytes:
    head = json.dumps([[name, len(data)] for name, data in files.items()]).encode()
    return b"\n".join([head, b"".join(files.values())])


def test_a_class_is_added_given_changed_and_deleted(client, workspace):
    here = f"/workspaces/{workspace.token}/classes"
    mask = np.zeros((1, 60, 80), bool)
    mask[0, 10:30, 10:40] = True
    (one,) = workspace.add(workspace.picture, Masks(mask), "test")
    state = client.post(here, json={"do": "add", "name": "cup", "color": "#102030"}).json()
    cup = state["class"]
    assert state["classes"] == [{"id": cup, "name": "cup", "color": "#102030", "key": "1"}]
    given = {"picture": workspace.picture.id, "objects": [one], "class": cup}
    state = client.post(f"{here}/give", json=given).json()
    assert (state["objects"][0]["class"], state["objects"][0]["color"]) == (cup, "#102030")
    state = client.post(here, json={"do": "change", "id": cup, "name": "mug"}).json()
    assert state["classes"][0]["name"] == "mug"
    coco = client.get(f"/workspaces/{workspace.token}/export/objects?format=coco")
    assert coco.json()["categories"][0]["name"] == "mug"
    state = client.post(here, json={"do": "remove", "id": cup}).json()
    assert (state["classes"], state["objects"][0]["class"]) == ([], "")
    assert client.post(here, json={"do": "remove", "id": cup}).status_code == 400


LISTS = {
    "text": {"things.txt": b"# kinds\ndog\n\nred car\ndog\n"},
    "yolo": {"data.yaml": b"names:\n  1: red car\n  0: dog\n"},
    "coco": {"instances.json": b'{"categories": [{"id": 1, "name": "dog"}, {"id": 7, "name": "red car"}]}'},
}


@pytest.mark.parametrize("files", LISTS.values(), ids=LISTS)
def test_a_list_is_read_from_a_file(client, workspace, files):
    path = f"/workspaces/{workspace.token}/classes/import"
    answer = client.post(path, content=body_of(files)).json()
    assert [one["name"] for one in answer["classes"]] == ["dog", "red car"]
    assert answer["said"] == "2 classes added."
    again = client.post(path, content=body_of(files)).json()
    assert again["said"] == "0 classes added. 2 are in the list already."
    assert client.post(path, content=body_of({"a.bin": b"x"})).status_code == 400


def test_a_class_list_that_is_dropped_alone_goes_to_the_list_and_prose_does_not(client, workspace):
    path = f"/workspaces/{workspace.token}/import"
    answer = client.post(path, content=body_of(LISTS["yolo"])).json()
    assert (answer["added"], answer["notes"]) == ([], ["2 classes added."])
    assert client.post(path, content=body_of({"notes.txt": b"Dear diary"})).status_code == 400
    assert len(workspace.classes.now) == 2


def test_dropped_objects_bring_their_classes_in_their_order(client, workspace):
    yolo = {"disk.txt": b"2 0.5 0.5 0.25 0.5", "data.yaml": b"names: [cup, dog, cat]"}
    answer = client.post(f"/workspaces/{workspace.token}/import", content=body_of(yolo)).json()
    assert [one["name"] for one in answer["classes"]] == ["cup", "dog", "cat"]
    assert answer["objects"][0]["class"] == answer["classes"][2]["id"]
    coco = client.get(f"/workspaces/{workspace.token}/export/objects?format=coco").json()
    assert [one["name"] for one in coco["categories"]] == ["cup", "dog", "cat"]


def test_a_list_comes_back_into_an_empty_workspace(client, workspace):
    rows = [{"id": "abcd", "name": "cup", "color": "#102030", "key": ""}]
    assert client.put(f"/workspaces/{workspace.token}/classes", json={"classes": rows}).json()["classes"] == rows
    bad = client.put(f"/workspaces/{workspace.token}/classes", json={"classes": [{"name": 1}]})
    assert bad.status_code == 400
