"""Models on a ZeroGPU Space: the weights and their work are in a process that is lent a GPU, the rest is here.

Hugging Face's package `spaces` forks a worker for each decorated function, and each worker has all weights: so there
are two functions only, `ask` for one answer and `job` for long work. Models are named: `place` puts them where the
package packs them for all workers to come; a worker that is asked for another one loads it itself.
"""

from __future__ import annotations

import ctypes
import logging
import queue
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import Any

from ..errors import Cancelled, GpuQuotaExceeded, SamError
from ..permits import Permit, acting_for, permit
from ..stopping import check_stopped, stoppable
from .device import gpu
from .gpu_seconds import ESTIMATES, Receipt, Work, file_receipt
from .out_of_memory import enough_memory
from .packing import register
from .refusals import explain

_log = logging.getLogger("sam_studio")

_BEAT_S = 0.2
"""A worker says so often that it is still at it; only then does `spaces` look whether anybody still wants it."""
_GRACE_S = 1.0
"""What work that was stopped is given to end."""

# Inherited by each fork. No lock guards them: one that is held during a fork stays held in it for ever.
_PLACED: dict[Ref, Any] = {}
_LATE: dict[Ref, Any] = {}

_worker = False

Loader = Callable[[str, str], Any]

register()


@dataclass(frozen=True)
class Ref:
    """What travels in place of a model.

    Attributes:
        name, task: that `load` understands.
        load: a module-level function that makes the model.
    """

    name: str
    task: str
    load: Loader

    def model(self) -> Any:
        """The model in this process: placed before it was forked, else loaded on first use."""
        found = _PLACED.get(self) or _LATE.get(self)
        if found is None:
            found = _LATE[self] = self.load(self.name, self.task)
        return found


def in_worker() -> bool:
    """Whether this process is one that has a GPU."""
    return _worker


def place(ref: Ref) -> None:
    """Load a model for all workers to come: on the main thread, where CUDA is emulated, before the app is launched."""
    if ref not in _PLACED:
        _PLACED[ref] = ref.load(ref.name, ref.task)


@dataclass(frozen=True)
class Call:
    """A function and its arguments, with a `Ref` for each model.

    Attributes:
        seconds: that the lease is asked for.
        progress: whether the function is to say how far it is.
        permit: of whoever it is done for.
    """

    function: Callable[..., Any]
    args: tuple[Any, ...]
    options: Mapping[str, Any]
    seconds: int
    progress: bool = False
    permit: Permit = field(default_factory=permit)

    def run(self, *, progress: Callable[..., None] | None = None) -> Any:
        """The function's answer, in a worker."""
        global _worker
        _worker = True
        # A worker is forked while somebody is served, and serves others afterwards.
        with acting_for(self.permit):
            args = [_there(value) for value in self.args]
            options = {name: _there(value) for name, value in self.options.items()}
            if self.progress:
                options["progress"] = progress
            return self.function(*args, **options)


def _there(value: Any) -> Any:
    return value.model() if isinstance(value, Ref) else value


@dataclass(frozen=True)
class Told:
    """What a worker says while it works: the arguments of a call of `progress`; None: nothing new."""

    step: tuple[Any, ...] | None = None


@dataclass(frozen=True)
class Piece:
    """A part of the answer that is done: whoever has it keeps it, whatever happens to the rest."""

    value: Any


@dataclass(frozen=True)
class Answer:
    """The end: a value or an error of ours, and the seconds that it took."""

    value: Any = None
    error: Exception | None = None
    seconds: float = 0.0


def _finished(work: Callable[[], Any]) -> Answer:
    start = time.perf_counter()
    try:
        with enough_memory("for this"):
            return Answer(work(), None, time.perf_counter() - start)
    except SamError as raised:
        # Raised in a worker, it would arrive as the name of its class alone.
        error: Exception = raised
    except Exception as raised:
        error = WorkerError(f"{type(raised).__name__}: {raised}\n{traceback.format_exc()}")
    return Answer(None, error, time.perf_counter() - start)


class WorkerError(RuntimeError):
    """A failure that nobody foresaw, with the traceback that it had where it happened."""


@gpu(seconds=lambda call: call.seconds)
def ask(call: Call) -> Answer:
    """One answer."""
    return _finished(call.run)


