"""The panel over HTTP."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from sam.models.registry import MODELS
from webapp.models.manager import Manager
from webapp.models.offered import Models
from webapp.routes.models import make_manager_routes
from webapp.routes.requests import PREFIX


@pytest.fixture
def manager(workspaces) -> Manager:
    return Manager(Models(), workspaces)


@pytest.fixture
def client(manager):
    app = Starlette(routes=make_manager_routes(manager))
    with TestClient(app, base_url="http://test" + PREFIX) as client:
        yield client


def test_look_and_act(client, manager, monkeypatch):
    most = MODELS.max_bytes
    here = f"/workspaces/{manager.workspaces.open('nano').token}/models"
    shown = client.get(here).json()
    assert shown["allowed"]
    assert shown["models"][0]["name"] == "nano"
    answer = client.post(here, json={"do": "budget", "name": "2"})
    assert answer.json()["memory"]["most"] == 2_000_000_000
    MODELS.resize(most)
    answer = client.post(here, json={"do": "delete", "name": "nano"})
    assert (answer.status_code, "left alone" in answer.json()["error"]) == (503, True)
    manager.models.allowed = False
    assert "not allowed" in client.post(here, json={"do": "download", "name": "sam3"}).json()["error"]


def test_without_a_workspace_there_is_nothing(client):
    assert client.get("/workspaces/guessed/models").status_code == 410
    assert client.post("/workspaces/guessed/models", json={"do": "download", "name": "sam3"}).status_code == 410
