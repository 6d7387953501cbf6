"""Features of SAM Studio: one file or folder each. Add one, edit none; names that start with _ are machinery.

    host = load_plugins()
    host.chain("boxes_to_masks", ("cutout_png", {"trim": True}))

How to write one: CONTRIBUTING.md, "Add a plugin".
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._batch import name_results as name_results
    from ._chain import Chain as Chain
    from ._chain import ChainError as ChainError
    from ._discovery import load_plugins as load_plugins
    from ._failure import Failure as Failure
    from ._host import Asset as Asset
    from ._host import Host as Host
    from ._host import Tab as Tab
    from ._page import Page as Page
    from ._recipe import Recipe as Recipe
    from ._recipe import RecipeError as RecipeError
    from ._recipe import Step as Step
    from ._recipe import check_models as check_models
    from ._recipe import makers as makers
    from ._recipe import usable_tools as usable_tools
    from ._recipe_file import list_recipes as list_recipes
    from ._recipe_file import parse_recipe as parse_recipe
    from ._recipe_file import read_recipe as read_recipe
    from ._tool import Option as Option
    from ._tool import PluginError as PluginError
    from ._tool import Tool as Tool
    from ._tool import read_signature as read_signature
    from ._tool import type_name as type_name

_HOME = {
    "Asset": "_host",
    "Chain": "_chain",
    "ChainError": "_chain",
    "Failure": "_failure",
    "Host": "_host",
    "Option": "_tool",
    "Page": "_page",
    "PluginError": "_tool",
    "Recipe": "_recipe",
    "RecipeError": "_recipe",
    "Step": "_recipe",
    "Tab": "_host",
    "Tool": "_tool",
    "check_models": "_recipe",
    "list_recipes": "_recipe_file",
    "load_plugins": "_discovery",
    "makers": "_recipe",
    "name_results": "_batch",
    "parse_recipe": "_recipe_file",
    "read_recipe": "_recipe_file",
    "read_signature": "_tool",
    "type_name": "_tool",
    "usable_tools": "_recipe",
}

__all__ = list(_HOME)


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f".{_HOME[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