@gpu(seconds=lambda call: call.seconds)
def job(call: Call) -> Iterator[Told | Piece | Answer]:
    """Long work: how far it is several times a second, parts of the answer as they are done, the answer.

    Closing it ends the work. A function that is a generator has its values come out as `Piece`s.
    """
    told: queue.SimpleQueue[Told | Piece | Answer] = queue.SimpleQueue()
    stopped = threading.Event()

    def tell(*step: Any) -> None:
        if stopped.is_set():
            raise Cancelled("Stopped.")
        told.put(Told(step))

    def whole() -> Any:
        with stoppable(stopped.is_set):
            found = call.run(progress=tell)
            if not isinstance(found, Iterator):
                return found
            for one in found:
                told.put(Piece(one))
            return None

    context = copy_context()
    worker = threading.Thread(
        target=_until_stopped, args=(lambda: told.put(context.run(_finished, whole)),), daemon=True
    )
    worker.start()
    done = False
    try:
        while True:
            try:
                step = told.get(timeout=_BEAT_S)
            except queue.Empty:
                step = Told()
            done = isinstance(step, Answer)
            yield step
            if done:
                return
    finally:
        stopped.set()
        if not done:
            _interrupt(worker)
        worker.join(_GRACE_S)


def _until_stopped(work: Callable[[], None]) -> None:
    # The interruption may come a step after the work has ended.
    with suppress(Cancelled):
        work()


def _interrupt(thread: threading.Thread) -> None:
    """Have a thread raise `Cancelled` at its next step of Python, wherever it is."""
    if thread.ident is not None:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(Cancelled))


def run(
    work: Work,
    function: Callable[..., Any],
    args: tuple[Any, ...],
    options: Mapping[str, Any] | None = None,
    *,
    progress: Callable[..., None] | None = None,
    short: bool = False,
) -> Any:
    """A function's answer, in one lease.

    Args:
        work: for the seconds that are asked for.
        function: a module-level one; lent models among its arguments are the models themselves there.
        progress: given to the function there, and called here with what it is told, and again several times a second;
            what it raises ends the work there, as `sam.stopping.stoppable` around this call does.
        short: one answer without progress, which nobody stops.

    Raises:
        GpuUnavailable, GpuQuotaExceeded: no GPU was lent, or it was taken away.
        Cancelled: nobody wants the answer any more.
        SamError: what the function raised.
        WorkerError: any other failure of the function.
    """
    if short:
        return _value(work, *_asked(work, lambda seconds: ask(Call(function, args, options or {}, seconds))))
    *_, value = stream(work, function, args, options, progress=progress)
    return value


def stream(
    work: Work,
    function: Callable[..., Any],
    args: tuple[Any, ...],
    options: Mapping[str, Any] | None = None,
    *,
    progress: Callable[..., None] | None = None,
) -> Iterator[Any]:
    """As `run`, for a generator function: its values as they come; an error is raised after those that came before.

    The last value is what the function returned, None for a generator.
    """

    def begin(seconds: int) -> tuple[Any, Any]:
        steps = job(Call(function, args, options or {}, seconds, progress is not None))
        return steps, next(steps)

    (steps, one), asked = _asked(work, begin)
    told: tuple[Any, ...] | None = None
    start = time.monotonic()
    try:
        while not isinstance(one, Answer):
            if isinstance(one, Piece):
                yield one.value
            else:
                told = one.step or told
                if progress is not None and told is not None:
                    progress(*told)
            # Whoever waits may have gone without ever having asked how far it is.
            check_stopped()
            with _refused(work, asked, start):
                one = next(steps)
        # The lease ends when the worker's generator does, not when its answer is here.
        with _refused(work, asked, start):
            next(steps, None)
        yield _value(work, one, asked)
    finally:
        steps.close()


def _asked(work: Work, attempt: Callable[[int], Any]) -> tuple[Any, int]:
    """(what `attempt` gives for the seconds that it is allowed, those seconds)."""
    seconds, start = ESTIMATES.ask(work), time.monotonic()
    try:
        with _refused(work, seconds, start):
            return attempt(seconds), seconds
    except GpuQuotaExceeded as refusal:
        left = int(refusal.left or 0)
        if not ESTIMATES.need(work) <= left < seconds:
            raise
    with _refused(work, left, time.monotonic()):
        return attempt(left), left


@contextmanager
def _refused(work: Work, asked: int, start: float) -> Iterator[None]:
    """What `spaces` raises, as one of our errors. The work's own errors come as values and are none of these."""
    try:
        yield
    except StopIteration:
        raise WorkerError("The worker ended without an answer.") from None
    except Exception as error:
        taken = time.monotonic() - start
        refusal = explain(error, asked, taken)
        if refusal is None:
            raise
        if taken >= asked:
            ESTIMATES.note(work, taken)
        _log.warning("%s: %s (%s)", work.kind, type(error).__name__, error)
        raise refusal from error


def _value(work: Work, answer: Answer, asked: int) -> Any:
    ESTIMATES.note(work, answer.seconds)
    file_receipt(Receipt(work.kind, asked, answer.seconds))
    if answer.error is not None:
        raise answer.error
    return answer.value
