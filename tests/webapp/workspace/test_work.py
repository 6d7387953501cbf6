"""Two pieces of work that say the same are two."""

from __future__ import annotations

from webapp.workspace.work import Work


def test_what_ends_is_the_very_one(workspace):
    first, second = Work("Erasing"), Work("Erasing")
    workspace.work += [first, second]
    workspace.work.remove(second)
    assert workspace.work[0] is first
    assert first.fraction is None
