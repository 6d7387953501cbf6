"""Background jobs that visitors share: one a model, followed and cancelled by all who asked for it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from sam import Cancelled, SamError
from sam.errors import HubUnreachable

_log = logging.getLogger("sam_studio")


class Told(Protocol):
    """How work tells how far it is; raises `Cancelled` once nobody wants it any more."""

    def __call__(self, here: int, total: int, note: str = "") -> None: ...


Work = Callable[[Told], None]
_AT_ONCE = 2
_LOOK_S = 0.2


@dataclass
class Job:
    """One piece of work.

    Attributes:
        kind: what is done, such as "download".
        here, total: how far it is, in the work's own unit; total is 0 while unknown.
        state: finished jobs are forgotten, failed ones are kept until the next try.
        note: what it is at, for people; "" where the numbers say it.
        error: one sentence.
        unreachable: whether it failed for want of a hub.
        wanted: who asked for it; when the last of them cancels, it stops.
    """

    kind: str
    here: int = 0
    total: int = 0
    state: Literal["waiting", "running", "failed"] = "waiting"
    note: str = ""
    error: str = ""
    unreachable: bool = False
    wanted: set[str] = field(default_factory=set)
    stop: threading.Event = field(default_factory=threading.Event)

    @property
    def active(self) -> bool:
        """Whether it is not over yet."""
        return self.state != "failed"

    def to_json(self, who: str) -> dict[str, Any]:
        """For the page of a visitor."""
        shown = {
            name: getattr(self, name) for name in ("kind", "here", "total", "state", "note", "error", "unreachable")
        }
        return {**shown, "mine": who in self.wanted, "others": len(self.wanted - {who}), "stopping": self.stop.is_set()}


class Jobs:
    """All jobs of this process, by name; a few run at once, the others wait for their turn."""

    def __init__(self, at_once: int = _AT_ONCE) -> None:
        self._all: dict[str, Job] = {}
        self._lock = threading.Lock()
        self._turns = threading.Semaphore(at_once)

    def of(self, name: str) -> Job | None:
        """The job of that name that is under way or has failed."""
        with self._lock:
            return self._all.get(name)

    def start(self, kind: str, name: str, who: str, work: Work) -> None:
        """Begin it, or join whoever began it.

        Args:
            work: given a function to tell how far it is, which raises `Cancelled` once nobody wants the work any more;
                called again when somebody wants it after all.
        """
        with self._lock:
            job = self._all.get(name)
            if job is not None and job.active:
                job.wanted.add(who)
                job.stop.clear()
                return
            job = self._all[name] = Job(kind, wanted={who})
        threading.Thread(target=self._run, args=(name, job, work), daemon=True, name=f"{kind}-{name}").start()

    def cancel(self, name: str, who: str) -> None:
        """`who` does not want it any more. A failed one is forgotten."""
        with self._lock:
            job = self._all.get(name)
            if job is not None and not job.active:
                del self._all[name]
            elif job is not None:
                job.wanted.discard(who)
                if not job.wanted:
                    job.stop.set()

    def _run(self, name: str, job: Job, work: Work) -> None:
        def tell(here: int, total: int, note: str = "") -> None:
            if job.stop.is_set():
                raise Cancelled("Stopped.")
            job.here, job.total, job.note = here, total, note

        while True:
            failed: dict[str, Any] = {}
            try:
                with self._turn(job):
                    tell(job.here, job.total)
                    job.state = "running"
                    work(tell)
            except Cancelled:
                with self._lock:
                    if job.wanted:
                        job.stop.clear()
                        continue
            except SamError as error:
                failed = {"error": str(error), "unreachable": isinstance(error, HubUnreachable)}
            except Exception as error:
                _log.exception("%s of %s failed", job.kind, name)
                failed = {"error": f"It failed ({type(error).__name__}); the log has the details. Try again."}
            with self._lock:
                if failed:
                    vars(job).update(failed, state="failed")
                else:
                    del self._all[name]
            return

    @contextmanager
    def _turn(self, job: Job) -> Iterator[None]:
        job.state = "waiting"
        while not self._turns.acquire(timeout=_LOOK_S):
            if job.stop.is_set():
                raise Cancelled("Stopped.")
        try:
            yield
        finally:
            self._turns.release()
