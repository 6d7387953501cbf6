"""Refusals through every door, workers that are killed, visitors at the same time, and Stop."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import gradio_client

from plugins import everything

from .device_api import REFUSALS
from .fake_cuda import end_workers, worker_ids
from .space import MODEL, Space, photo, small_masks
from .visitor import Visitor

SMALL = (320, 240)
LONG = {"points_per_side": 96, "cover_share": 0.0}
"""Of everything mode: more than nine thousand points, so that what is stopped or killed is in the middle."""


def refusals(space: Space, ann: Visitor) -> None:
    """Each way of being refused through each door, then the same again."""
    number = 100
    for mode in (*REFUSALS, "killed"):
        for door, refused, again in _doors(space, ann, number):
            space.settle()
            space.api.clear()
            if mode == "killed":
                end_workers()
                space.api.forget_workers()
                space.api.kill_after = 0.0
            else:
                space.api.mode = mode
                space.api.left = 1
            first = attempt(refused)
            space.settle()
            space.api.clear()
            space.seen.setdefault("refused", {})[f"{mode} {door}"] = {"first": first, "again": attempt(again)}
            number += 1


def attempt(work: Callable[[], Any]) -> dict[str, Any]:
    """What came, and an error's sentence."""
    try:
        found = work()
    except Exception as error:
        return {"error": str(error)}
    return {key: found.get(key) for key in ("status", "error", "reader") if key in found}


def _doors(space: Space, ann: Visitor, number: int) -> list[tuple[str, Callable[[], Any], Callable[[], Any]]]:
    """(door, something that takes a lease, the same once more), of photos that nobody has read yet."""

    def read() -> dict[str, Any]:
        answer = ann.read()
        return {**answer, "reader": ann.ask("GET", "/state")["picture"]["model"]}

    def first() -> dict[str, Any]:
        ann.open(photo(number, SMALL))
        return read()

    def tab() -> dict[str, Any]:
        return ann.event("find", "What to find", what_to_find="cat", model="grounding-dino-tiny", page_model=MODEL)

    picture = gradio_client.handle_file(space.file(1000 + number, SMALL))

    def api() -> dict[str, Any]:
        return ann.api("points_to_masks", image=picture, points=[[50, 50]], model=MODEL)

    def mcp() -> dict[str, Any]:
        return ann.mcp("text_to_boxes", photo(number, SMALL), text="cat", model="grounding-dino-tiny")

    return [("route", first, read), ("tab", tab, tab), ("API", api, api), ("MCP", mcp, mcp)]


def together(space: Space, ann: Visitor, bob: Visitor) -> None:
    """Two visitors at the same time, through each door; then the same where one of them has no time left."""
    pictures = {one: gradio_client.handle_file(space.file(number)) for one, number in ((ann, 31), (bob, 32))}
    masks = small_masks()[:1]

    def read(one: Visitor) -> Any:
        one.open(photo(31 if one is ann else 32))
        barrier.wait()
        return one.read()

    def tab(one: Visitor) -> Any:
        barrier.wait()
        return one.event("find", "What to find", what_to_find="cat", model="grounding-dino-tiny", page_model=MODEL)

    def api(one: Visitor) -> Any:
        barrier.wait()
        return one.api("sharpen_outlines", image=pictures[one], masks=masks, model=MODEL)

    def mcp(one: Visitor) -> Any:
        barrier.wait()
        return one.mcp("text_to_boxes", photo(33), text="cat", model="grounding-dino-tiny")

    def both(work: Callable[[Visitor], Any], poor: set[str], answers: dict[str, Any]) -> dict[str, Any]:
        def one(name: str, visitor: Visitor) -> None:
            answers[name] = attempt(lambda: work(visitor))

        space.api.poor, space.api.left = poor, 1
        threads = [threading.Thread(target=one, args=pair) for pair in (("ann", ann), ("bob", bob))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return {}

    barrier = threading.Barrier(2)
    for title, poor in (("two at once", set()), ("one of two is out of time", {bob.token})):
        for door, work in (("route", read), ("tab", tab), ("API", api), ("MCP", mcp)):
            answers: dict[str, Any] = {}
            _fresh_photos()
            space.note(door, title, partial(both, work, poor, answers))
            space.rows[-1]["answers"] = answers


def _fresh_photos() -> None:
    """Nothing is known of any photo."""
    from sam.runtime import embedding_cache

    embedding_cache.EMBEDDINGS.clear()


def killed_in_the_middle(space: Space, ann: Visitor) -> None:
    """A worker is killed while it works: what is said, and whether the next job has another one."""
    ann.open(photo(60, SMALL))
    space.api.clear()
    dead: list[int] = []

    def kill(share: float) -> None:
        if not dead:
            dead.extend(worker_ids())
            for pid in dead:
                os.kill(pid, signal.SIGKILL)

    with longer():
        first = attempt(lambda: _everything(ann, "thorough", kill))
    space.settle()
    space.api.clear()
    again = attempt(lambda: _everything(ann, "fast"))
    space.seen["killed in the middle"] = {"first": first, "again": again, "killed": len(dead)}


def _everything(ann: Visitor, preset: str, progress: Callable[[float], None] | None = None) -> dict[str, Any]:
    return ann.event("find", "How thorough", progress=progress, how_thorough=preset, page_model=MODEL)


@contextmanager
def longer() -> Iterator[None]:
    """Inside, "thorough" asks `LONG`."""
    before = everything.PRESETS
    everything.PRESETS = {**before, "thorough": LONG}
    try:
        yield
    finally:
        everything.PRESETS = before


def stop(space: Space, ann: Visitor) -> None:
    """A tab's job that is stopped: what its process still computes, in hundredths of a second of CPU."""
    ann.open(photo(61, SMALL))
    space.settle()
    space.api.clear()
    used: list[int] = []

    def press(share: float) -> None:
        if not used:
            ann.stop()
            used.append(ticks())

    with longer():
        found = attempt(lambda: _everything(ann, "thorough", press))
    space.settle()
    # At rest once it uses none for half a second.
    last = -1
    while ticks() != last:
        last = ticks()
        time.sleep(0.5)
    space.seen["stop"] = {**found, "pressed": len(used), "ticks": last - used[0] if used else None}
    space.seen["stop"]["releases"] = len(space.api.releases)


def ticks() -> int:
    """Hundredths of a second of CPU that all workers have used."""
    total = 0
    for pid in worker_ids():
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total
