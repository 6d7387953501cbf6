"""Recipes: read, checked before anything runs, changed, and run."""

from __future__ import annotations

import json
from typing import Literal

import numpy as np
import pytest

from plugins import Host, PluginError, Recipe, RecipeError, Step, load_plugins, read_recipe
from plugins._core.recipes.recipe import MOST_STEPS, VERSION, makers, read_word, usable_tools
from plugins._core.tool import Option
from sam import Boxes, Cancelled, Image, Masks, PromptError, SamError

RAN: list[str] = []


class Strange:
    """No tool makes one."""


def look(image: Image, text: str, *, model: str = "auto", least: float = 0.5) -> Boxes:
    """A box for each letter; none for a text without any."""
    RAN.append("look")
    return Boxes([[0, 0, 1 + i, 1] for i, letter in enumerate(text) if letter.isalpha()])


def fill(image: Image, boxes: Boxes) -> Masks:
    """Each box as a mask."""
    RAN.append("fill")
    masks = np.zeros((len(boxes), *image.shape[:2]), bool)
    for mask, (x0, y0, x1, y1) in zip(masks, boxes.xyxy.astype(int)):
        mask[y0:y1, x0:x1] = True
    return Masks(masks)


def paint(image: Image, masks: Masks, *, level: int = 9, how: Literal["on", "off"] = "on", tint: bool = False) -> Image:
    """The masks in one grey."""
    RAN.append("paint")
    if not len(masks):
        raise PromptError("There is nothing to paint: click something first.")
    return np.where(masks.union()[..., None] == (how == "on"), np.uint8(level), image)


def measure(masks: Masks, thing: Strange, *, level: int = 1) -> Masks:
    """Needs what nobody has."""
    return masks


def two(image: Image, other: Image) -> Image:
    """Needs two pictures."""
    return image


@pytest.fixture
def host() -> Host:
    RAN.clear()
    host = Host(plugins={"small": "a test"})
    for function in (look, fill, paint, measure, two):
        host.add_tool(function)
    host.requires["matting"] = {"pymatting": "pip install pymatting"}
    host.fail("matting", "import", ModuleNotFoundError("No module named 'pymatting'", name="pymatting"))
    return host


@pytest.fixture
def image():
    return np.full((4, 6, 3), 100, np.uint8)


def recipe(*steps: tuple[str, dict] | str, **fields: object) -> dict:
    """The JSON of one."""
    rows = [{"tool": step} if isinstance(step, str) else {"tool": step[0], "options": step[1]} for step in steps]
    return {"recipe": "Test", "version": VERSION, "steps": rows, **fields}


GOOD = recipe(("look", {"text": "ab"}), "fill", ("paint", {"level": 7}))


def test_a_recipe_runs_and_gives_the_last_result_and_its_type(host, image):
    told = []
    made = Recipe.from_json(GOOD)
    assert str(made.check(host)) == "look -> fill -> paint"
    assert RAN == [], "nothing runs while a recipe is checked"
    result, kind = made.run(host, {"image": image}, lambda number, tool: told.append((number, tool.name)))
    assert kind == Image
    assert told == [(0, "look"), (1, "fill"), (2, "paint")]
    assert result[0, :, 0].tolist() == [7, 7, 100, 100, 100, 100]
    assert image.max() == 100


