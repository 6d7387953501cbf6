"""Work that needs the weights of a model that runs on a lent GPU: one call is one lease, measured and cancellable.

Everywhere but on a ZeroGPU Space the functions here are plain calls.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from .device import lends
from .gpu_seconds import ESTIMATES, Work

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])


def one_lease(
    kind: str,
    units: Callable[..., float] = lambda *args, **options: 1.0,
    when: Callable[..., bool] = lambda *args, **options: False,
) -> Callable[[F], F]:
    """Decorator of a module-level function one of whose arguments is a model: all it does is one lease.

    With a model that is not lent, which is everywhere but on ZeroGPU, the function is called as it is. Its `progress`,
    if it has one, may raise to stop the work, which it does within a second.

    Args:
        kind: of work, for the seconds that are asked for.
        units: how much of it, from the function's own arguments.
        when: whether it needs a GPU without a model among its arguments; asked only where GPUs are lent.
    """

    def decorate(function: F) -> F:
        signature = inspect.signature(function)

        @functools.wraps(function)
        def leased(*args: Any, **options: Any) -> Any:
            given = [value.name for value in (*args, *options.values()) if is_lent(value)]
            if not given and not (_asks() and when(*args, **options)):
                return function(*args, **options)
            from .zero_gpu import run

            bound = signature.bind(*args, **options)
            progress = bound.arguments.pop("progress", None)
            # Sent by its name, under which others find this wrapper, too: there it meets the models themselves.
            work = Work(kind, str(given[0]) if given else kind, float(units(*bound.args, **bound.kwargs)))
            return run(work, leased, bound.args, bound.kwargs, progress=progress)

        return leased  # type: ignore[return-value]

    return decorate


def in_leases(kind: str, model: Any, things: Sequence[T], units: Callable[[T], float]) -> Iterator[list[T]]:
    """Parts of long work that one lease each is long enough for; all in one part where the model is not lent.

    Args:
        kind: of work.
        model: that it is for.
        things: what there is to do; each goes into one part.
        units: of one of them.
    """
    part: list[T] = []
    for thing in things:
        work = Work(kind, str(getattr(model, "name", "")), sum(map(units, part)) + units(thing))
        if part and is_lent(model) and not ESTIMATES.fits(work):
            yield part
            part = []
        part.append(thing)
    if part:
        yield part


def _asks() -> bool:
    """Whether this process asks for GPUs, and is not itself one that has one."""
    if not lends():
        return False
    from .zero_gpu import in_worker

    return not in_worker()


def is_lent(value: Any) -> bool:
    """Whether a value is a model whose weights are in the process that is lent the GPU."""
    return getattr(type(value), "lent", False) is True
