"""Recipes in files: a user's own, and those that come with the app."""

from __future__ import annotations

import json
from pathlib import Path

from .recipe import Recipe, RecipeError

READY = Path(__file__).parent / "presets"
"""The ready-made ones: name.json each."""

_MOST_BYTES = 1 << 20


def read_recipe(source: str | Path) -> Recipe:
    """From a file, or a ready-made one by name.

    Raises:
        RecipeError: no such file or name, or not a recipe.
    """
    path = Path(source)
    ready = READY / f"{source}.json"
    if not path.is_file() and str(source) in list_recipes():
        path = ready
    try:
        data = path.read_bytes()
    except OSError as error:
        known = ", ".join(list_recipes())
        raise RecipeError(
            f"{source} cannot be read ({error.strerror}). Give the file of a recipe, or one that is here: {known}."
        ) from error
    try:
        return parse_recipe(data)
    except RecipeError as error:
        raise RecipeError(f"{path.name}: {error}") from error


def parse_recipe(text: str | bytes) -> Recipe:
    """From JSON text.

    Raises:
        RecipeError: not JSON, too long, or not a recipe.
    """
    if len(text) > _MOST_BYTES:
        raise RecipeError("This is too long for a recipe: expected at most a megabyte of JSON.")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RecipeError(f"This is not JSON ({error}). Expected the file of a recipe.") from error
    return Recipe.from_json(data)


def list_recipes() -> list[str]:
    """Names of the ready-made ones, which `read_recipe` takes."""
    return sorted(path.stem for path in READY.glob("*.json"))
