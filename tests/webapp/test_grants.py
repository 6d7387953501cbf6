"""Permissions to fetch an embedding."""

from __future__ import annotations

import time

import pytest

from sam import SamError
from webapp.grants import Grants
from webapp.workspace import WorkspaceGoneError


def test_a_grant_expires(workspaces, workspace):
    grants = Grants(workspaces, ttl=0.05)
    token = grants.give(workspace.token, workspace.picture.id)
    assert grants.find(token) is workspace.picture
    time.sleep(0.1)
    with pytest.raises(WorkspaceGoneError):
        grants.find(token)


def test_a_grant_is_for_one_picture(workspaces, workspace):
    grants = Grants(workspaces)
    with pytest.raises(SamError, match="not kept"):
        grants.find(grants.give(workspace.token, "another"))