def test_it_goes_through_json_and_comes_back(host):
    rows = [{"tool": "look", "plugin": "small", "options": {"text": "a"}}, {"tool": "fill"}]
    data = {"recipe": "Übung", "version": 1, "about": "Says what.", "steps": rows}
    made = Recipe.from_json(json.loads(json.dumps(data)))
    assert made.to_json() == data
    assert Recipe.from_json(made.to_json()) == made
    assert made.steps[0] == Step("look", {"text": "a"}, "small")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (None, ["not a recipe", '"steps"']),
        ([], ["not a recipe"]),
        ({"steps": []}, ["not a recipe"]),
        (recipe(), ["at least one step"]),
        (recipe(version=2), ["version 2", "up to 1", "Update"]),
        (recipe("fill", version="1"), ["version", "'1'"]),
        (recipe("fill", version=True), ["version", "True"]),
        (recipe("fill", version=0), ["version", "0"]),
        (recipe("fill", stepz=1), ["'stepz'", "steps"]),
        (recipe("fill", recipe=3), ["recipe: expected text"]),
        (recipe(*["fill"] * (MOST_STEPS + 1)), ["at most 50", "51"]),
        ({"recipe": "x", "steps": ["fill"]}, ["Step 1", "'fill'"]),
        ({"recipe": "x", "steps": [{"tool": ""}]}, ["Step 1", '"tool"']),
        ({"recipe": "x", "steps": [{"tool": "fill", "opts": {}}]}, ["Step 1", "'opts'", "options"]),
        (recipe(("fill", [])), ["Step 1 (fill)", "options"]),
        (recipe("look", ("fill", {"a": {}})), ["Step 2 (fill)", "options"]),
    ],
)
def test_what_is_no_recipe_says_why(data, words):
    with pytest.raises(RecipeError) as caught:
        Recipe.from_json(data)
    assert not [word for word in words if word not in str(caught.value)], str(caught.value)


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        (["flil"], ["Step 1 (flil)", "no such tool", "Did you mean fill?"]),
        (["xyzzy"], ["Step 1 (xyzzy)", "fill, look", "failed to load: matting"]),
        ([("look", {"text": "a", "leest": 1})], ["Step 1", "look has no option 'leest'", "model, least"]),
        ([("look", {"text": "a", "least": "low"})], ["Step 1", "least expects float", "'low'"]),
        ([("look", {"text": 3})], ["Step 1", "look: text expects str, got 3"]),
        (["look"], ["Step 1 (look) needs text: str", "--set text="]),
        ([("look", {"text": "a"}), "paint"], ["Step 2 (paint) needs masks", "before it: fill."]),
        (["fill"], ["Step 1 (fill) needs boxes", "before it: look."]),
        ([("look", {"text": "a"}), "fill", ("paint", {"how": "maybe"})], ["Step 3", "'on' or 'off'", "'maybe'"]),
        ([("look", {"text": "a"}), "fill", ("paint", {"tint": 1})], ["Step 3", "tint expects bool", "got 1"]),
        ([("look", {"text": "a"}), "fill", "measure"], ["Step 3 (measure) needs thing: Strange", "no tool here makes"]),
        (["two"], ["Step 1 (two) needs other, a second picture"]),
    ],
)
def test_what_does_not_fit_is_said_before_anything_runs(host, image, steps, words):
    made = Recipe.from_json(recipe(*steps))
    for check in (lambda: made.check(host), lambda: made.run(host, {"image": image})):
        with pytest.raises(PluginError) as caught:
            check()
        assert not [word for word in words if word not in str(caught.value)], str(caught.value)
    assert RAN == []


def test_types_that_do_not_fit_are_caught_by_the_chain(host):
    def spoil(boxes: Boxes) -> Masks:
        """Masks that call themselves an image."""
        RAN.append("spoil")
        return Masks.empty()

    host.add_tool(spoil, output="image")
    made = Recipe.from_json(recipe(("look", {"text": "a"}), "fill", "spoil", "paint"))
    with pytest.raises(PluginError, match="paint needs image: Image, but the chain carries image: Masks, which spoil"):
        made.check(host)
    assert RAN == []


@pytest.mark.parametrize(
    ("plugin", "words"),
    [
        ("text", ["of the plugin text, which is not here", "Install it"]),
        ("matting", ["Plugin matting could not be loaded", "'pymatting' is not installed", "pip install pymatting"]),
        ("small", ["no such tool"]),
    ],
)
def test_a_missing_plugin_is_named(host, plugin, words):
    made = Recipe("x", (Step("text_to_things", {}, plugin),))
    with pytest.raises(RecipeError) as caught:
        made.check(host)
    assert not [word for word in words if word not in str(caught.value)], str(caught.value)


def test_objects_may_be_given_where_no_step_makes_them(host, image):
    made = Recipe.from_json(recipe("paint"))
    mask = np.zeros((4, 6), bool)
    mask[1:] = True
    made.check(host, {"image": Image, "masks": Masks})
    result, _ = made.run(host, {"image": image, "masks": Masks(mask)})
    assert (result[1:] == 9).all()
    with pytest.raises(PluginError, match="masks expects Masks, got int"):
        made.run(host, {"image": image, "masks": 3})


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"text": "dog"}, {"text": "dog"}),
        ({"look.least": "0.25"}, {"text": "ab", "least": 0.25}),
        ({"1.least": 1}, {"text": "ab", "least": 1.0}),
        ({"1.least": 0.5, "model": "auto", "text": ""}, {"text": ""}),
        ({"least": ".75", "model": "x"}, {"text": "ab", "least": 0.75, "model": "x"}),
    ],
)
def test_settings_are_changed(host, changes, expected):
    made = Recipe.from_json(GOOD)
    assert made.with_values(host, changes).steps[0].options == expected
    assert made.steps[0].options == {"text": "ab"}, "the recipe itself stays"


