"""A few of the values that `python -m tests.fuzz` throws, in every run of the tests, and always the same."""

from __future__ import annotations

import pytest

pytest.importorskip("hypothesis")


def test_no_door_breaks(monkeypatch):
    from tests.fuzz.__main__ import run

    assert run(120, 1) == []


def test_every_route_is_at_a_door():
    from tests.fuzz.route_doors import WAYS
    from webapp.models.offered import Models
    from webapp.routes.requests import PREFIX
    from webapp.routes.table import make_all_routes
    from webapp.scheduler import Scheduler
    from webapp.workspace.registry import Workspaces

    table = make_all_routes(Workspaces(), Models(), Scheduler())
    ours = {(method, one.path.removeprefix(PREFIX)) for one in table for method in (one.methods or set()) - {"HEAD"}}
    assert ours == WAYS


def test_every_format_that_comes_back_is_at_a_door():
    from sam.formats import list_formats
    from tests.fuzz.route_doors import annotation_files

    assert set(annotation_files()) == {one.name for one in list_formats() if one.read is not None}


@pytest.mark.parametrize("command", ["segment", "convert", "measure"])
def test_commands_of_annotations_are_at_a_door(tmp_path, command):
    from hypothesis import find

    from tests.fuzz.doors import commands

    drawn, _ = commands(tmp_path)
    assert find(drawn, lambda value: value[1][0] == command)
