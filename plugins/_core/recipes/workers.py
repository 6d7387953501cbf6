"""A batch in several processes: each loads the models once, and one that dies costs its photo, not the run."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sam.errors import ModelUnavailable, SamError

from .batch import Done, Job, attempt

if TYPE_CHECKING:
    from .recipe import Recipe

DIED = "The process that worked on this photo ended, perhaps for want of memory. Try fewer workers, or a smaller photo."
MOST_DEATHS = 5
"""In turn; then it is not the photos."""


def run_in_processes(
    recipe: Recipe, jobs: Sequence[Job], workers: int, begin: Callable[[Job], object] = lambda job: None
) -> Iterator[Done]:
    """Run a recipe on each photo in `workers` processes; outcomes come as they are ready.

    After a process has died, the photos that were in work are tried again one at a time, so that the one that kills
    is found and the others are done.

    Args:
        recipe: checked already.
        jobs: of `plan`.
        workers: processes, each with its share of the cores.
        begin: told of each job before it is given out.

    Raises:
        ModelUnavailable: a model is missing, which would be the same for all.
        SamError: one process after the other ends.
    """
    waiting, suspects = deque(jobs), deque[Job]()
    photos = tuple(job.photo for job in jobs)
    died = 0
    while waiting or suspects:
        alone = bool(suspects)
        queue, most = (suspects, 1) if alone else (waiting, workers)
        with _pool(recipe, photos, most) as pool:
            running: dict[Future[Done | str], Job] = {}
            broken = False
            while (queue or running) and not broken:
                while queue and len(running) < most:
                    job = queue.popleft()
                    begin(job)
                    try:
                        running[pool.submit(_one, job)] = job
                    except BrokenProcessPool:
                        queue.appendleft(job)
                        broken = True
                        break
                finished, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in finished:
                    job = running.pop(future)
                    try:
                        done = _outcome(future)
                        died = 0
                        yield done
                    except BrokenProcessPool as error:
                        broken = True
                        if alone:
                            died += 1
                            if died == MOST_DEATHS:
                                raise SamError(f"{MOST_DEATHS} photos in turn: {DIED}") from error
                            yield Done(job, 0.0, DIED)
                        else:
                            suspects.append(job)
            suspects.extend(running.values())


def _outcome(future: Future[Done | str]) -> Done:
    done = future.result()
    if isinstance(done, str):
        raise ModelUnavailable(done)
    return done


def _pool(recipe: Recipe, photos: tuple[Path, ...], workers: int) -> ProcessPoolExecutor:
    # A forked process would share what threads of the parent hold; torch and ONNX Runtime have some.
    context = multiprocessing.get_context("spawn")
    number = context.Value("i", 0)
    return ProcessPoolExecutor(workers, context, _start, (recipe, photos, workers, number))


_held: Any = None
"""(chain, inputs) of this process."""


def _start(recipe: Recipe, photos: tuple[Path, ...], workers: int, number: Any) -> None:
    """Get a process ready: its cores, its plugins and the chain. The parent alone answers Ctrl-C."""
    global _held
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with number.get_lock():
        own, number.value = number.value, number.value + 1
    _take_cores(own % workers, workers)
    from sam.io.output import Inputs

    from ..discovery import load_plugins

    _held = recipe.check(load_plugins()), Inputs(photos)


def _take_cores(own: int, workers: int) -> None:
    """Models use as many threads as there are cores; those of several processes would wait for each other."""
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, cores[own::workers] or [cores[own % len(cores)]])
    else:
        os.environ["OMP_NUM_THREADS"] = str(max(1, (os.cpu_count() or 1) // workers))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _one(job: Job) -> Done | str:
    """The outcome, or what model is missing: an exception of ours does not come through a pipe as it was."""
    chain, inputs = _held
    try:
        return attempt(chain, job, inputs)
    except ModelUnavailable as error:
        return str(error)
