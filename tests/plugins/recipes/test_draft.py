"""What the page's form does to a recipe, and what it says of it."""

from __future__ import annotations

import json

import pytest

from plugins import Host, Recipe, RecipeError, Step
from plugins.recipes.draft import (
    add_step,
    describe,
    drop_step,
    fill_in,
    judge,
    move_step,
    read_upload,
    title,
    to_draft,
    to_recipe,
    with_fields,
)
from sam import Boxes, Image, Masks, PromptError


def look(image: Image, text: str, *, least: float = 0.5, most: int = 3) -> Boxes:
    """Boxes."""
    return Boxes.empty()


def fill(image: Image, boxes: Boxes) -> Masks:
    """Masks."""
    return Masks.empty(image.shape[:2])


def paint(image: Image, masks: Masks, *, level: int | None = None) -> Image:
    """A picture."""
    return image


@pytest.fixture
def host() -> Host:
    host = Host()
    for function in (look, fill, paint):
        host.add_tool(function)
    return host


def recipe(*steps: str | Step) -> Recipe:
    return Recipe("Test", tuple(Step(step) if isinstance(step, str) else step for step in steps), "About.")


def test_a_draft_keeps_a_recipe_and_differs_each_time():
    made = recipe(Step("look", {"text": "dog"}, "text"), "gone")
    draft = to_draft(made, ["A note."])
    assert to_recipe(json.loads(json.dumps(draft))) == made
    assert draft["notes"] == ["A note."]
    assert to_draft(made, ["A note."], draft) != draft
    assert to_recipe({}).steps == ()


def test_text_has_a_value_as_soon_as_there_is_a_form(host):
    filled = fill_in(recipe("look", Step("look", {"text": "cat"}), "gone"), host)
    assert [step.options for step in filled.steps] == [{"text": ""}, {"text": "cat"}, {}]


def test_steps_are_added_moved_and_dropped(host):
    made = add_step(recipe("look", "fill"), host.tools["paint"])
    names = lambda recipe: [step.tool for step in recipe.steps]  # noqa: E731
    assert names(made) == ["look", "fill", "paint"]
    assert names(move_step(made, 2, -1)) == ["look", "paint", "fill"]
    assert names(move_step(made, 0, 1)) == ["fill", "look", "paint"]
    assert names(move_step(made, 0, -1)) == names(move_step(made, 2, 1)) == names(made)
    assert names(drop_step(made, 1)) == ["look", "paint"]
    assert made.about == drop_step(move_step(made, 0, 1), 0).about == "About."


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({(0, "text"): "dog", (0, "least"): 0.25, (0, "most"): 3}, {"text": "dog", "least": 0.25}),
        ({(0, "text"): "", (0, "least"): None, (0, "most"): 7.0}, {"text": "", "most": 7}),
        ({(0, "least"): 1}, {"least": 1.0}),
    ],
)
def test_fields_become_options(host, values, expected):
    made = with_fields(recipe("look", Step("gone", {"kept": 1})), host, "  My\n name ", values)
    assert made.name == "My name"
    assert made.steps == (Step("look", expected), Step("gone", {"kept": 1}))
    assert with_fields(made, host, "", {}).name == "My recipe"


def test_an_emptied_optional_number_is_none_and_a_wrong_one_is_said(host):
    made = recipe(Step("paint", {"level": 4}))
    assert with_fields(made, host, "x", {(0, "level"): None}).steps[0].options == {}
    with pytest.raises(RecipeError, match=r"most expects int, got 2\.5"):
        with_fields(recipe("look"), host, "x", {(0, "most"): 2.5})


@pytest.mark.parametrize(
    ("steps", "state", "words"),
    [
        ([], "empty", "No steps yet"),
        (["look", "fill", "paint"], "ready", "photo → boxes → objects → photo"),
        (["paint"], "here", "runs on this photo only.*step first that finds objects: Fill"),
        (["fill"], "wrong", r"Step 1 \(fill\) needs boxes.*look"),
        (["gone"], "wrong", "no such tool"),
        ([Step("look", {"least": "x"})], "wrong", "least expects float"),
    ],
)
def test_whether_it_fits_together(host, steps, state, words):
    import re

    verdict = judge(recipe(*steps), host)
    assert verdict.state == state
    assert re.search(words, verdict.text), verdict.text


def test_names_for_people(host):
    assert title("find_subject") == "Find subject"
    assert describe(host.tools["look"]) == "photo, text → boxes"
    assert describe(host.tools["paint"]) == "photo, objects → photo"


def test_files_that_visitors_choose(tmp_path):
    file = tmp_path / "recipe.json"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RecipeError, match="expected JSON text"):
        read_upload(str(file))
    with pytest.raises(PromptError, match="Choose the file"):
        read_upload(None)
    file.write_text("{}", encoding="utf-8")
    assert read_upload(str(file)) == "{}"
