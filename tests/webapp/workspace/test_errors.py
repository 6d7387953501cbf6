"""Why a request comes too late."""

from __future__ import annotations

from webapp.workspace.errors import SupersededError, WorkspaceGoneError


def test_each_says_what_to_do_or_what_happened() -> None:
    assert "Open the photo again" in str(WorkspaceGoneError())
    assert str(SupersededError()) == "Another photo was opened meanwhile."
    assert str(SupersededError("The model was changed.")) == "The model was changed."
