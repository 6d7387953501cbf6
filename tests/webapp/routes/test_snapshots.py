from __future__ import annotations

import json
import struct

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from webapp.models.offered import Models
from webapp.routes.requests import PREFIX
from webapp.routes.routes import make_routes
from webapp.routes.snapshots import make_snapshot_routes

from .test_routes import keep, picture_id


@pytest.fixture
def client(workspaces):
    routes = [*make_routes(workspaces, Models()), *make_snapshot_routes(workspaces, Models())]
    with TestClient(Starlette(routes=routes), base_url="http://test" + PREFIX) as client:
        yield client


@pytest.fixture
def here(client, png) -> str:
    token = client.post("/workspaces").json()["token"]
    assert client.post(f"/workspaces/{token}/image?name=disk.png", content=png).status_code == 200
    return f"/workspaces/{token}"


def framed(fields, image: bytes = b"", source: bytes = b"") -> bytes:
    text = json.dumps({"sizes": [len(image), len(source), 0], **fields}).encode()
    return struct.pack("<I", len(text)) + text + image + source


def test_a_browser_brings_back_what_it_kept(client, here, png):
    keep(client, here)
    picture = picture_id(client, here)
    before = client.get(f"{here}/state").json()
    mask = client.get(f"{here}/objects/{before['objects'][0]['id']}/mask.png").content
    taken = client.post(f"{here}/snapshot", json={"pictures": [picture], "have": []}).json()
    lossless = client.get(f"{here}/pictures/{picture}/lossless.png").content
    client.post(f"{here}/close")
    for image, source in ((b"", png), (lossless, b"")):
        there = f"/workspaces/{client.post('/workspaces').json()['token']}"
        row = {**taken["pictures"][0], "masks": taken["masks"]}
        answer = client.put(f"{there}/snapshot", content=framed(row, image, source))
        assert answer.status_code == 200, answer.text
        assert answer.json()["objects"] == before["objects"]
        assert client.get(f"{there}/objects/{before['objects'][0]['id']}/mask.png").content == mask


def test_an_example_needs_no_file(client):
    from webapp.images.examples import list_examples

    name = list_examples()[0].name
    here = f"/workspaces/{client.post('/workspaces').json()['token']}"
    picture = client.post(f"{here}/example", json={"name": name}).json()["picture"]
    row = client.post(f"{here}/snapshot", json={"pictures": [picture["id"]], "have": []}).json()["pictures"][0]
    there = f"/workspaces/{client.post('/workspaces').json()['token']}"
    answer = client.put(f"{there}/snapshot", content=framed({**row, "masks": {}, "example": name}))
    assert answer.json()["picture"]["id"] == picture["id"]
    answer = client.put(f"{there}/snapshot", content=framed({**row, "masks": {}, "example": "../x"}))
    assert (answer.status_code, answer.json()["error"]) == (400, "That example photo is not there any more.")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xff\xff\xff{}",
        b"\x02\x00\x00\x00{}",
        b"\x02\x00\x00\x00[]",
        framed({"sizes": [1, 0, 0]}),
        framed({"sizes": [-1, 1, 0]}),
        framed({"sizes": [0, 0]}),
        framed({"sizes": "x"}),
        framed({}),
    ],
)
def test_a_damaged_request_is_refused(client, here, body):
    answer = client.put(f"{here}/snapshot", content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_nobody_reads_anothers(client, here):
    picture = picture_id(client, here)
    other = f"/workspaces/{client.post('/workspaces').json()['token']}"
    assert client.post(f"{other}/snapshot", json={"pictures": [picture]}).json()["pictures"] == []
    for path in ("lossless.png", "source"):
        assert client.get(f"{other}/pictures/{picture}/{path}").status_code == 400
    assert client.post("/workspaces/nobody/snapshot", json={"pictures": []}).status_code == 410


def test_a_page_that_is_loaded_again_finds_its_workspace(client, here):
    before = client.get(f"{here}/state").json()
    assert client.post(f"{here}/leave").status_code == 204
    assert client.get(f"{here}/state").json() == before
