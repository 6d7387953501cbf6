"""Settings as values: one declaration of each, from which form, command line, API and documentation are made.

A function says its settings as keyword parameters, or takes a frozen class of them:

    @dataclass(frozen=True)
    class Softening(Options):
        radius: Annotated[int, Between(1, 200, "pixels"), "how far the edge is blurred"] = 12

    @spread(Softening)
    def soften(image: Image, *, options: Softening) -> Image: ...

    soften(image, radius=3)     soften(image, options=Softening(radius=3))
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import math
import re
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

from .errors import PromptError
from .io.arrays import shown
from .models.names import ModelFor

SCALARS: tuple[type, ...] = (str, int, float, bool)
MOST_CHARACTERS = 10_000
"""Of an option that is text."""
_LARGEST = 2.0**53
"""Whole numbers beyond it are not the same in JSON, JavaScript and a float."""

R = TypeVar("R")


@dataclass(frozen=True)
class Between:
    """The range of a number, in the annotation of an option: `Annotated[float, Between(0, 1)]`.

    Attributes:
        low, high: the least and the most that is allowed.
        unit: for messages and forms, such as "pixels".
        step: of a slider; 0: one is chosen.
        usual: up to where a slider goes, if not to `high`.
    """

    low: float
    high: float
    unit: str = ""
    step: float = 0
    usual: float | None = None

    def __str__(self) -> str:
        return f"{self.low:.10g} to {self.high:.10g}{self.unit and ' '}{self.unit}"


@dataclass(frozen=True)
class Option:
    """One setting, of a kind that a form, a command line and an API can all offer.

    Attributes:
        name: of the parameter.
        type: str, int, float or bool.
        default: value when nothing is given.
        choices: the only values allowed; () when any value of the type is.
        optional: whether None is allowed.
        annotation: as written in the signature.
        within: range of a number, or None where any finite one will do.
        help: what it means, for people; "" where only the docstring says so.
        task: where it names a model, what that must be able to do (`sam.ModelFor`); "" for any other setting.
    """

    name: str
    type: type
    default: Any
    choices: tuple[Any, ...] = ()
    optional: bool = False
    annotation: Any = None
    within: Between | None = None
    help: str = ""
    task: str = ""

    def accepts(self, value: Any) -> bool:
        """Whether `value` is allowed; a whole number is allowed for a float, a bool never for a number, NaN never."""
        if value is None:
            return self.optional
        if self.choices:
            return any(value == choice and type(value) is type(choice) for choice in self.choices)
        if self.type is str:
            return isinstance(value, str) and len(value) <= MOST_CHARACTERS
        if self.type is bool or isinstance(value, bool):
            return isinstance(value, bool) and self.type is bool
        if not isinstance(value, int if self.type is int else (int, float)) or not -_LARGEST <= value <= _LARGEST:
            return False
        return self.within is None or self.within.low <= value <= self.within.high

    def check(self, value: Any) -> Any:
        """The value, a whole number for a float as one, NumPy's numbers as Python's.

        Raises:
            PromptError: it is not allowed.
        """
        value = value.item() if isinstance(value, np.generic) else value
        if not self.accepts(value):
            wanted = self.within or f"{', '.join(map(repr, self.choices))}{' or None' * self.optional}"
            wanted = wanted if self.within else wanted if self.choices else str(self)
            raise PromptError(f"{self.name}: expected {wanted}, got {shown(value)}.")
        return float(value) if self.type is float and value is not None else value

    def __str__(self) -> str:
        kind = " or ".join(repr(c) for c in self.choices) or self.type.__name__
        return kind + (f" from {self.within}" if self.within else "") + (" or None" if self.optional else "")

    @classmethod
    def read(cls, name: str, annotation: Any, default: Any) -> Option:
        """From a parameter.

        Raises:
            ValueError: the annotation is not one of str, int, float, bool, a model's name, Literal of these, Optional
                of these, or one of them with a `Between`; or the default does not fit it. The message says what is
                wrong, not where.
        """
        kind, within, words, task = _bare(annotation)
        optional = False
        choices: tuple[Any, ...] = ()
        if get_origin(kind) in (Union, types.UnionType):
            rest = [part for part in get_args(kind) if part is not type(None)]
            optional = len(rest) < len(get_args(kind))
            if len(rest) == 1:
                kind, inner, inner_words, inner_task = _bare(rest[0])
                within, words, task = within or inner, words or inner_words, task or inner_task
        if get_origin(kind) is Literal:
            choices = get_args(kind)
            kinds = {type(choice) for choice in choices}
            kind = kinds.pop() if len(kinds) == 1 else kind
        if kind not in SCALARS or (within is not None and kind not in (int, float)):
            raise ValueError(
                f"has type {annotation!s}, which a form cannot show: use str, int, float, bool, Literal of these, or "
                "Optional of these"
            )
        option = cls(name, kind, default, choices, optional, annotation, within, words, task)
        if not option.accepts(default):
            raise ValueError(f"has the default {default!r}, which is not {option}")
        return option


class Options:
    """Base of frozen classes of settings: each field is checked by its annotation.

    Raises:
        PromptError: a value that its field does not allow; it is named.
    """

    def __post_init__(self) -> None:
        kind: Any = type(self)
        for name, option in read_options(kind).items():
            object.__setattr__(self, name, option.check(getattr(self, name)))


@functools.cache
def read_options(kind: Any) -> dict[str, Option]:
    """The settings of a frozen class, in order; fields that no form can show, such as a callback, are left out."""
    hints = get_type_hints(kind, include_extras=True)
    found = {}
    for field in dataclasses.fields(kind):
        if field.metadata.get("form", True):
            found[field.name] = Option.read(field.name, hints[field.name], field.default)
    return found


def spread(*kinds: Any) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """For functions that take frozen classes of settings: callers may name the fields as keywords instead.

    The first class arrives as `options`, a second one as `options2` and so on. Signature and docstring are those of a
    function with all fields as keyword parameters, so that tools, commands and endpoints are made from it as ever.
    """

    def decorate(function: Callable[..., R]) -> Callable[..., R]:
        slots = ["options" + (str(number) if number > 1 else "") for number in range(1, len(kinds) + 1)]
        fields = [{field.name: field for field in dataclasses.fields(kind)} for kind in kinds]

        @functools.wraps(function)
        def call(*data: Any, **values: Any) -> R:
            for slot, kind, own in zip(slots, kinds, fields):
                given = {name: values[name] for name in own if name in values}
                base = values.pop(slot, None)
                values[slot] = kind(**given) if base is None else dataclasses.replace(base, **given)
            taken = {name for own in fields for name in own}
            return function(*data, **{name: value for name, value in values.items() if name not in taken})

        _describe(call, function, kinds, slots)
        return call

    return decorate


def _describe(call: Any, function: Callable[..., Any], kinds: tuple[Any, ...], slots: list[str]) -> None:
    hints = get_type_hints(function, include_extras=True)
    parameters = [p for p in inspect.signature(function).parameters.values() if p.name not in slots]
    parameters = [p.replace(annotation=hints.get(p.name, p.annotation)) for p in parameters]
    own = [p for p in parameters if p.kind is p.KEYWORD_ONLY]
    data = [p for p in parameters if p.kind is not p.KEYWORD_ONLY]
    words: dict[str, str] = {}
    for kind in kinds:
        kind_hints, known = get_type_hints(kind, include_extras=True), read_options(kind)
        for field in dataclasses.fields(kind):
            if field.name not in {p.name for p in data + own}:
                annotation = kind_hints[field.name]
                kwargs = {"default": field.default, "annotation": annotation}
                data.append(inspect.Parameter(field.name, inspect.Parameter.KEYWORD_ONLY, **kwargs))
                words[field.name] = known[field.name].help if field.name in known else _bare(annotation)[2]
    parameters = [*data, *own]
    call.__signature__ = inspect.Signature(parameters, return_annotation=hints.get("return", inspect.Signature.empty))
    call.__annotations__ = {p.name: p.annotation for p in parameters} | {"return": hints.get("return")}
    call.__kwdefaults__ = {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}
    del call.__wrapped__
    lines = "\n".join(f"    {name}: {text}." for name, text in words.items() if text)
    doc = inspect.getdoc(function) or ""
    if lines:
        head, mark, rest = doc.partition("\n\nReturns:" if "\n\nReturns:" in doc else "\n\nRaises:")
        head = head if re.search(r"^Args:$", head, re.MULTILINE) else f"{head}\n\nArgs:"
        call.__doc__ = f"{head}\n{lines}{mark}{rest}"


def _bare(annotation: Any) -> tuple[Any, Between | None, str, str]:
    """(type, range, words, task of a model) of an annotation."""
    if get_origin(annotation) is not Annotated:
        return annotation, None, "", ""
    kind, *extras = get_args(annotation)
    within = next((extra for extra in extras if isinstance(extra, Between)), None)
    words = next((extra for extra in extras if isinstance(extra, str)), "")
    return kind, within, words, next((extra.task for extra in extras if isinstance(extra, ModelFor)), "")


def slider_step(option: Option) -> float:
    """For a form: 1 for whole numbers, else about a hundredth of the range, as 1, 2 or 5 of some power of ten."""
    if option.within is None or option.within.step or option.type is int:
        return option.within.step or 1 if option.within else 1
    span = ((option.within.usual or option.within.high) - option.within.low) / 100
    power = 10.0 ** math.floor(math.log10(span))
    return next(power * digit for digit in (1, 2, 5, 10) if power * digit >= span)
