"""One named API endpoint, and MCP tool, for all recipes: recipe and picture in, result out."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import numpy as np

from plugins import Host, PluginError, Recipe, RecipeError, list_recipes, parse_recipe, read_recipe
from sam import Boxes, Masks, SamError, read_image
from sam.errors import suggest
from sam.io.prompts import write_boxes, write_masks
from sam.io.serialization import is_picture, to_json

from ..components.gradio_internals import gr
from ..models.offered import Models
from .api import Choice, ImageFile
from .masks_file import JsonOrFile, format_option, read_format, write_file

_log = logging.getLogger("sam_studio")

NAME = "run_recipe"
_RECIPE = {
    "anyOf": [
        {
            "type": "object",
            "properties": {
                "recipe": {"type": "string"},
                "version": {"type": "integer"},
                "steps": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {
                            "tool": {"type": "string"},
                            "options": {"type": "object", "properties": {}},
                        },
                    },
                },
            },
        },
        {"type": "string"},
    ]
}
_VALUES = {"type": "object", "properties": {}}


class Record(gr.JSON):
    """JSON with a schema: plain `gr.JSON` gives MCP one that its own check refuses."""

    is_template = True

    def __init__(self, label: str, schema: dict[str, Any], value: Any = None) -> None:
        self.schema = schema
        super().__init__(value=value, label=label)

    def api_info(self) -> dict[str, Any]:
        return self.schema


class Result(JsonOrFile):
    """A picture or annotations as a file, anything else as JSON: one value, since MCP shows a picture only alone."""

    is_template = True

    def __init__(self, label: str) -> None:
        self.picture = gr.Image(format="png", render=False)
        super().__init__(label, {})

    def postprocess(self, value: Any) -> Any:
        return self.picture.postprocess(value) if isinstance(value, np.ndarray) else super().postprocess(value)

    def api_info(self) -> dict[str, Any]:
        return {}


def add_recipe_endpoint(host: Host, models: Models) -> set[str]:
    """The endpoint, inside the current `gr.Blocks`, unless a tool has its name. Returns the names that were added."""
    if NAME in host.tools:
        _log.warning("Recipes have no endpoint: the plugin %s has a tool of that name.", host.tools[NAME].plugin)
        return set()

    def run_recipe(image: Any, recipe: Any, values: Any = None, format: Any = "") -> Any:
        with models.visiting():
            return run(image, recipe, values, format)

    def run(image: Any, recipe: Any, values: Any, format: Any) -> Any:
        try:
            return answer(host, image, recipe, values, format)
        except SamError as error:
            raise gr.Error(str(error), print_exception=False) from error
        except Exception as error:
            _log.exception("endpoint %s failed", NAME)
            raise gr.Error(f"{NAME} failed on the server ({type(error).__name__}).", print_exception=False) from error

    ready, option = ", ".join(list_recipes()), format_option(list(host.formats.values()))
    run_recipe.__doc__ = (
        "Run a recipe, which is a chain of tools with their options, on a picture.\n\n"
        "Args:\n"
        "    image: a picture file\n"
        '    recipe: {"recipe": a name, "version": 1, "steps": [{"tool": name of a tool, "options": {...}}, ...]}, or '
        f"the name of a ready-made one: {ready}\n"
        '    values: other values for options, such as {"text": "dog", "inpaint.grow": 8}\n'
        f"    format: {option.help}, for a recipe that ends with masks; {option}\n\n"
        "Returns:\n    what the last step makes: a PNG, JSON, or masks as a file"
    )
    with gr.Column(visible=False):
        gr.Button(visible=False).click(
            run_recipe,
            [
                ImageFile("image"),
                Record("recipe", _RECIPE),
                Record("values", _VALUES, {}),
                Choice(list(option.choices), value=option.default, label=option.name),
            ],
            Result("result"),
            api_name=NAME,
            api_description=run_recipe.__doc__,
            concurrency_id="gpu",
        )
    return {NAME}


def answer(host: Host, image: Any, recipe: Any, values: Any = None, format: Any = "") -> Any:
    """What a recipe from the wire makes: an array for a picture, else something that JSON can hold.

    Args:
        host: with the tools.
        image: path of the picture.
        recipe: as JSON, as JSON text, or the name of a ready-made one.
        values: changes to its settings, or None.
        format: of a file of its masks, or "".

    Raises:
        SamError: whatever of these cannot be used.
    """
    if values is not None and not isinstance(values, Mapping):
        raise PluginError(f'values: expected options by name, such as {{"text": "dog"}}, got {str(values)[:80]!r}.')
    wanted = read_format(format, list(host.formats.values()))
    chain = _read(recipe).with_values(host, dict(values or {})).check(host)
    chain.check_models()
    if image is None:
        raise PluginError("image: expected a picture file, got nothing.")
    if wanted is not None and chain.tools[-1].returns is not Masks:
        raise PluginError("format: only masks can be a file of annotations, and this recipe ends with something else.")
    value, kind = chain.make({"image": read_image(image)})
    if wanted is not None:
        return write_file(value, image, wanted, {})
    if is_picture(kind):
        return value
    if isinstance(value, Masks):
        return write_masks(value)
    return write_boxes(value) if isinstance(value, Boxes) else to_json(value)


def _read(recipe: Any) -> Recipe:
    """A name is looked up among the ready-made ones only: never a path of this server."""
    if not isinstance(recipe, str):
        return Recipe.from_json(recipe)
    if recipe in list_recipes():
        return read_recipe(recipe)
    if not recipe.lstrip().startswith("{"):
        raise RecipeError(f"There is no ready-made recipe {recipe[:80]!r}. {suggest(recipe[:80], list_recipes())}")
    return parse_recipe(recipe)
