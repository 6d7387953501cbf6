"""The scheduler for heavy work of routes, tabs, API and MCP: fair among visitors, bounded, cancellable."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from anyio.to_thread import run_sync

from sam import Cancelled, SamError
from sam.stopping import stoppable

T = TypeVar("T")

TOOL, PHOTO = "tool", "photo"
"""The lanes: what may take minutes, and encoding a photo, which must not wait for another visitor's minutes."""

_LOOK_S = 0.25
"""How often somebody who waits looks up: whether the client is still there, and how many are ahead."""
_REMEMBERED = 1000


class BusyError(SamError):
    """No place is left to wait in."""


class GoneError(SamError):
    """The client has hung up; nobody reads this."""

    def __init__(self) -> None:
        super().__init__("The request was given up.")


@dataclass(eq=False)
class Turn:
    """One piece of heavy work, from joining the queue to its end.

    Attributes:
        visitor: whose; the same for all that one visitor asks for.
        lane: in which it waits.
        stop: set once nobody wants the work any more; long loops see it by `sam.stopping.check_stopped`.
        running: whether its turn has come.
    """

    visitor: str
    lane: str
    stop: threading.Event = field(default_factory=threading.Event)
    running: bool = False
    _wake: Callable[[], object] = lambda: None


class _Lane:
    def __init__(self, places: int) -> None:
        self.places = places
        self.running: set[Turn] = set()
        self.waiting: dict[str, deque[Turn]] = {}
        """By visitor, in the order in which they came."""