def test_text_goes_to_every_step_that_takes_it_and_a_number_picks_one(host):
    made = Recipe.from_json(recipe("look", "fill", "look", ("paint", {"level": 1}), "paint"))
    assert [step.options.get("text") for step in made.with_values(host, {"text": "a"}).steps] == [
        "a",
        None,
        "a",
        *2 * [None],
    ]
    assert made.with_values(host, {"5.level": "3"}).steps[4].options == {"level": 3}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"look.leest": "1"}, ["look.leest", "look has no option 'leest'", "text, model, least"]),
        ({"lok.least": "1"}, ["no step 'lok'", "look, fill, paint"]),
        ({"9.least": "1"}, ["no step '9'"]),
        ({"nothing": "1"}, ["nothing: no step"]),
        ({"level": "1"}, ["level: several steps", "3.level (paint), 4.level (paint)"]),
        ({"paint.level": "1"}, ["paint comes 2 times", "3, 4"]),
        ({"3.level": "many"}, ["3.level expects int", "'many'"]),
        ({"3.level": 1.5}, ["3.level expects int", "1.5"]),
    ],
)
def test_settings_that_mean_nothing(host, changes, words):
    with pytest.raises(RecipeError) as caught:
        Recipe.from_json(recipe("look", "fill", "paint", "paint")).with_values(host, changes)
    assert not [word for word in words if word not in str(caught.value)], str(caught.value)


@pytest.mark.parametrize(
    ("option", "word", "value"),
    [
        (Option("a", int, 1), "7", 7),
        (Option("a", float, 1.0), "7", 7.0),
        (Option("a", float, 1.0), 7, 7.0),
        (Option("a", bool, True), "No", False),
        (Option("a", bool, True), True, True),
        (Option("a", str, ""), "7", "7"),
        (Option("a", str, ""), " as it is ", " as it is "),
        (Option("a", int, 1, (1, 2)), "2", 2),
        (Option("a", int, None, optional=True), "none", None),
        (Option("a", float, None, optional=True), None, None),
    ],
)
def test_words_become_values(option, word, value):
    read = read_word(word, option, "a")
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("option", "word"),
    [
        (Option("a", int, 1), "7.5"),
        (Option("a", int, 1), True),
        (Option("a", bool, True), "perhaps"),
        (Option("a", str, "", ("x", "y")), "z"),
        (Option("a", str, ""), None),
        (Option("a", int, 1, (1, 2)), 3),
    ],
)
def test_words_that_do_not(option, word):
    with pytest.raises(RecipeError, match=r"look\.a expects"):
        read_word(word, option, "look.a")


def test_nothing_found_is_said_of_the_step_that_looked(host, image):
    with pytest.raises(PromptError, match="look found nothing in this photo, so paint had nothing to work with"):
        Recipe.from_json(recipe(("look", {"text": "12"}), "fill", "paint")).run(host, {"image": image})


def test_a_step_that_refuses_is_named(host, image):
    def picky(image: Image) -> Image:
        """Never."""
        raise SamError("Too green.")

    host.add_tool(picky)
    with pytest.raises(SamError, match=r"Step 4 \(picky\): Too green"):
        Recipe.from_json(recipe(*[(s["tool"], s.get("options", {})) for s in GOOD["steps"]], "picky")).run(
            host, {"image": image}
        )


def test_it_can_be_stopped_between_steps(host, image):
    def stop(number, tool):
        if number == 1:
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        Recipe.from_json(GOOD).run(host, {"image": image}, stop)
    assert RAN == ["look"]


def test_who_makes_what_and_what_a_step_can_be_set_to(host):
    assert makers(Boxes, host) == ["look"]
    assert makers(Masks, host) == ["fill"]
    settings = host.tools["look"].settings
    assert list(settings) == ["text", "model", "least"]
    assert (settings["text"].type, settings["text"].default) == (str, "")
    assert [tool.name for tool in usable_tools(host)] == ["look", "fill", "paint"]


def test_a_recipe_gives_what_the_tools_give_by_hand():
    """On a second photo, bit for bit."""
    import skimage.data

    from plugins.cutout import compose, matte
    from plugins.subject import find_subject

    host = load_plugins()
    made = read_recipe("cut-out-on-white").with_values(host, {"compose.shadow": 0.5, "matte.band": 6})
    for photo in (skimage.data.chelsea()[::2, ::2], skimage.data.astronaut()[:300:2, 100:400:2]):
        photo = np.ascontiguousarray(photo)
        result, kind = made.run(host, {"image": photo})
        by_hand = compose(photo, matte(photo, find_subject(photo), band=6), background="white", shadow=0.5)
        assert kind == Image
        np.testing.assert_array_equal(result, by_hand)
