"""Recipes in files, and those that come with the app."""

from __future__ import annotations

import json

import pytest

from plugins import Host, RecipeError, list_recipes, load_plugins, parse_recipe, read_recipe
from plugins._core.recipes.file import READY
from sam import Boxes, Image

STEPS = [{"tool": "find_subject"}]


@pytest.fixture(scope="module")
def host() -> Host:
    host = load_plugins()
    if "text_to_boxes" not in host.tools:
        # Another plugin's; what matters here is its place in a chain.
        def text_to_boxes(image: Image, text: str) -> Boxes:
            """Boxes around what the text names."""
            return Boxes.empty()

        host.add_tool(text_to_boxes)
    return host


@pytest.mark.parametrize("name", list_recipes())
def test_ready_made_recipes_fit_together(host, name):
    recipe = read_recipe(name)
    recipe.check(host)
    assert recipe.about.endswith(".")
    for step in recipe.steps:
        assert host.tools[step.tool].plugin in (step.plugin, ""), "the plugin that is named must be the tool's"
    assert json.loads((READY / f"{name}.json").read_text("utf-8")) == recipe.to_json()


def test_there_are_some():
    assert {"cut-out-on-white", "blur-the-background", "remove-by-name"} <= set(list_recipes())


def test_remove_by_name_needs_the_text_plugin_and_says_so():
    without = load_plugins()
    without.tools.pop("text_to_boxes", None)
    without.plugins.pop("text", None)
    with pytest.raises(
        RecipeError, match=r"Step 1 \(text_to_boxes\): the tool is of the plugin text, which is not here"
    ):
        read_recipe("remove-by-name").check(without)


def test_a_file_is_read_and_named_in_messages(tmp_path):
    file = tmp_path / "mine.json"
    file.write_text(json.dumps({"recipe": "Mine", "steps": STEPS}), encoding="utf-8")
    assert read_recipe(file).name == "Mine"
    assert read_recipe(str(file)).steps[0].tool == "find_subject"
    file.write_text(json.dumps({"recipe": "Mine", "steps": []}), encoding="utf-8")
    with pytest.raises(RecipeError, match=r"mine\.json: steps: expected"):
        read_recipe(file)


@pytest.mark.parametrize("source", ["no-such-recipe", "no/such/file.json", "../_recipes/cut-out-on-white"])
def test_what_is_not_there_lists_what_is(source):
    with pytest.raises(RecipeError, match=r"cannot be read.*cut-out-on-white"):
        read_recipe(source)


@pytest.mark.parametrize("text", ["", "{", b"\xff\xfe\x00", "[" * 100_000, "x" * ((1 << 20) + 1), '"recipe"', "NaN"])
def test_what_is_no_json_is_a_sentence(text):
    with pytest.raises(RecipeError, match="recipe"):
        parse_recipe(text)
