"""A model in a subprocess with a Python and packages of its own, driven over pipes.

For what cannot run beside this package's versions. The messages are those of `groundingdino_worker.py`,
which is the other end and imports nothing of this package.
"""

from __future__ import annotations

import contextlib
import queue
import subprocess
import threading
import weakref
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from numpy.typing import NDArray

from ..errors import ModelUnavailable, PromptError
from .groundingdino_worker import read_message, write_message

Arrays = tuple[NDArray[Any], ...]
_LINES = 12
"""Of what the process complained last: enough for the end of a traceback."""


class Worker:
    """A process that answers one message with one message. Not for several threads at once.

    It ends with this object, with this program, or when it is late: what comes after a late answer would be taken for
    the next one.
    """

    def __init__(self, command: Sequence[str | Path], *, name: str, seconds: float) -> None:
        """Start it and wait until it says that it is ready.

        Args:
            command: the interpreter and its arguments.
            name: of the model, for messages.
            seconds: that it may take.

        Raises:
            ModelUnavailable: there is no such interpreter, or what the process says is missing, or it died or is late.
        """
        self.name = name
        self._complaints: deque[str] = deque(maxlen=_LINES)
        self._answers: queue.Queue[tuple[dict[str, Any], Arrays] | None] = queue.Queue()
        try:
            self._process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        except OSError as error:
            raise ModelUnavailable(f"{name} needs the Python {command[0]}, which cannot be run ({error}).") from error
        pipes = self._process.stdout, self._process.stderr
        self._listening = [
            threading.Thread(target=_listen, args=(pipes[0], self._answers), daemon=True),
            threading.Thread(target=_keep, args=(pipes[1], self._complaints), daemon=True),
        ]
        for thread in self._listening:
            thread.start()
        self.stop = weakref.finalize(self, _end, self._process)
        self.ready: Mapping[str, Any] = self._answer(seconds)[0]

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return self._process.poll() is None

    def ask(
        self, message: Mapping[str, Any], arrays: Sequence[NDArray[Any]] = (), *, seconds: float
    ) -> tuple[dict[str, Any], Arrays]:
        """Its answer.

        Args:
            message: JSON.
            arrays: that go with it.
            seconds: that it may take; later it is stopped.

        Raises:
            PromptError: the process says that the question is wrong.
            ModelUnavailable: it died, is late, or says that it cannot.
        """
        try:
            write_message(self._process.stdin, message, arrays)
        except (OSError, ValueError) as error:  # a pipe that the other end, or this one, has closed
            raise self._dead() from error
        return self._answer(seconds)

    def _answer(self, seconds: float) -> tuple[dict[str, Any], Arrays]:
        try:
            answer = self._answers.get(timeout=seconds)
        except queue.Empty:
            self.stop()
            raise ModelUnavailable(
                f"The process of {self.name} did not answer within {seconds:g} seconds and was stopped.{self._said()}"
            ) from None
        if answer is None:
            raise self._dead()
        head, arrays = answer
        if "refused" in head:
            raise PromptError(str(head["refused"]))
        if "failed" in head:
            raise ModelUnavailable(f"{self.name}: {head['failed']}")
        return head, arrays

    def _dead(self) -> ModelUnavailable:
        try:
            code = self._process.wait(1)
            what = f"ended by itself (exit code {code})"
        except subprocess.TimeoutExpired:
            what = "said something that is no answer, and was stopped"
        self.stop()
        self._listening[1].join(1)
        return ModelUnavailable(f"The process of {self.name} {what}.{self._said()}")

    def _said(self) -> str:
        last = next((line for line in reversed(self._complaints) if line.strip()), "")
        return f" Its last words: {last.strip()[:300]}" if last else ""


def _listen(pipe: IO[bytes], answers: queue.Queue[tuple[dict[str, Any], Arrays] | None]) -> None:
    """Put each message where it is waited for; None at the end, however it comes."""
    with contextlib.suppress(OSError, ValueError), pipe:
        while (message := read_message(pipe)) is not None:
            answers.put(message)
    answers.put(None)


def _keep(pipe: IO[bytes], lines: deque[str]) -> None:
    with contextlib.suppress(OSError, ValueError), pipe:
        for line in pipe:
            lines.append(line.decode("utf-8", "replace"))


def _end(process: subprocess.Popen[bytes]) -> None:
    """Stop a process, first by hanging up."""
    with contextlib.suppress(OSError):
        if process.stdin is not None:
            process.stdin.close()
    if process.poll() is None:
        process.kill()
    process.wait()
