"""`python -m sam`: the engine's own commands, and every tool of every plugin.

The one place where `sam` looks up at `plugins`, on purpose and only when run as a program: a command line that did not
offer the tools would need its own top-level folder. Without the plugins package the engine's commands remain.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from .cli.main import build_cli, run_cli
from .cli.tool_commands import Command, tool_command


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    return run_cli(build_cli(plugin_commands()), arguments)


def plugin_commands() -> list[Command]:
    """`plugins`, those for recipes, and one command for each tool; none where there is no such package."""
    try:
        from plugins import load_plugins
        from plugins.__main__ import main as run_plugins
        from plugins._core.recipes.command import recipe_commands
    except ModuleNotFoundError as error:
        if error.name != "plugins":
            raise
        return []

    def plugins(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
        code = run_plugins(["list", "--json"] if as_json else ["list"])
        raise typer.Exit(code)

    host = load_plugins()
    tools = [tool_command(tool, f"Tools of plugin {tool.plugin}") for tool in host.tools.values()]
    listing = Command("plugins", plugins, "List the plugins, what they add, and why one failed.")
    return [listing, *recipe_commands(host), *tools]


if __name__ == "__main__":
    sys.exit(main())
