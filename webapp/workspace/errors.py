"""Why a request comes too late."""

from __future__ import annotations

from sam import SamError


class WorkspaceGoneError(SamError):
    """The workspace was closed: too long idle, too much memory, or the page was left."""

    def __init__(self) -> None:
        super().__init__(
            "This session was idle for too long and the server has closed it. Open the photo again to go on."
        )


class SupersededError(SamError):
    """Another image has taken the place of the one that this was for."""

    def __init__(self, sentence: str = "Another photo was opened meanwhile.") -> None:
        super().__init__(sentence)
