"""All routes in one list: whoever makes some is asked, and no address is there twice."""

from __future__ import annotations

import re
from pathlib import Path

import webapp
from webapp.models.offered import Models
from webapp.routes import table
from webapp.scheduler import Scheduler


def test_whoever_makes_routes_is_asked():
    made = set()
    for path in Path(webapp.__file__).parent.rglob("*.py"):
        made |= set(re.findall(r"^def (make_\w*routes)\(", path.read_text("utf-8"), re.M))
    assert len(made) > 7
    missing = made - set(re.findall(r"make_\w*routes", Path(table.__file__).read_text("utf-8")))
    assert not missing


def test_no_address_is_there_twice(workspaces):
    routes = table.make_all_routes(workspaces, Models(), Scheduler())
    ways = [(method, one.path) for one in routes for method in (one.methods or set()) - {"HEAD"}]
    assert len(ways) == len(set(ways))
