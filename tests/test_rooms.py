"""Which room may import which: one table, no circles, and no private name across rooms."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.test_architecture import MODULES, ROOT

MAY_IMPORT: dict[str, str] = {
    "sam": "sam.io sam.runtime sam.models sam.everything sam.detection sam.formats sam.cli",
    "sam.io": "sam sam.inpainting",
    "sam.runtime": "sam sam.detection",
    "sam.models": "sam sam.io sam.runtime sam.checkpoints",
    "sam.checkpoints": "sam sam.models",
    "sam.networks": "",
    "sam.backends": "sam sam.checkpoints sam.detection sam.export sam.models sam.nano sam.networks sam.runtime",
    "sam.nano": "sam sam.detection sam.export",
    "sam.export": "sam sam.io sam.models sam.nano",
    "sam.detection": "sam sam.models",
    "sam.matting": "sam sam.models",
    "sam.inpainting": "sam sam.backends sam.io sam.runtime",
    "sam.compositing": "sam sam.inpainting",
    "sam.everything": "sam sam.runtime",
    "sam.formats": "sam sam.io",
    "sam.high_resolution": "sam sam.everything sam.runtime",
    "sam.evaluation": "sam sam.backends sam.cli sam.detection sam.high_resolution sam.inpainting sam.matting "
    "sam.models sam.runtime sam.training",
    "sam.training": "sam sam.detection sam.models sam.nano",
    "sam.cli": "sam sam.evaluation sam.export sam.formats sam.high_resolution sam.io sam.models sam.runtime "
    "sam.training",
    "plugins": "plugins._core sam.*",
    "plugins._core": "plugins sam sam.cli sam.formats sam.io sam.models",
    "webapp": "webapp.* plugins sam.*",
    "webapp.components": "webapp webapp.images webapp.models webapp.routes webapp.visitors webapp.workspace "
    "plugins.* sam.*",
    "webapp.endpoints": "webapp webapp.components webapp.models webapp.workspace plugins sam.*",
    "webapp.routes": "webapp webapp.components webapp.images webapp.models webapp.visitors webapp.workspace sam.*",
    "webapp.visitors": "webapp webapp.images sam",
    "webapp.models": "webapp webapp.workspace sam.*",
    "webapp.images": "webapp webapp.workspace plugins sam.*",
    "webapp.workspace": "webapp webapp.images webapp.routes plugins sam.*",
}
"""Room -> the rooms that it may import beside itself."""

CIRCLES: set[frozenset[str]] = set()
"""Those still to be taken apart."""

NAMES = {name.removesuffix(".py").replace("/", ".").removesuffix(".__init__"): name for name in MODULES}
Edge = tuple[str, str, str]
"""(importing module, imported module, name in it or "")."""


def room_of(module: str) -> str:
    """The first two folders of a module; a plugin of its own lives in `plugins`."""
    parts = module.split(".")
    room = ".".join(parts[:2])
    return room if room in MAY_IMPORT else parts[0]


def edges() -> Iterator[Edge]:
    """Every import of one of our modules by another, inside functions too; imports for types only are left out."""
    for module, file in NAMES.items():
        package = file.removesuffix(".py").split("/")[:-1]
        tree = ast.parse((ROOT / file).read_text("utf-8"))
        for_types = {
            id(inner)
            for node in ast.walk(tree)
            if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
            for inner in ast.walk(node)
        }
        for node in ast.walk(tree):
            if id(node) in for_types:
                continue
            if isinstance(node, ast.Import):
                yield from ((module, alias.name, "") for alias in node.names if alias.name in NAMES)
            elif isinstance(node, ast.ImportFrom):
                up = package[: len(package) - node.level + 1] if node.level else []
                base = ".".join([*up, *filter(None, [node.module])])
                for alias in node.names:
                    full = f"{base}.{alias.name}"
                    if full in NAMES:
                        yield module, full, ""
                    elif base in NAMES:
                        yield module, base, alias.name


EDGES = sorted({edge for edge in edges() if edge[0] != edge[1]})


def allowed(room: str) -> set[str]:
    found = {room}
    for word in MAY_IMPORT[room].split():
        found |= {other for other in MAY_IMPORT if other.split(".")[0] == word[:-2]} if word.endswith(".*") else {word}
    return found


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_only_what_its_line_allows(room: str) -> None:
    wrong = [f"{a} imports {b}" for a, b, _ in EDGES if room_of(a) == room and room_of(b) not in allowed(room)]
    # sam/__main__.py is the command line of the whole program.
    assert [line for line in wrong if not line.startswith("sam.__main__ imports plugins")] == []


def test_contributing_shows_this_table() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    rows = re.findall(r"^\| `([\w.]+)` \| .+ \| (.+) \|$", text, re.MULTILINE)
    assert dict(rows) == {room: words or "-" for room, words in MAY_IMPORT.items()}
    assert len(rows) == len(MAY_IMPORT)


def circles() -> set[frozenset[str]]:
    """Groups of modules that reach each other (Tarjan's strongly connected components)."""
    graph: dict[str, set[str]] = {name: set() for name in NAMES}
    for a, b, _ in EDGES:
        graph[a].add(b)
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: set[frozenset[str]] = set()

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in graph[node]:
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            group = set()
            while node not in group:
                group.add(stack.pop())
            if len(group) > 1:
                found.add(frozenset(group))

    for name in graph:
        if name not in index:
            visit(name)
    return found


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert circles() == CIRCLES


def test_no_private_name_is_imported_across_rooms() -> None:
    wrong = []
    for a, b, name in EDGES:
        hidden = [
            part
            for part in [*b.split("."), name]
            if part.startswith("_") and not part.endswith("__") and part != "_core"
        ]
        if hidden and a.rpartition(".")[0] != b.rpartition(".")[0]:
            wrong.append(f"{a} imports {b} {name}")
    assert wrong == []
