"""Formats that plugins add, for commands that name one: looked for where no built-in format fits."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import TypeVar

from ..formats import Format, FormatError

Extra = Callable[[], Iterable[Format]]
"""The formats that plugins add, asked for only where no built-in one fits, since plugins take time to load."""

T = TypeVar("T")


def with_plugins(extra: Extra, work: Callable[[Iterable[Format]], T]) -> T:
    """What `work` makes of no formats besides the built-in ones, or where none of them fits of those of plugins.

    Raises:
        FormatError: as `work` raises it, also of those of plugins.
    """
    try:
        return work(())
    except FormatError:
        more = list(extra())
        if not more:
            raise
        return work(more)


def bound(function: Callable[..., None], extra: Extra) -> Callable[..., None]:
    """A command with its first parameter, `extra`, given; typer reads the others from its signature."""

    def run(**values: object) -> None:
        function(extra, **values)

    _, *parameters = inspect.signature(function, eval_str=True).parameters.values()
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run