class Scheduler:
    """Who has waited longest since their last turn is next, one piece of work at a time: a visitor who asks for twenty
    things holds nobody up for more than the one that runs.

    Safe to call from any thread; turns are waited for in an event loop.

    Args:
        places: how many may run at once, by lane; default: one each.
        most: that wait, of all visitors.
        most_each: that wait, of one visitor.
    """

    def __init__(self, places: Mapping[str, int] | None = None, *, most: int = 64, most_each: int = 32) -> None:
        self.most, self.most_each = most, most_each
        self._lanes = {name: _Lane((places or {}).get(name, 1)) for name in (TOOL, PHOTO)}
        self._served: OrderedDict[str, int] = OrderedDict()
        self._count = 0
        self._lock = threading.Lock()

    @asynccontextmanager
    async def turn(
        self,
        visitor: str,
        lane: str = TOOL,
        *,
        gone: Callable[[], Awaitable[bool]] | None = None,
        told: Callable[[int], None] | None = None,
    ) -> AsyncIterator[Turn]:
        """Wait for a turn, and hold it inside the `with`.

        Args:
            visitor: whose work it is.
            lane: `TOOL` or `PHOTO`.
            gone: whether the client has hung up: then the turn is given up, or what runs is told to stop.
            told: told how many are ahead, whenever that changes.

        Raises:
            BusyError: too many wait already.
            Cancelled: `stop` was called meanwhile.
            GoneError: the client has hung up meanwhile.
        """
        granted, loop = asyncio.Event(), asyncio.get_running_loop()
        turn = Turn(visitor, lane, _wake=lambda: loop.call_soon_threadsafe(granted.set))
        self._join(turn)
        watcher: asyncio.Task[None] | None = None
        try:
            await self._wait(turn, granted, gone, told)
            if gone is not None:
                watcher = asyncio.create_task(_watch(turn, gone))
            with stoppable(turn.stop.is_set):
                yield turn
        finally:
            if watcher is not None:
                watcher.cancel()
            self._leave(turn)

    async def run(self, visitor: str, work: Callable[..., T], *args: Any, lane: str = TOOL, **options: Any) -> T:
        """`work(*args)` in a thread, in its turn; `options` and errors as `turn`, and whatever `work` raises."""
        async with self.turn(visitor, lane, **options):
            return await run_sync(work, *args)

    def stop(self, visitor: str, lane: str = TOOL) -> None:
        """A visitor wants nothing any more of what they have asked for in a lane."""
        with self._lock:
            here = self._lanes[lane]
            turns = [*here.waiting.get(visitor, ()), *(turn for turn in here.running if turn.visitor == visitor)]
        for turn in turns:
            turn.stop.set()
            turn._wake()

    def ahead(self, visitor: str) -> int | None:
        """How many pieces of work run before the next of a visitor's that waits; None: none waits."""
        with self._lock:
            found = [self._ahead(turns[0]) for lane in self._lanes.values() if (turns := lane.waiting.get(visitor))]
        return min(found, default=None)

    def counts(self) -> dict[str, tuple[int, int]]:
        """(running, waiting) by lane."""
        with self._lock:
            return {
                name: (len(lane.running), sum(map(len, lane.waiting.values()))) for name, lane in self._lanes.items()
            }

    async def _wait(
        self,
        turn: Turn,
        granted: asyncio.Event,
        gone: Callable[[], Awaitable[bool]] | None,
        told: Callable[[int], None] | None,
    ) -> None:
        last = 0
        while not granted.is_set():
            if told is not None and (ahead := self._place(turn)) != last:
                last = ahead
                told(ahead)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(granted.wait(), _LOOK_S)
            if not granted.is_set() and gone is not None and await gone():
                raise GoneError
        if turn.stop.is_set():
            raise Cancelled("Stopped.")

    def _join(self, turn: Turn) -> None:
        with self._lock:
            lane = self._lanes[turn.lane]
            waiting = sum(len(turns) for other in self._lanes.values() for turns in other.waiting.values())
            if waiting >= self.most:
                raise BusyError(f"The server is busy: {waiting} jobs are waiting already. Try again in a minute.")
            mine = lane.waiting.setdefault(turn.visitor, deque())
            if len(mine) >= self.most_each:
                raise BusyError(f"{len(mine)} of your jobs are waiting already. Let some of them finish first.")
            mine.append(turn)
            self._grant(lane)

    def _leave(self, turn: Turn) -> None:
        with self._lock:
            lane = self._lanes[turn.lane]
            lane.running.discard(turn)
            mine = lane.waiting.get(turn.visitor)
            if mine is not None and turn in mine:
                mine.remove(turn)
                if not mine:
                    del lane.waiting[turn.visitor]
            self._grant(lane)

    def _grant(self, lane: _Lane) -> None:
        while lane.waiting and len(lane.running) < lane.places:
            visitor = min(lane.waiting, key=lambda one: self._served.get(one, 0))
            turn = lane.waiting[visitor].popleft()
            if not lane.waiting[visitor]:
                del lane.waiting[visitor]
            self._count += 1
            self._served[visitor] = self._count
            self._served.move_to_end(visitor)
            if len(self._served) > _REMEMBERED:
                self._served.popitem(last=False)
            turn.running = True
            lane.running.add(turn)
            turn._wake()

    def _place(self, turn: Turn) -> int:
        with self._lock:
            return 0 if turn.running else self._ahead(turn)

    def _ahead(self, turn: Turn) -> int:
        """Turns that end or begin before this one, if nobody else comes."""
        lane = self._lanes[turn.lane]
        left = {visitor: len(turns) for visitor, turns in lane.waiting.items()}
        before = lane.waiting[turn.visitor].index(turn) if turn in lane.waiting.get(turn.visitor, ()) else 0
        served, count, ahead = dict(self._served), self._count, len(lane.running)
        while True:
            visitor = min(left, key=lambda one: served.get(one, 0))
            if visitor == turn.visitor:
                if not before:
                    return ahead
                before -= 1
            left[visitor] -= 1
            if not left[visitor]:
                del left[visitor]
            count += 1
            served[visitor] = count
            ahead += 1


async def _watch(turn: Turn, gone: Callable[[], Awaitable[bool]]) -> None:
    while not await gone():
        await asyncio.sleep(_LOOK_S)
    turn.stop.set()
