"""What is under way for a visitor can be looked at and stopped, and nobody else's."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from webapp.models.offered import Models
from webapp.routes.requests import PREFIX
from webapp.routes.work import make_work_routes
from webapp.scheduler import Scheduler
from webapp.workspace.registry import Workspaces
from webapp.workspace.work import Work


@pytest.fixture
def workspaces():
    return Workspaces()


@pytest.fixture
def client(workspaces):
    app = Starlette(routes=make_work_routes(workspaces, Models(), Scheduler()))
    with TestClient(app, base_url="http://test" + PREFIX) as client:
        yield client


def test_what_runs_is_told_with_how_far_it_is(client, workspaces):
    mine, other = workspaces.open("nano"), workspaces.open("nano")
    look = f"/workspaces/{mine.token}/work"
    assert client.get(look).json() == {"ahead": None, "running": None}
    other.work.append(Work("Erasing", 0.1))
    assert client.get(look).json()["running"] is None
    mine.work += [Work(), Work("Looking for it", 0.5)]
    assert client.get(look).json()["running"] == {"message": "Looking for it", "fraction": 0.5}
    assert client.get("/workspaces/none/work").status_code == 410


def test_stop_is_for_one_visitor(client, workspaces):
    mine, other = workspaces.open("nano"), workspaces.open("nano")
    assert client.post(f"/workspaces/{mine.token}/stop").status_code == 204
    assert (mine.cancelled.is_set(), other.cancelled.is_set()) == (True, False)


def test_a_photo_that_was_stopped_does_not_come_any_more(client, workspaces, tmp_path):
    from PIL import Image

    from webapp.workspace.segment import open_image
    from webapp.workspace.workspace import SupersededError

    mine = workspaces.open("nano")
    Image.new("RGB", (40, 30)).save(tmp_path / "a.png")
    open_image(mine, tmp_path / "a.png", "a.png")
    before = mine.to_json()
    stop = f"/workspaces/{mine.token}/stop/opening"
    # It is stopped while it is read: its turn is over before it can be shown.
    turn = mine.take_turn()
    assert client.post(stop).json()["picture"]["id"] == before["picture"]["id"]
    with pytest.raises(SupersededError):
        mine.show(mine.picture, turn)
    assert mine.to_json() == before
    assert client.post("/workspaces/none/stop/opening").status_code == 410
