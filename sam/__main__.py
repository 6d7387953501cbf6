"""`python -m sam`: the engine's own commands, and every tool of every plugin.

The one place where `sam` looks up at `plugins`, on purpose and only when run as a program: a command line that did not
offer the tools would need its own top-level folder. Without the plugins package the engine's commands remain.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from .cli.main import OWN_COMMANDS, build_cli, run_cli
from .cli.tool_commands import Command, tool_command
from .formats import Format


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    command = next(iter(words), "").replace("-", "_")
    # The engine's own commands need no plugin, and importing them all takes longer than most of these do.
    return run_cli(build_cli([] if command in OWN_COMMANDS else plugin_commands(command), plugin_formats), arguments)


def plugin_formats() -> list[Format]:
    """Formats that plugins add; none where there is no such package."""
    try:
        from plugins import load_plugins
    except ModuleNotFoundError as error:
        if error.name != "plugins":
            raise
        return []
    return list(load_plugins().formats.values())


def plugin_commands(wanted: str = "") -> list[Command]:
    """`plugins`, those for recipes, and one command for each tool; none where there is no such package.

    Args:
        wanted: the command that is going to run: of the plugins whose source defines a function of this name no others
            are loaded. All are, where none does.
    """
    try:
        from plugins import load_plugins, plugins_that_define
        from plugins.__main__ import main as run_plugins
        from plugins._core.recipes.command import recipe_commands
    except ModuleNotFoundError as error:
        if error.name != "plugins":
            raise
        return []

    def plugins(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
        code = run_plugins(["list", "--json"] if as_json else ["list"])
        raise typer.Exit(code)

    host = load_plugins(names=plugins_that_define(wanted) or None)
    if wanted and wanted not in host.tools:
        host = load_plugins()
    tools = [tool_command(tool, f"Tools of plugin {tool.plugin}", plugin_formats) for tool in host.tools.values()]
    listing = Command("plugins", plugins, "List the plugins, what they add, and why one failed.")
    return [listing, *recipe_commands(host), *tools]


if __name__ == "__main__":
    sys.exit(main())
