"""A recipe: the text of a chain, tools in order with their options, saved as JSON; checked, it becomes a `Chain`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sam.errors import short, suggest
from sam.types import Image

from ..chain import Chain
from ..host import Host
from ..tool import SCALARS, Option, PluginError, Tool, fits, type_name

VERSION = 1
"""Of the format; a file of a newer one is refused."""

MOST_STEPS = 50


class RecipeError(PluginError, ValueError):
    """A recipe that cannot be read, does not fit together, or needs what is not here. No model has been loaded."""


@dataclass(frozen=True)
class Step:
    """One tool with its settings.

    Attributes:
        tool: its name.
        options: option -> value, where it is not the default; also what the tool takes as data that is text or a
            number, such as the words to look for.
        plugin: whose tool it is, to be named where it is missing; "" when not known.
    """

    tool: str
    options: Mapping[str, Any] = field(default_factory=dict)
    plugin: str = ""


@dataclass(frozen=True)
class Recipe:
    """Steps that turn a photo into something.

    Attributes:
        name: for people.
        steps: in order; at least one.
        about: a sentence for people.
    """

    name: str
    steps: tuple[Step, ...]
    about: str = ""

    @classmethod
    def from_json(cls, data: Any) -> Recipe:
        """From what `to_json` made; tools are looked up later, by `chain`.

        Raises:
            RecipeError: not a recipe, or one of a newer version of the format; what is wrong is named.
        """
        form = '{"recipe": "a name", "version": 1, "steps": [{"tool": "find_subject"}, ...]}'
        if not isinstance(data, Mapping) or "recipe" not in data or "steps" not in data:
            raise RecipeError(f"This is not a recipe: expected {form}.")
        version = data.get("version", VERSION)
        if not isinstance(version, int) or isinstance(version, bool) or version < 1:
            raise RecipeError(f"version: expected a whole number from 1, got {short(version)}.")
        if version > VERSION:
            raise RecipeError(
                f"This recipe is of version {version} of the format; this SAM Studio reads them up to {VERSION}. "
                "Update SAM Studio, or save the recipe again with the older one."
            )
        _known(data, ("recipe", "version", "about", "steps"), "A recipe")
        rows = data["steps"]
        if not isinstance(rows, list) or not rows:
            raise RecipeError("steps: expected a list of at least one step.")
        if len(rows) > MOST_STEPS:
            raise RecipeError(f"steps: a recipe has at most {MOST_STEPS}, got {len(rows)}.")
        steps = tuple(_read_step(row, number) for number, row in enumerate(rows, 1))
        return cls(_text(data, "recipe"), steps, _text(data, "about"))

    def to_json(self) -> dict[str, Any]:
        """A dictionary that JSON can hold; `from_json` makes the same recipe again."""
        steps = [
            {"tool": step.tool}
            | ({"plugin": step.plugin} if step.plugin else {})
            | ({"options": dict(step.options)} if step.options else {})
            for step in self.steps
        ]
        about = {"about": self.about} if self.about else {}
        return {"recipe": self.name, "version": VERSION, **about, "steps": steps}

    def chain(self, host: Host) -> Chain:
        """The tools with their options, checked as far as that goes without a photo.

        Raises:
            RecipeError: a tool that is not here, or an option that it does not have or accept; the step is named.
            ChainError: tools that do not fit each other.
        """
        return Chain(tuple(_bind(step, number, host) for number, step in enumerate(self.steps, 1)), self.name)

    def check(self, host: Host, have: Mapping[str, Any] | None = None) -> Chain:
        """The chain, when it can run on what there is; for many photos it is made once.

        Args:
            host: with the tools.
            have: name -> type of what will be given; default: the image.

        Raises:
            RecipeError, ChainError: as `chain`; and a step needs what is not given and no step before it makes.
        """
        chain = self.chain(host)
        _check_given(chain, {"image": Image} if have is None else have, host)
        return chain

    def run(
        self, host: Host, data: Mapping[str, Any], tell: Callable[[int, Tool], None] | None = None
    ) -> tuple[Any, Any]:
        """(result of the last step, its type) for one photo; see `Chain.make`.

        Args:
            host: with the tools.
            data: "image", and whatever else the steps take and do not make.
            tell: called before each step with its number from 0; may raise to stop.

        Raises:
            RecipeError, ChainError: as `check`, before anything is loaded.
            SamError: what a step could not do with this photo; the step is named.
        """
        chain = self.chain(host)
        # Arrays carry no Kind, so a value counts as what the chain wants wherever it can be that.
        have = {name: chain.inputs.get(name, type(value)) for name, value in data.items()}
        _check_given(chain, have, host)
        return chain.make(data, tell)

    def with_values(self, host: Host, changes: Mapping[str, Any]) -> Recipe:
        """The same recipe with other settings; options that come to their defaults are left out.

        Args:
            host: with the tools.
            changes: "step.option" -> value, where the step is its number from 1, or its tool where that comes once; or
                only "option", for every step that takes it as data, else for the one step that has it as an option.
                Values may be text as people type it, or what JSON holds.

        Raises:
            RecipeError: no such step or option, or a value that it does not accept.
        """
        steps = list(self.steps)
        settings = [_tool(step, number, host).settings for number, step in enumerate(steps, 1)]
        for key, value in changes.items():
            place, _, name = key.rpartition(".")
            for index in [self._find(place, key)] if place else _having(name, steps, settings, host):
                if name not in settings[index]:
                    has = suggest(name, settings[index])
                    raise RecipeError(f"{key[:80]}: {steps[index].tool} has no option {name[:80]!r}. {has}")
                option = settings[index][name]
                options = {**steps[index].options, name: read_word(value, option, key)}
                if name in host.tools[steps[index].tool].options and options[name] == option.default:
                    del options[name]
                steps[index] = replace(steps[index], options=options)
        return replace(self, steps=tuple(steps))

    def _find(self, place: str, key: str) -> int:
        """Index of a step by number or tool."""
        if place.isdecimal() and 1 <= int(place) <= len(self.steps):
            return int(place) - 1
        found = [index for index, step in enumerate(self.steps) if step.tool == place]
        if len(found) == 1:
            return found[0]
        if found:
            numbers = ", ".join(str(index + 1) for index in found[:10])
            raise RecipeError(f"{key}: {place} comes {len(found)} times. Say which by its number: {numbers}.")
        steps = [step.tool for step in self.steps]
        raise RecipeError(f"{key[:80]}: the recipe has no step {place[:80]!r}. {suggest(place, steps)}")


def usable_tools(host: Host) -> list[Tool]:
    """Tools that a recipe can have: their data are the photo, text, numbers, or what others make under that name."""
    made: list[tuple[str, Any]] = [("image", Image)]
    found: set[str] = set()
    while True:
        more = [
            tool
            for tool in host.tools.values()
            if tool.name not in found
            and all(
                wanted in SCALARS or any(name == one and fits(kind, wanted) for one, kind in made)
                for name, wanted in tool.inputs.items()
            )
        ]
        if not more:
            return [tool for tool in host.tools.values() if tool.name in found]
        found |= {tool.name for tool in more}
        made += [(tool.output, tool.returns) for tool in more]


def read_word(value: Any, option: Option, where: str) -> Any:
    """A value for an option, from text as people type it, or as JSON holds it.

    Raises:
        RecipeError: the option does not accept it; `where` says which.
    """
    if option.type is int and isinstance(value, float) and value.is_integer():
        value = int(value)  # JSON and forms know one kind of number only
    if option.accepts(value) and not isinstance(value, str):
        return float(value) if option.type is float and value is not None else value
    if isinstance(value, str):
        word = value.strip()
        words = {str(choice): choice for choice in option.choices}
        read: Any = value
        if word in words:
            read = words[word]
        elif option.optional and word.lower() in ("none", ""):
            return None
        elif option.type is bool:
            read = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(word.lower())
        elif option.type in (int, float):
            try:
                read = option.type(word)
            except ValueError:
                read = value
        if read is not None and option.accepts(read):
            return read
    raise RecipeError(f"{where} expects {option}, got {short(value)}.")


def makers(kind: Any, host: Host) -> list[str]:
    """Tools that make a value of this type, those that need the least of others first; none that takes such a value."""
    found = []
    for tool in host.tools.values():
        others = [wanted for wanted in tool.inputs.values() if wanted != Image and wanted not in SCALARS]
        if fits(tool.returns, kind) and not any(fits(kind, wanted) for wanted in others):
            found.append((len(others), len(tool.inputs), tool.name))
    least = min(found, default=(0,))[0]
    return [name for count, _, name in sorted(found) if count == least]


def _having(name: str, steps: Sequence[Step], settings: Sequence[Mapping[str, Option]], host: Host) -> list[int]:
    """Indices of the steps that a setting without a step is meant for."""
    having = [index for index, known in enumerate(settings) if name in known]
    data = [index for index in having if name in host.tools[steps[index].tool].inputs]
    if data or len(having) == 1:
        return data or having
    if having:
        places = ", ".join(f"{index + 1}.{name} ({steps[index].tool})" for index in having)
        raise RecipeError(f"{name}: several steps have it. Say which: {places}.")
    every = sorted({one for known in settings for one in known})
    raise RecipeError(f"{name[:80]}: no step of the recipe has such an option. {suggest(name, every)}")


def _tool(step: Step, number: int, host: Host) -> Tool:
    if step.tool not in host.tools:
        raise RecipeError(f"Step {number} ({step.tool[:80]}): {_missing(step, host)}")
    return host.tools[step.tool]


def _bind(step: Step, number: int, host: Host) -> Tool:
    tool = _tool(step, number, host)
    try:
        return tool.bind(**step.options)
    except PluginError as error:
        raise RecipeError(f"Step {number}: {error}") from error


def _missing(step: Step, host: Host) -> str:
    """Why a tool is not here, and what to do about it."""
    if step.plugin in host.failures:
        return f"the tool is not here. {host.failures[step.plugin]}"
    if step.plugin and step.plugin not in host.plugins:
        return f"the tool is of the plugin {step.plugin[:80]}, which is not here. Install it, or take the step out."
    failed = f" These plugins failed to load: {_list(host.failures)}." if host.failures else ""
    return f"there is no such tool here. {suggest(step.tool, host.tools)}{failed}"


def _check_given(chain: Chain, have: Mapping[str, Any], host: Host) -> None:
    """Make sure that all inputs are among what is given.

    Raises:
        RecipeError: one is not; the step that needs it is named, and what could make it.
    """
    for name, kind in chain.inputs.items():
        if not (name in have and fits(have[name], kind)):
            raise RecipeError(_lacks(chain, name, kind, host))


def _lacks(chain: Chain, name: str, kind: Any, host: Host) -> str:
    number, tool = next((i, one) for i, one in enumerate(chain.tools, 1) if name in one.inputs)
    where = f"Step {number} ({tool.name}) needs {name}"
    if kind in SCALARS:
        return f"{where}: {type_name(kind)}. Set it as an option of that step, or on the command line: --set {name}=..."
    if kind == Image:
        return f"{where}, a second picture. A recipe works on one: take this step out."
    able = makers(kind, host)
    if not able:
        return f"{where}: {type_name(kind)}, which no tool here makes. Take this step out."
    return f"{where}, which no step before it makes. Put one of these before it: {_list(able)}."


def _read_step(row: Any, number: int) -> Step:
    if not isinstance(row, Mapping) or not isinstance(row.get("tool"), str) or not row["tool"]:
        raise RecipeError(f'Step {number}: expected {{"tool": "a name", "options": {{...}}}}, got {str(row)[:80]!r}.')
    _known(row, ("tool", "plugin", "options"), f"Step {number}")
    options = row.get("options", {})
    if not isinstance(options, Mapping) or not all(
        value is None or isinstance(value, SCALARS) for value in options.values()
    ):
        raise RecipeError(f"Step {number} ({row['tool']}): options: expected names with text, numbers, true or false.")
    return Step(row["tool"], dict(options), _text(row, "plugin"))


def _known(data: Mapping[str, Any], names: Sequence[str], what: str) -> None:
    for name in data:
        if name not in names:
            raise RecipeError(f"{what} has no field {str(name)[:80]!r}. It has: {_list(names)}.")


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name, "")
    if not isinstance(value, str):
        raise RecipeError(f"{name}: expected text, got {short(value)}.")
    return " ".join(value.split())[:400]


def _list(names: Collection[str]) -> str:
    return ", ".join(names) or "none"
