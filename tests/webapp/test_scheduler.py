"""Turns at heavy work: fair among visitors, bounded, given up by whoever leaves."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable

import pytest

from sam import Cancelled
from sam.stopping import check_stopped
from webapp.scheduler import PHOTO, TOOL, BusyError, GoneError, Scheduler


class Held:
    """Work that ends when it is told to, and notes in which order it ran and how much ran at once."""

    def __init__(self) -> None:
        self.order: list[str] = []
        self.most = 0
        self._here = 0
        self._lock = threading.Lock()
        self.ends = threading.Semaphore(0)

    def __call__(self, name: str) -> str:
        with self._lock:
            self.order.append(name)
            self._here += 1
            self.most = max(self.most, self._here)
        self.ends.acquire(timeout=30)
        with self._lock:
            self._here -= 1
        return name


async def until(true: Callable[[], bool]) -> None:
    while not true():
        await asyncio.sleep(0.005)


def run(story: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(story(), 60))


def test_twenty_jobs_of_one_visitor_hold_another_up_for_one():
    async def story() -> None:
        scheduler, held = Scheduler(), Held()
        many = [asyncio.create_task(scheduler.run("anna", held, f"anna {number}")) for number in range(20)]
        await until(lambda: scheduler.counts()[TOOL] == (1, 19))
        one = asyncio.create_task(scheduler.run("ben", held, "ben"))
        await until(lambda: scheduler.counts()[TOOL] == (1, 20))
        assert scheduler.ahead("ben") == 1
        for _ in range(21):
            held.ends.release()
        assert await one == "ben"
        assert await asyncio.gather(*many) == [f"anna {number}" for number in range(20)]
        assert held.order == ["anna 0", "ben", *[f"anna {number}" for number in range(1, 20)]]
        assert held.most == 1

    run(story)


def test_visitors_take_turns():
    async def story() -> None:
        scheduler, held = Scheduler(), Held()
        tasks = []
        for name in ("a1", "a2", "a3", "b1", "b2", "c1"):
            tasks.append(asyncio.create_task(scheduler.run(name[0], held, name)))
            await until(lambda: sum(scheduler.counts()[TOOL]) == len(tasks))
        assert [scheduler.ahead(name) for name in "abcd"] == [3, 1, 2, None]
        for _ in tasks:
            held.ends.release()
        await asyncio.gather(*tasks)
        assert held.order == ["a1", "b1", "c1", "a2", "b2", "a3"]

    run(story)


def test_who_waits_is_told_how_many_are_ahead():
    async def story() -> None:
        scheduler, held = Scheduler(), Held()
        heard: list[int] = []
        tasks = [asyncio.create_task(scheduler.run(name, held, name)) for name in "ab"]
        await until(lambda: scheduler.counts()[TOOL] == (1, 1))
        mine = asyncio.create_task(scheduler.run("c", held, "c", told=heard.append))
        await until(lambda: heard == [2])
        held.ends.release()
        await until(lambda: heard == [2, 1])
        held.ends.release(2)
        await asyncio.gather(*tasks, mine)

    run(story)


def test_a_photo_does_not_wait_for_a_tool():
    async def story() -> None:
        scheduler, tool, photo = Scheduler({PHOTO: 2}), Held(), Held()
        long = asyncio.create_task(scheduler.run("anna", tool, "long"))
        await until(lambda: tool.order == ["long"])
        photos = [asyncio.create_task(scheduler.run(name, photo, name, lane=PHOTO)) for name in ("ben", "carl", "dora")]
        await until(lambda: scheduler.counts()[PHOTO] == (2, 1) and len(photo.order) == 2)
        photo.ends.release(3)
        await asyncio.gather(*photos)
        assert photo.most == 2
        assert not long.done()
        tool.ends.release()
        await long

    run(story)


def test_there_is_a_bound_for_all_and_for_each():
    async def story() -> None:
        scheduler, held = Scheduler(most=4, most_each=3), Held()
        tasks = [asyncio.create_task(scheduler.run("anna", held, str(number))) for number in range(4)]
        await until(lambda: scheduler.counts()[TOOL] == (1, 3))
        with pytest.raises(BusyError, match="3 of your jobs"):
            await scheduler.run("anna", held, "too many")
        tasks.append(asyncio.create_task(scheduler.run("ben", held, "ben")))
        await until(lambda: scheduler.counts()[TOOL] == (1, 4))
        with pytest.raises(BusyError, match="The server is busy"):
            await scheduler.run("carl", held, "no room", lane=TOOL)
        with pytest.raises(BusyError):
            await scheduler.run("carl", held, "no room", lane=PHOTO)
        held.ends.release(5)
        await asyncio.gather(*tasks)
        assert scheduler.counts() == {TOOL: (0, 0), PHOTO: (0, 0)}
        assert "too many" not in held.order

    run(story)


def test_a_client_that_has_gone_leaves_the_queue():
    async def story() -> None:
        scheduler, held, here = Scheduler(), Held(), {"ben": True}

        async def gone() -> bool:
            return not here["ben"]

        first = asyncio.create_task(scheduler.run("anna", held, "anna"))
        await until(lambda: held.order == ["anna"])
        left = asyncio.create_task(scheduler.run("ben", held, "ben", gone=gone))
        await until(lambda: scheduler.counts()[TOOL] == (1, 1))
        here["ben"] = False
        with pytest.raises(GoneError):
            await left
        assert scheduler.counts()[TOOL] == (1, 0)
        held.ends.release()
        await first
        assert held.order == ["anna"]

    run(story)


@pytest.mark.parametrize("how", ["the client hangs up", "the stop button"])
def test_what_runs_sees_that_nobody_wants_it(how):
    async def story() -> None:
        scheduler, here, began = Scheduler(), [True], threading.Event()

        def work() -> None:
            began.set()
            while True:
                check_stopped()

        async def gone() -> bool:
            return not here[0]

        task = asyncio.create_task(scheduler.run("anna", work, gone=gone))
        await until(began.is_set)
        if how == "the stop button":
            scheduler.stop("ben")
            scheduler.stop("anna", PHOTO)
            assert not task.done()
            scheduler.stop("anna")
        here[0] = how == "the stop button"
        with pytest.raises(Cancelled):
            await task
        assert scheduler.counts()[TOOL] == (0, 0)

    run(story)
    check_stopped()  # outside of any turn nothing is stopped


def test_a_stop_takes_all_of_a_visitors_jobs_out_of_the_queue():
    async def story() -> None:
        scheduler, held = Scheduler(), Held()
        names = ("ben", "anna", "anna", "carl")
        tasks = [asyncio.create_task(scheduler.run(name, held, name)) for name in names]
        await until(lambda: scheduler.counts()[TOOL] == (1, 3))
        scheduler.stop("anna")
        held.ends.release(2)
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert [str(one) for one in ended] == ["ben", "Stopped.", "Stopped.", "carl"]
        assert held.order == ["ben", "carl"]

    run(story)


def test_an_error_and_a_cancelled_task_leave_their_place():
    async def story() -> None:
        scheduler, held = Scheduler(), Held()
        with pytest.raises(ZeroDivisionError):
            await scheduler.run("anna", lambda: 1 / 0)
        first = asyncio.create_task(scheduler.run("anna", held, "first"))
        await until(lambda: held.order == ["first"])
        second = asyncio.create_task(scheduler.run("ben", held, "second"))
        await until(lambda: scheduler.counts()[TOOL] == (1, 1))
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        assert scheduler.counts()[TOOL] == (1, 0)
        held.ends.release()
        assert await first == "first"

    run(story)
