"""Permission to fetch one image's embedding: an unguessable address that expires, at the latest with its workspace."""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass

from ..workspace.picture import Picture
from ..workspace.registry import Workspaces
from ..workspace.workspace import WorkspaceGoneError


@dataclass(frozen=True)
class Grant:
    """Attributes: the workspace's token, the picture's id, and when it ends (monotonic seconds)."""

    workspace: str
    picture: str
    expires: float


class Grants:
    """All permissions given by this process.

    Args:
        ttl: seconds that one is good for.
    """

    def __init__(self, workspaces: Workspaces, *, ttl: float = 3600) -> None:
        self.ttl = ttl
        self._workspaces = workspaces
        self._all: dict[str, Grant] = {}
        self._lock = threading.Lock()

    def give(self, workspace: str, picture: str) -> str:
        """A new token for this picture of this workspace."""
        token, now = secrets.token_urlsafe(24), time.monotonic()
        with self._lock:
            self._all = {key: grant for key, grant in self._all.items() if grant.expires > now}
            self._all[token] = Grant(workspace, picture, now + self.ttl)
        return token

    def find(self, token: str) -> Picture:
        """The picture that the token is for.

        Raises:
            WorkspaceGoneError: unknown or expired, or its workspace is closed.
            SamError: the picture is not kept any more.
        """
        grant = self._grant(token)
        return self._workspaces.get(grant.workspace).find_picture(grant.picture)

    def owner(self, token: str) -> str:
        """The token of the workspace that the permission belongs to; errors as `find`."""
        return self._grant(token).workspace

    def _grant(self, token: str) -> Grant:
        with self._lock:
            grant = self._all.get(token)
        if grant is None or grant.expires <= time.monotonic():
            raise WorkspaceGoneError
        return grant
