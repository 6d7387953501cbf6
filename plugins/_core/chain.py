"""A chain: tools in order, checked as a whole before anything runs.

A recipe (`recipes/recipe.py`) is the text of one: what a person writes and saves, which may not fit together. Whatever
runs is a `Chain`, made once from the recipe by `Recipe.check`, however many photos it then works on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sam.errors import Cancelled, ModelUnavailable, PromptError, SamError, short, suggest
from sam.stopping import check_stopped
from sam.types import Boxes, Masks, Points

from .tool import PluginError, Tool, fits, holds, type_name


class ChainError(PluginError, TypeError):
    """Tools that do not fit each other, or a chain called with the wrong data."""


@dataclass(frozen=True)
class Chain:
    """Tools run in order; each finds its data by name among the inputs and what earlier tools made.

    Attributes:
        tools: at least one.
        name: for people, such as that of the recipe; "" where there is none.
        inputs: name -> type of what a caller must give: all that no earlier tool makes.
        outputs: name -> type of what the tools make.

    Raises:
        ChainError: a tool would get another type than it needs. No model has been loaded by then.
    """

    tools: tuple[Tool, ...]
    name: str = ""
    inputs: dict[str, Any] = field(init=False)
    outputs: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        if not self.tools:
            raise ChainError("A chain needs at least one tool, got none.")
        inputs: dict[str, Any] = {}
        outputs: dict[str, Any] = {}
        known: dict[str, tuple[Any, str]] = {}
        for tool in self.tools:
            for name, wanted in tool.inputs.items():
                if name not in known:
                    known[name] = wanted, f"{tool.name} takes from the caller"
                    inputs[name] = wanted
                elif not fits(known[name][0], wanted):
                    given, source = known[name]
                    raise ChainError(
                        f"{tool.name} needs {name}: {type_name(wanted)}, but the chain carries {name}: "
                        f"{type_name(given)}, which {source}."
                    )
            known[tool.output] = tool.returns, f"{tool.name} makes"
            outputs[tool.output] = tool.returns
        object.__setattr__(self, "inputs", inputs)
        object.__setattr__(self, "outputs", outputs)

    def __call__(self, **data: Any) -> dict[str, Any]:
        """Every value by name: what went in, and what each tool made (the last one under a name stays).

        Raises:
            ChainError: an input is missing, unknown, or of another type; it is named.
            SamError: whatever a tool raises on purpose.
        """
        values = self._begin(data)
        for tool in self.tools:
            _work(tool, values)
        return values

    def make(self, data: Mapping[str, Any], tell: Callable[[int, Tool], None] | None = None) -> tuple[Any, Any]:
        """(result of the last step, its type) for people, as `run`; what is there beside the inputs is left alone."""
        last = self.tools[-1]
        given = {name: data[name] for name in self.inputs if name in data}
        return self.run(given, tell)[last.output], last.returns

    def run(self, data: Mapping[str, Any], tell: Callable[[int, Tool], None] | None = None) -> dict[str, Any]:
        """As calling it, for people: a step that cannot go on is named, and one before it that found nothing.

        Args:
            data: the inputs by name.
            tell: called before each step with its number from 0; may raise to stop.

        Raises:
            ChainError: as a call, before anything is loaded.
            SamError: what a step could not do.
        """
        values = self._begin(data)
        nothing = ""
        for number, tool in enumerate(self.tools):
            check_stopped()
            if tell is not None:
                tell(number, tool)
            try:
                _work(tool, values)
            except (Cancelled, ModelUnavailable):
                raise
            except SamError as error:
                if nothing:
                    raise PromptError(
                        f"{nothing} found nothing in this photo, so {tool.name} had nothing to work with."
                    ) from error
                where = f"Step {number + 1} ({tool.name})" if len(self.tools) > 1 else tool.name
                raise PromptError(f"{where}: {error}") from error
            made = values[tool.output]
            if isinstance(made, (Boxes, Masks, Points)):
                nothing = "" if len(made) else (nothing or tool.name)
        return values

    def _begin(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """The values that the first step finds; nothing is loaded for that."""
        self.check_data(data)
        self.check_models()
        return dict(data)

    def check_data(self, data: Mapping[str, Any]) -> None:
        """Make sure that these are the inputs, and nothing else.

        Raises:
            ChainError: an input is missing, unknown, or of another type; it is named.
        """
        for name, kind in self.inputs.items():
            if name not in data:
                raise ChainError(f"{self}: input {name}: {type_name(kind)} is missing.")
            if not holds(data[name], kind):
                raise ChainError(f"{self}: input {name} expects {type_name(kind)}, got {type(data[name]).__name__}.")
        for name in data:
            if name not in self.inputs:
                raise ChainError(f"{self} has no input {name!r}. It takes: {', '.join(self.inputs)}.")

    def check_models(self) -> None:
        """Refuse models that whoever asks may not use, of any step.

        Raises:
            ModelUnavailable: the first of them; see `sam.permits`.
        """
        for tool in self.tools:
            try:
                tool.check_models()
            except ModelUnavailable as error:
                raise ModelUnavailable(f"{tool.name}: {error}") from error

    def steps(self) -> list[list[Any]]:
        """[[tool name, options], ...]: JSON-able; `host.chain(*steps)` makes the same chain again."""
        return [[tool.name, dict(tool.bound)] for tool in self.tools]

    def __str__(self) -> str:
        return " -> ".join(tool.name for tool in self.tools)


def _work(tool: Tool, values: dict[str, Any]) -> None:
    """Run one step on the values so far, and keep what it makes among them."""
    values[tool.output] = tool.run(**{name: values[name] for name in tool.inputs})


def read_step(step: Any, tools: dict[str, Tool], note: str = "") -> Tool:
    """The tool that one step of a chain means: a name, (name, options), or a `Tool`, bound or not.

    Raises:
        PluginError: no such tool (`note` is added to the message), or options that it does not accept.
    """
    if isinstance(step, Tool):
        return step
    options: Any = {}
    if isinstance(step, Sequence) and not isinstance(step, str) and len(step) == 2:
        step, options = step
    if not isinstance(step, str) or not isinstance(options, dict):
        raise PluginError(f'A step of a chain is a tool name or ("name", {{"option": value}}), got {short(step)}.')
    if step not in tools:
        raise PluginError(f"There is no tool {step[:80]!r}. {suggest(step, sorted(tools))}{note}")
    return tools[step].bind(**options) if options else tools[step]
