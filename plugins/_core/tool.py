"""A tool: a plain function that says, by its signature alone, what it takes and what it makes."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from sam.errors import SamError, short, suggest
from sam.models.names import ModelFor
from sam.types import Kind

_SCALARS: tuple[type, ...] = (str, int, float, bool)


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


@dataclass(frozen=True)
class Option:
    """One setting of a tool, of a kind that a form, a command line and an API can all offer.

    Attributes:
        name: of the parameter.
        type: str, int, float or bool.
        default: value when nothing is given.
        choices: the only values allowed; () when any value of the type is.
        optional: whether None is allowed.
        annotation: as written in the signature.
        task: where it names a model, what that must be able to do (`sam.ModelFor`); "" for any other setting.
    """

    name: str
    type: type
    default: Any
    choices: tuple[Any, ...] = ()
    optional: bool = False
    annotation: Any = None
    task: str = ""

    def accepts(self, value: Any) -> bool:
        """Whether `value` is allowed; a whole number is allowed for a float, a bool never for a number."""
        if value is None:
            return self.optional
        if self.choices:
            return any(value == choice and type(value) is type(choice) for choice in self.choices)
        return holds(value, self.type)

    def __str__(self) -> str:
        kind = " or ".join(repr(c) for c in self.choices) or self.type.__name__
        return kind + (" or None" if self.optional else "")

    @classmethod
    def read(cls, name: str, annotation: Any, default: Any) -> Option:
        """From a parameter.

        Raises:
            ValueError: the annotation is not one of str, int, float, bool, a model's name, Literal of these, or
                Optional of these; or the default does not fit it. The message says what is wrong, not where.
        """
        (kind, task), optional = _plain(annotation), False
        choices: tuple[Any, ...] = ()
        if get_origin(kind) in (Union, types.UnionType):
            rest = [part for part in get_args(kind) if part is not type(None)]
            optional = len(rest) < len(get_args(kind))
            kind, inner = _plain(rest[0]) if len(rest) == 1 else (kind, "")
            task = task or inner
        if get_origin(kind) is Literal:
            choices = get_args(kind)
            kinds = {type(choice) for choice in choices}
            kind = kinds.pop() if len(kinds) == 1 else kind
        if kind not in _SCALARS:
            raise ValueError(
                f"has type {annotation!s}, which a form cannot show: use str, int, float, bool, Literal of these, or "
                "Optional of these"
            )
        option = cls(name, kind, default, choices, optional, annotation, task)
        if not option.accepts(default):
            raise ValueError(f"has the default {default!r}, which is not {option}")
        return option


def _plain(annotation: Any) -> tuple[Any, str]:
    """(the annotation without what it says besides the type, the task of `ModelFor` or "")."""
    if get_origin(annotation) is not Annotated:
        return annotation, ""
    extras = annotation.__metadata__
    return get_args(annotation)[0], next((extra.task for extra in extras if isinstance(extra, ModelFor)), "")


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
    if not inspect.isfunction(function) or not name.isidentifier():
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

        Raises:
            PluginError: an unknown option, or a value that it does not accept.
            ModelUnavailable: a model that whoever asks may not use.
            SamError: whatever the function raises on purpose.
        """
        given = {name: value for name, value in values.items() if name not in self.inputs}
        self._check(given)
        self.check_models(given)
        return self.function(*data, **{**self.bound, **values})

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
        filled = {name: value for name, value in values.items() if self.inputs.get(name) in _SCALARS}
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
        data = {name: Option(name, kind, kind()) for name, kind in self.inputs.items() if kind in _SCALARS}
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
