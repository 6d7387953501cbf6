"""Fills the documentation's pages from the code: `<!-- generated: NAME -->` becomes what the function NAME returns."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]

MARK = re.compile(r"<!-- generated: ([a-z_]+) -->")
PACKAGES = ("sam", "plugins", "webapp")
_TASKS = {
    "segment": "Points and boxes",
    "detect": "Objects by name",
    "subject": "The main subject",
    "matte": "Soft edges and hair",
}


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Called by MkDocs for each page; a name that is not below ends the build."""
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    return MARK.sub(lambda match: PAGES[match[1]](), markdown)


def models() -> str:
    """A table of the catalog for each task."""
    import sam

    parts = []
    for task, title in _TASKS.items():
        rows = [
            (
                f"`{spec.name}`",
                spec.title,
                f"{spec.bytes / 1e6:,.0f} MB",
                spec.licence,
                ", ".join(spec.needs),
                f"{spec.note} {spec.warning}".strip(),
            )
            for spec in sam.list_models()
            if task in spec.tasks
        ]
        parts.append(f"## {title}\n\n" + table(("name", "model", "size", "licence", "needs", "about"), rows))
    return "\n\n".join(parts)


def commands() -> str:
    """Each command of `sam` with its arguments and options, as its own help has them."""
    import typer

    from sam.__main__ import plugin_commands
    from sam.cli.main import build_cli

    group: Any = typer.main.get_command(build_cli(plugin_commands()))
    parts = []
    for name, command in _flat(group.commands):
        words = [f"{one.name.upper()}" for one in command.params if one.param_type_name == "argument"]
        rows = [
            (", ".join(f"`{flag}`" for flag in (*one.opts, *one.secondary_opts)), _default(one), one.help or "")
            for one in command.params
            if one.param_type_name == "option" and not getattr(one, "hidden", False)
        ]
        given = [(f"`{one.name.upper()}`", getattr(one, "help", "") or "") for one in command.params][: len(words)]
        text = f"## {name}\n\n```sh\n{' '.join(['sam', name, *words])}\n```\n\n{_paragraphs(command.help or '')}\n\n"
        text += table(("argument", "what it is"), given) + "\n\n" if words else ""
        parts.append(text + (table(("option", "default", "what it does"), rows) if rows else ""))
    return "\n\n".join(parts)


def _flat(commands: Any) -> Iterator[tuple[str, Any]]:
    """Groups of commands as their commands: `project info`."""
    for name, command in commands.items():
        inner = getattr(command, "commands", None)
        yield from ((f"{name} {word}", one) for word, one in inner.items()) if inner else [(name, command)]


def tools() -> str:
    """What the built-in plugins' tools take and give."""
    from plugins import load_plugins, type_name

    def name_of(kind: Any) -> str:
        return getattr(kind, "__name__", None) or type_name(kind)

    rows = [
        (
            f"`{tool.name}`",
            ", ".join(name_of(kind) for kind in tool.inputs.values()),
            name_of(tool.returns),
            tool.doc.strip().split("\n")[0],
        )
        for tool in load_plugins(names=None).tools.values()
    ]
    return table(("tool", "takes", "gives", "what it does"), sorted(rows))


def recipes() -> str:
    """The ready-made recipes and their steps."""
    from plugins import list_recipes, read_recipe

    rows = []
    for name in list_recipes():
        recipe = read_recipe(name)
        rows.append((f"`{name}`", recipe.name, ", ".join(f"`{step.tool}`" for step in recipe.steps)))
    return table(("name", "recipe", "steps"), rows)


def annotation_formats() -> str:
    """The formats of `sam.formats`, what each keeps of an object, and which way it goes."""
    from sam.formats import list_formats

    rows = [
        (
            f"`{one.name}`",
            one.title,
            " and ".join(filter(None, ["read" if one.read else "", "written" if one.write else ""])),
            one.shape.value,
            ", ".join(sorted(one.holds)),
            f"`{one.suffix}`" + ("" if one.whole else ", one a photo") if one.suffix else "a folder",
        )
        for one in list_formats()
    ]
    return table(("name", "format", "", "keeps of a mask", "and", "files"), rows)


def environment() -> str:
    """Every environment variable of ours, with the docstring that stands below its constant."""
    rows = [(f"`{name}`", text) for name, text in sorted(variables().items())]
    return table(("variable", "what it does"), rows)


def variables() -> dict[str, str]:
    """SAM_STUDIO_... -> its description in the code; "" where there is none."""
    found: dict[str, str] = {}
    for path in sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        body = ast.parse(path.read_text("utf-8")).body
        for node, after in zip(body, [*body[1:], None]):
            value = getattr(node, "value", None) if isinstance(node, ast.Assign | ast.AnnAssign) else None
            name = value.value if isinstance(value, ast.Constant) else None
            if isinstance(name, str) and re.fullmatch(r"SAM_STUDIO_[A-Z_]+", name):
                said = after.value if isinstance(after, ast.Expr) else None
                text = said.value if isinstance(said, ast.Constant) else ""
                found[name] = " ".join(str(text).split()) or found.get(name, "")
    return found


def decisions() -> str:
    """The engine's and the app's, one heading deeper."""
    return "\n\n".join(_deeper((ROOT / folder / "DECISIONS.md").read_text("utf-8")) for folder in ("sam", "webapp"))


def spaces() -> str:
    """What spaces/README.md says, below a heading of this page."""
    return (ROOT / "spaces/README.md").read_text("utf-8").partition("\n")[2]


def model_card() -> str:
    """nano's card, without its own title."""
    text = (ROOT / "sam/nano/MODEL_CARD.md").read_text("utf-8")
    return re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL).lstrip().partition("\n")[2]


def changes() -> str:
    """CHANGELOG.md without its title."""
    return (ROOT / "CHANGELOG.md").read_text("utf-8").partition("\n")[2]


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table in Markdown."""
    lines = [list(head)]
    lines += [["---"] * len(lines[0])]
    lines += [[cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _default(option: Any) -> str:
    value = option.default
    value = getattr(value, "value", value)
    return "" if value is None or value is False or callable(value) or value == [] else f"`{value}`"


def _paragraphs(text: str) -> str:
    return text.replace("\b", "").strip()


def _deeper(markdown: str) -> str:
    return re.sub(r"^(#+ )", r"#\1", markdown, flags=re.MULTILINE)


PAGES: dict[str, Callable[[], str]] = {
    function.__name__: function
    for function in (
        *(models, commands, tools, recipes, annotation_formats),
        *(environment, decisions, spaces, model_card, changes),
    )
}
