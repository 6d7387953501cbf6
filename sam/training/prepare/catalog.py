"""The recipes that there are."""

from __future__ import annotations

from . import ade20k, coco, lvis, open_images, sa1b
from .recipe import Recipe

RECIPES: dict[str, Recipe] = {each.RECIPE.name: each.RECIPE for each in (coco, lvis, open_images, ade20k, sa1b)}
"""By the name that the command takes."""
