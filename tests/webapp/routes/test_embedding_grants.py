"""Permissions to fetch an embedding."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from sam import SamError
from webapp.routes.embedding_grants import Grants
from webapp.workspace.workspace import WorkspaceGoneError


def test_a_grant_expires(workspaces, workspace, monkeypatch):
    now = [100.0]
    monkeypatch.setattr("webapp.routes.embedding_grants.time", SimpleNamespace(monotonic=lambda: now[0]))
    grants = Grants(workspaces, ttl=60)
    token = grants.give(workspace.token, workspace.picture.id)
    assert grants.find(token) is workspace.picture
    now[0] += 59
    assert grants.find(token) is workspace.picture
    now[0] += 2
    with pytest.raises(WorkspaceGoneError):
        grants.find(token)


def test_a_grant_is_for_one_picture(workspaces, workspace):
    grants = Grants(workspaces)
    with pytest.raises(SamError, match="not kept"):
        grants.find(grants.give(workspace.token, "another"))
