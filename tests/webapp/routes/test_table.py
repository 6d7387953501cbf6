"""All routes in one list: whoever makes some is asked, no address is there twice, and what the page asks for is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from starlette.routing import Match

import webapp
from webapp.models.offered import Models
from webapp.routes import table
from webapp.routes.requests import PREFIX
from webapp.scheduler import Scheduler

API = Path(webapp.__file__).parent / "static" / "server" / "api.mjs"
ASKED = sorted(
    {
        (method, re.sub(r"\$\{[^}]*\}", "x", path).partition("?")[0])
        for method, path in re.findall(
            r'"(GET|POST|PATCH|DELETE)", `\$\{this\.#here\}/([^`]*)`', API.read_text("utf-8")
        )
    }
    - {("GET", "x"), ("DELETE", "results/x")}
)
"""What the page asks of a workspace."""


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


def test_the_page_asks_for_much():
    assert len(ASKED) > 20


@pytest.mark.parametrize(("method", "path"), [*ASKED, ("POST", "snapshot"), ("PUT", "snapshot")])
def test_it_is_there(workspaces, method, path):
    scope = {"type": "http", "method": method, "path": f"{PREFIX}/workspaces/token/{path}"}
    routes = table.make_all_routes(workspaces, Models())
    assert [one.path for one in routes if one.matches(scope)[0] is Match.FULL], path
