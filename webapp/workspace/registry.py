"""All visitors' workspaces, limited in time and bytes."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from typing import Any

from .workspace import Workspace, WorkspaceGoneError


class Workspaces:
    """All workspaces of this process.

    Args:
        ttl: seconds without a request after which one is closed.
        left_ttl: likewise of one whose page went away: a page that is loaded again finds it as it was.
        max_bytes: memory for images and masks of all together; above it the longest idle ones are closed.
        max_count: likewise by number.
    """

    def __init__(
        self, *, ttl: float = 3 * 3600, left_ttl: float = 300, max_bytes: int = 2 << 30, max_count: int = 2000
    ) -> None:
        self.ttl, self.left_ttl = ttl, left_ttl
        self.max_bytes = max_bytes
        self.max_count = max_count
        self._all: OrderedDict[str, Workspace] = OrderedDict()
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def __len__(self) -> int:
        return len(self._all)

    def open(self, model: str) -> Workspace:
        """A new, empty workspace."""
        workspace = Workspace(model)
        with self._lock:
            self._all[workspace.token] = workspace
        self.sweep()
        return workspace

    def get(self, token: Any) -> Workspace:
        """By token; counts as use.

        Raises:
            WorkspaceGoneError: unknown or closed.
        """
        with self._lock:
            workspace = self._all.get(token) if isinstance(token, str) else None
            if workspace is not None and not self._over(workspace):
                workspace.touched, workspace.left = time.monotonic(), None
                self._all.move_to_end(token)
                return workspace
        if workspace is not None:
            self.close(token)
        raise WorkspaceGoneError

    def uses(self, model: str) -> bool:
        """Whether somebody has a photo on the stage that this model has encoded, or will encode the next."""
        with self._lock:
            return any(model in (one.model, one.picture and one.picture.model) for one in self._all.values())

    def leave(self, token: str) -> None:
        """Its page went away. Nothing happens if it is gone already; an empty one is not kept."""
        with self._lock:
            workspace = self._all.get(token)
            if workspace is not None and workspace.pictures:
                workspace.left = time.monotonic()
                return
        self.close(token)

    def _over(self, workspace: Workspace) -> bool:
        now = time.monotonic()
        gone = workspace.left is not None and now - workspace.left > self.left_ttl
        return gone or now - workspace.touched > self.ttl

    def close(self, token: str) -> None:
        """Free one; nothing happens if it is gone already."""
        with self._lock:
            workspace = self._all.pop(token, None)
        if workspace is not None:
            workspace.close()

    def close_all(self) -> None:
        """Free all, such as when the server stops."""
        for token in list(self._all):
            self.close(token)

    def sweep(self) -> None:
        """Close what is idle too long, then, oldest first, what is over the limits. Runs by itself every minute."""
        with self._lock:
            idle = [token for token, workspace in self._all.items() if self._over(workspace)]
            gone = set(idle)
            # Those whose pages went away first.
            rest = sorted(
                (workspace for token, workspace in self._all.items() if token not in gone),
                key=lambda workspace: workspace.left is None,
            )
            for workspace in rest:
                workspace.answers.forget_old()
            total, count = sum(workspace.nbytes for workspace in rest), len(rest)
            # The last one is in use right now: it loses its earlier images, never the one on the stage.
            for workspace in rest:
                if total > self.max_bytes:
                    total -= workspace.nbytes
                    workspace.trim()
                    total += workspace.nbytes
            for workspace in rest[:-1]:
                if total > self.max_bytes or count > self.max_count:
                    total -= workspace.nbytes
                    count -= 1
                    idle.append(workspace.token)
        for token in idle:
            self.close(token)
        self._schedule()

    def _schedule(self) -> None:
        with self._lock:
            if self._all and (self._timer is None or not self._timer.is_alive()):
                self._timer = threading.Timer(60, self._tick)
                self._timer.daemon = True
                self._timer.start()

    def _tick(self) -> None:
        self._timer = None
        self.sweep()
