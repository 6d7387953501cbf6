"""A tool: a plain function that says, by its signature alone, what it takes and what it makes."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import numpy as np

from sam.errors import SamError, short, suggest
from sam.io.arrays import frozen, shown
from sam.options import SCALARS, Option
from sam.types import Kind


class PluginError(SamError):
    """A plugin, tool or chain breaks the contract; the message names it, the cause and the remedy."""


def type_name(annotation: Any) -> str:
    """How messages and chains call a data type: the `Kind` of an annotated array, else the name of the class."""
    for extra in getattr(annotation, "__metadata__", ()):
        if isinstance(extra, Kind):
            return extra.name.capitalize()
    return getattr(annotation, "__name__", str(annotation))


def fits(given: Any, wanted: Any) -> bool:
    """Whether a value annotated `given` may go where `wanted` is expected; arrays only when their Kind is the same."""
    if isinstance(given, type) and isinstance(wanted, type):
        # To Python a bool is an int; to someone who wires tools together it is not.
        return given is wanted or (issubclass(given, wanted) and given is not bool)
    return bool(given == wanted)


def holds(value: Any, annotation: Any) -> bool:
    """Whether `value` is of the data type `annotation`; for arrays, whether it is an array at all."""
    origin = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
    base = get_origin(origin) or origin
    if base is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, base) and not (base is int and isinstance(value, bool))


def check_result(value: Any, annotation: Any, who: str) -> Any:
    """The value, when it is of the type that it was promised as.

    Args:
        value: what a tool or a handler returned.
        annotation: of its result.
        who: returned it, for the message.

    Raises:
        PluginError: another type, or an array of another shape or kind.
    """
    channels = {"image": 3, "cutout": 4}.get(type_name(annotation).lower())
    if channels is not None and isinstance(value, np.ndarray):
        if value.ndim == 3 and value.shape[2] == channels and value.dtype == np.uint8 and value.size:
            return value
        raise PluginError(
            f"{who} returned an array of {value.dtype} of shape {value.shape} as its {type_name(annotation)}: expected "
            f"uint8 of shape (H, W, {channels})."
        )
    if not holds(value, annotation) or (isinstance(value, float) and not math.isfinite(value)):
        raise PluginError(f"{who} should return {type_name(annotation)}, and returned {shown(value)}.")
    return value


def _kept(value: Any) -> Any:
    """An array as a plugin gets it: it can read it, and cannot change what belongs to the caller."""
    return frozen(value) if isinstance(value, np.ndarray) else value


def read_signature(function: Callable[..., Any], where: str = "") -> tuple[dict[str, Any], dict[str, Option], Any]:
    """(data parameter -> type, option -> Option, return type or None) of a function.

    Args:
        function: data before `*`, options with defaults after it.
        where: how messages begin, such as the plugin's name.

    Raises:
        PluginError: a parameter is not annotated, or not of a kind that a tool may have; it is named.
    """
    name = getattr(function, "__name__", repr(function))
    where = f"{where}: {name}" if where else name
    # A tab's handlers may be the methods of an object; the signature of one is without its self.
    if not (inspect.isfunction(function) or inspect.ismethod(function)) or not name.isidentifier():
        raise PluginError(f"{where}: expected a function defined with def, got {type(function).__name__} {name}.")
    if inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
        raise PluginError(f"{where}: expected a plain function, got an async or generator function. Return the result.")
    try:
        hints = get_type_hints(function, include_extras=True)
    except Exception as error:
        raise PluginError(
            f"{where}: its annotations cannot be read ({error}). Import their types at the top of the module, "
            "not under TYPE_CHECKING."
        ) from error
    inputs: dict[str, Any] = {}
    options: dict[str, Option] = {}
    for parameter in inspect.signature(function).parameters.values():
        here = f"{where}: parameter {parameter.name!r}"
        if parameter.name not in hints:
            raise PluginError(f"{here} has no annotation. Say what it is, for example {parameter.name}: sam.Image.")
        if parameter.kind is parameter.KEYWORD_ONLY:
            if parameter.default is parameter.empty:
                raise PluginError(f"{here} comes after *, so it is an option, but has no default. Give it one.")
            try:
                options[parameter.name] = Option.read(parameter.name, hints[parameter.name], parameter.default)
            except ValueError as error:
                raise PluginError(f"{here} {error}.") from error
        elif parameter.kind is not parameter.POSITIONAL_OR_KEYWORD:
            raise PluginError(f"{here} is * , ** or positional only. Name each parameter: a chain fills them by name.")
        elif parameter.default is not parameter.empty:
            raise PluginError(f"{here} is data, which has no default. If it is an option, put it after *.")
        else:
            inputs[parameter.name] = _data_type(hints[parameter.name], here)
    return inputs, options, hints.get("return")


def _data_type(annotation: Any, here: str) -> Any:
    """`annotation`, when a chain can name and compare it.

    Raises:
        PluginError: it cannot.
    """
    kinds = [extra for extra in getattr(annotation, "__metadata__", ()) if isinstance(extra, Kind)]
    if len(kinds) == 1 or (isinstance(annotation, type) and annotation not in (type(None), object, Any)):
        return annotation
    raise PluginError(
        f"{here} has type {annotation!s}, which a chain cannot tell from others: use a class such as sam.Masks, "
        "or an array with one Kind such as sam.Image."
    )


def check_models(options: Mapping[str, Option], values: Mapping[str, Any]) -> None:
    """Refuse models that whoever asks may not use, among the values of options that name one.

    Raises:
        ModelUnavailable: the first of them; see `sam.permits`.
    """
    from sam import list_models
    from sam.models.allowed import check_use

    for name, option in options.items():
        value = values.get(name)
        # Of the choices of an option some may be methods without a model.
        named = not option.choices or value in {spec.name for spec in list_models()}
        if option.task and isinstance(value, str) and named:
            check_use(value)


@dataclass(frozen=True)
class Tool:
    """A function that a chain, the web app, the API and the command line can run.

    Attributes:
        name: of the function.
        function: as the plugin wrote it.
        inputs: data parameter -> type, in order.
        options: option -> `Option`, in order; a bound option has the bound value as its default.
        returns: type of the result.
        output: name under which a chain keeps the result.
        plugin: who added it.
        doc: its docstring, cleaned.
        bound: options and data fixed by `bind`.
    """

    name: str
    function: Callable[..., Any]
    inputs: Mapping[str, Any]
    options: Mapping[str, Option]
    returns: Any
    output: str
    plugin: str = ""
    doc: str = ""
    bound: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_function(cls, function: Callable[..., Any], *, output: str = "", plugin: str = "") -> Tool:
        """Read a tool off a function.

        Raises:
            PluginError: the signature does not say all that is needed; the parameter is named.
        """
        inputs, options, returns = read_signature(function, plugin)
        where = f"{plugin}: {function.__name__}" if plugin else function.__name__
        if returns is None or returns is type(None):
            raise PluginError(f"{where}: its result has no annotation. Say what it makes, for example -> sam.Masks.")
        returns = _data_type(returns, f"{where}: the result")
        output = output or type_name(returns).lower()
        if not output.isidentifier():
            raise PluginError(f"{where}: output {output!r} is not a name. Use letters, digits and _.")
        doc = inspect.getdoc(function) or ""
        return cls(function.__name__, function, inputs, options, returns, output, plugin, doc)

    def run(self, *data: Any, **values: Any) -> Any:
        """Call the function; bound options apply unless given again.

        It is handed arrays that it cannot change, and what it returns is what its signature says.

        Raises:
            PluginError: an unknown option, or a value that it does not accept; or a result of another type.
            ModelUnavailable: a model that whoever asks may not use.
            SamError: whatever the function raises on purpose.
        """
        given = {name: value for name, value in values.items() if name not in self.inputs}
        self._check(given)
        self.check_models(given)
        named = {name: _kept(value) for name, value in {**self.bound, **values}.items()}
        return check_result(self.function(*map(_kept, data), **named), self.returns, self.name)

    __call__ = run

    def check_models(self, values: Mapping[str, Any] = MappingProxyType({})) -> None:
        """Refuse models that whoever asks may not use, whatever the options are called that name them.

        Args:
            values: of options, where they are not what is bound or the default.

        Raises:
            ModelUnavailable: the first of them; see `sam.permits`.
        """
        check_models(self.options, {name: option.default for name, option in self.options.items()} | {**values})

    def bind(self, **values: Any) -> Tool:
        """The same tool with other defaults for some options, and with data that is text or a number already filled in.

        Raises:
            PluginError: an unknown option, or a value that it does not accept.
        """
        filled = {name: value for name, value in values.items() if self.inputs.get(name) in SCALARS}
        for name, value in filled.items():
            if not holds(value, self.inputs[name]):
                raise PluginError(f"{self.name}: {name} expects {type_name(self.inputs[name])}, got {short(value)}.")
        options = {name: value for name, value in values.items() if name not in filled}
        self._check(options)
        changed = {name: replace(self.options[name], default=value) for name, value in options.items()}
        inputs = {name: kind for name, kind in self.inputs.items() if name not in filled}
        return replace(self, inputs=inputs, options={**self.options, **changed}, bound={**self.bound, **values})

    @property
    def settings(self) -> dict[str, Option]:
        """What a form or a recipe can set: data that is text or a number first, then the options."""
        data = {name: Option(name, kind, kind()) for name, kind in self.inputs.items() if kind in SCALARS}
        return {**data, **self.options}

    def _check(self, options: Mapping[str, Any]) -> None:
        for name, value in options.items():
            if name not in self.options:
                raise PluginError(f"{self.name} has no option {name[:80]!r}. {suggest(name, self.options)}")
            if not self.options[name].accepts(value):
                raise PluginError(f"{self.name}: option {name} expects {self.options[name]}, got {short(value)}.")

    def __str__(self) -> str:
        data = ", ".join(f"{name}: {type_name(kind)}" for name, kind in self.inputs.items())
        options = "".join(f", {name}={option.default!r}" for name, option in self.options.items())
        return f"{self.name}({data}{', *' + options if options else ''}) -> {type_name(self.returns)}"
