"""Features of SAM Studio: one file or folder each. Add one, edit none; names that start with _ are machinery.

    host = load_plugins()
    host.chain("boxes_to_masks", ("cutout_png", {"trim": True}))

How to write one: docs/plugins.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sam.lazy import lazy_names

if TYPE_CHECKING:
    from ._core.chain import Chain as Chain
    from ._core.chain import ChainError as ChainError
    from ._core.discovery import load_plugins as load_plugins
    from ._core.discovery import plugins_that_define as plugins_that_define
    from ._core.effect import effect_tab as effect_tab
    from ._core.failure import Failure as Failure
    from ._core.form import make_field as make_field
    from ._core.form import title as title
    from ._core.host import Asset as Asset
    from ._core.host import Host as Host
    from ._core.host import Tab as Tab
    from ._core.page import Page as Page
    from ._core.recipes.batch import name_results as name_results
    from ._core.recipes.file import list_recipes as list_recipes
    from ._core.recipes.file import parse_recipe as parse_recipe
    from ._core.recipes.file import read_recipe as read_recipe
    from ._core.recipes.recipe import Recipe as Recipe
    from ._core.recipes.recipe import RecipeError as RecipeError
    from ._core.recipes.recipe import Step as Step
    from ._core.recipes.recipe import makers as makers
    from ._core.recipes.recipe import read_word as read_word
    from ._core.recipes.recipe import usable_tools as usable_tools
    from ._core.tool import Option as Option
    from ._core.tool import PluginError as PluginError
    from ._core.tool import Tool as Tool
    from ._core.tool import check_models as check_models
    from ._core.tool import read_signature as read_signature
    from ._core.tool import type_name as type_name

_HOME = {
    "Asset": "_core.host",
    "Chain": "_core.chain",
    "ChainError": "_core.chain",
    "Failure": "_core.failure",
    "Host": "_core.host",
    "Option": "_core.tool",
    "Page": "_core.page",
    "PluginError": "_core.tool",
    "Recipe": "_core.recipes.recipe",
    "RecipeError": "_core.recipes.recipe",
    "Step": "_core.recipes.recipe",
    "Tab": "_core.host",
    "Tool": "_core.tool",
    "check_models": "_core.tool",
    "effect_tab": "_core.effect",
    "list_recipes": "_core.recipes.file",
    "load_plugins": "_core.discovery",
    "make_field": "_core.form",
    "makers": "_core.recipes.recipe",
    "name_results": "_core.recipes.batch",
    "parse_recipe": "_core.recipes.file",
    "plugins_that_define": "_core.discovery",
    "read_recipe": "_core.recipes.file",
    "read_signature": "_core.tool",
    "read_word": "_core.recipes.recipe",
    "title": "_core.form",
    "type_name": "_core.tool",
    "usable_tools": "_core.recipes.recipe",
}

__all__ = list(_HOME)


__getattr__, __dir__ = lazy_names(__name__, _HOME)
