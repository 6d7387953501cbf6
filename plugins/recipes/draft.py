"""A recipe that is being written in the page: a dictionary that Gradio can keep, and what is done to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from plugins import Host, Recipe, RecipeError, Step, Tool, makers, title, type_name
from sam import Image, Masks, PromptError, SamError

WORDS = {"Image": "photo", "Cutout": "cut-out", "Masks": "objects", "Boxes": "boxes", "Points": "points", "str": "text"}
"""Types as people call them."""


@dataclass(frozen=True)
class Verdict:
    """Whether a draft can run.

    Attributes:
        state: "ready" on any photo, "here" only where there are objects, "wrong" nowhere, "empty" without a step.
        text: a sentence for people.
    """

    state: Literal["ready", "here", "wrong", "empty"]
    text: str


def to_draft(recipe: Recipe, notes: Sequence[str] = (), before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A draft; it differs from the one `before` it, so that the page shows it anew."""
    return {**recipe.to_json(), "notes": list(notes), "turn": int((before or {}).get("turn", 0)) + 1}


def to_recipe(draft: Mapping[str, Any]) -> Recipe:
    """The recipe of a draft, which may be without steps."""
    steps = (Step(row["tool"], dict(row.get("options", {})), row.get("plugin", "")) for row in draft.get("steps", ()))
    return Recipe(draft.get("recipe", ""), tuple(steps), draft.get("about", ""))


def fill_in(recipe: Recipe, host: Host) -> Recipe:
    """The recipe with a value for all text and numbers that its tools take, as a form always has one."""
    steps = []
    for step in recipe.steps:
        tool = host.tools.get(step.tool)
        settings = tool.settings if tool else {}
        data = {name: settings[name].default for name in settings if tool and name in tool.inputs}
        steps.append(Step(step.tool, {**data, **step.options}, step.plugin or (tool.plugin if tool else "")))
    return Recipe(recipe.name, tuple(steps), recipe.about)


def with_fields(recipe: Recipe, host: Host, name: str, values: Mapping[tuple[int, str], Any]) -> Recipe:
    """The recipe as the form has it.

    Args:
        recipe: that the form was made of; steps whose tool is not here have no fields and stay as they are.
        host: with the tools.
        name: of the recipe.
        values: (index of the step, option) -> value; an emptied number is the option's default.

    Raises:
        RecipeError: a value that the option does not accept.
    """
    steps = list(recipe.steps)
    for index, step in enumerate(steps):
        own = {option: value for (at, option), value in values.items() if at == index}
        if step.tool not in host.tools:
            continue
        known = host.tools[step.tool].settings
        for option, value in own.items():
            if value is None and not known[option].optional:
                own[option] = known[option].default
        one = Recipe("", (Step(step.tool, {}, step.plugin or host.tools[step.tool].plugin),))
        (steps[index],) = one.with_values(host, {f"1.{option}": value for option, value in own.items()}).steps
    return Recipe(" ".join(str(name or "").split())[:80] or "My recipe", tuple(steps), recipe.about)


def add_step(recipe: Recipe, tool: Tool) -> Recipe:
    """With one more step at the end."""
    return Recipe(recipe.name, (*recipe.steps, Step(tool.name, {}, tool.plugin)), recipe.about)


def move_step(recipe: Recipe, index: int, by: int) -> Recipe:
    """With a step further up (-1) or down (1); beyond the ends nothing changes."""
    steps = list(recipe.steps)
    to = index + by
    if 0 <= to < len(steps):
        steps[index], steps[to] = steps[to], steps[index]
    return Recipe(recipe.name, tuple(steps), recipe.about)


def drop_step(recipe: Recipe, index: int) -> Recipe:
    """Without a step."""
    return Recipe(recipe.name, recipe.steps[:index] + recipe.steps[index + 1 :], recipe.about)


def judge(recipe: Recipe, host: Host) -> Verdict:
    """Whether it fits together; nothing is loaded for that."""
    if not recipe.steps:
        return Verdict("empty", "No steps yet: add one, or begin with a ready-made recipe or with what you did.")
    recipe = fill_in(recipe, host)
    try:
        chain = recipe.check(host)
    except SamError as error:
        try:
            recipe.check(host, {"image": Image, "masks": Masks})
        except SamError:
            return Verdict("wrong", str(error))
        able = ", ".join(title(name) for name in makers(Masks, host))
        return Verdict(
            "here",
            "This begins with objects that you have selected, so it runs on this photo only. To run it on others, put "
            f"a step first that finds objects: {able}.",
        )
    flow = " → ".join(["photo", *(noun(tool.returns) for tool in chain.tools)])
    return Verdict("ready", f"Fits together: {flow}.")


def noun(kind: Any) -> str:
    """A type for people."""
    name = type_name(kind)
    return WORDS.get(name, name.lower())


def describe(tool: Tool) -> str:
    """What a tool takes and makes: "photo, objects → photo"."""
    return f"{', '.join(noun(kind) for kind in tool.inputs.values())} → {noun(tool.returns)}"


def read_upload(path: str | None) -> str:
    """The text of a file that a visitor has chosen.

    Raises:
        RecipeError, PromptError: none was chosen, or it is no text.
    """
    if not path:
        raise PromptError("Choose the file of a recipe first.")
    try:
        with open(path, encoding="utf-8") as file:
            return file.read(2 << 20)
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError("This is not the file of a recipe: expected JSON text.") from error
