"""Several processes: the same results, a process that is killed, a model that is missing."""

from __future__ import annotations

import textwrap

import numpy as np
import pytest
from PIL import Image as Pil

from plugins import Recipe, Step, load_plugins
from plugins._core.recipes.batch import Job, run_batch
from plugins._core.recipes.workers import DIED, run_in_processes
from sam import ModelUnavailable

PLUGIN = """
    import os, signal
    from sam import Image, ModelUnavailable

    def brittle(image: Image, *, how: str = "kill") -> Image:
        "The negative; a photo one pixel wide ends the process, or says that a model is missing."
        if image.shape[1] == 1:
            if how == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            raise ModelUnavailable("The model is not here.")
        return 255 - image

    def setup(host):
        host.add_tool(brittle)
"""


@pytest.fixture
def jobs(tmp_path, monkeypatch) -> list[Job]:
    """Six photos, and a plugin in a folder that the processes know, too."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "brittle.py").write_text(textwrap.dedent(PLUGIN))
    monkeypatch.setenv("SAM_STUDIO_PLUGINS_DIR", str(tmp_path / "mine"))
    (tmp_path / "out").mkdir()
    made = []
    for number in range(6):
        photo = tmp_path / f"{number}.png"
        Pil.fromarray(np.full((4, 5, 3), 10 * number, np.uint8)).save(photo)
        made.append(Job(photo, tmp_path / "out" / f"{number}.png"))
    return made


def narrow(job: Job) -> None:
    Pil.fromarray(np.zeros((4, 1, 3), np.uint8)).save(job.photo)


@pytest.mark.slow
def test_results_are_those_of_one_process(jobs):
    recipe = Recipe("Negative", (Step("brittle"),))
    began: list[Job] = []
    found = list(run_in_processes(recipe, jobs, 2, began.append))
    assert began == jobs
    assert sorted(done.job.out for done in found) == [job.out for job in jobs]
    assert [done.error for done in found] == [""] * 6
    several = [job.out.read_bytes() for job in jobs]
    assert not [done.error for done in run_batch(recipe.check(load_plugins()), jobs) if done.error]
    assert several == [job.out.read_bytes() for job in jobs]


@pytest.mark.slow
def test_the_photo_that_kills_is_found_and_the_others_are_done(jobs):
    narrow(jobs[2])
    found = list(run_in_processes(Recipe("Negative", (Step("brittle"),)), jobs, 2))
    assert {done.job.photo.name: done.error for done in found} == {
        job.photo.name: DIED if job is jobs[2] else "" for job in jobs
    }
    assert [job.out.exists() for job in jobs] == [True, True, False, True, True, True]


@pytest.mark.slow
def test_a_missing_model_ends_it_once(jobs):
    narrow(jobs[0])
    with pytest.raises(ModelUnavailable, match="The model is not here"):
        list(run_in_processes(Recipe("Negative", (Step("brittle", {"how": "say"}),)), jobs, 2))
