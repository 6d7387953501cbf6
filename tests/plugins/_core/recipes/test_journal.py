"""What a run has done is known after a crash: finished, begun, changed since, cut off in a line."""

from __future__ import annotations

import os

import pytest

from plugins import Recipe, Step
from plugins._core.recipes.batch import Done, Job
from plugins._core.recipes.journal import JOURNAL, Journal, recipe_key
from sam import SamError


@pytest.fixture
def job(tmp_path) -> Job:
    (tmp_path / "a.png").write_bytes(b"photo")
    (tmp_path / "out").mkdir()
    return Job(tmp_path / "a.png", tmp_path / "out" / "a.png")


def done(job: Job, key: str = "k", error: str = "") -> Journal:
    journal = Journal(job.out.parent, key)
    journal.begin(job)
    if not error:
        job.out.write_bytes(b"result")
    journal.finish(Done(job, 1.0, error))
    return Journal(job.out.parent, key)


def test_a_finished_photo_is_done_until_something_changes(job):
    assert not Journal(job.out.parent, "k").is_done(job.photo)
    journal = done(job)
    assert journal.is_done(job.photo)
    assert journal.is_ours(job.out)
    assert journal.result_of(job.photo) == job.out
    assert not Journal(job.out.parent, "other recipe").is_done(job.photo)
    job.photo.write_bytes(b"another photo")
    assert not journal.is_done(job.photo)
    assert journal.is_ours(job.out), "and its result may be replaced"


@pytest.mark.parametrize("change", [lambda out: out.write_bytes(b"mine"), os.unlink], ids=["edited", "deleted"])
def test_a_result_that_somebody_touched_is_not_done(job, change):
    journal = done(job)
    change(job.out)
    assert not journal.is_done(job.photo)
    assert not (job.out.exists() and journal.is_ours(job.out)), "what somebody edited is theirs"


def test_what_was_begun_and_never_finished_may_be_replaced(job):
    Journal(job.out.parent, "k").begin(job)
    job.out.write_bytes(b"half")
    journal = Journal(job.out.parent, "k")
    assert not journal.is_done(job.photo)
    assert journal.is_ours(job.out)
    assert not journal.is_ours(job.out.parent / "b.png")
    assert journal.result_of(job.photo) is None


def test_a_failed_photo_is_tried_again(job):
    assert not done(job, error="It is damaged.").is_done(job.photo)


@pytest.mark.parametrize("end", [b'{"of": "/x', b"\x00\xff\n", b"[1]\n", b'{"of": "x", "key": 5}\n'])
def test_lines_that_are_none_count_for_nothing(job, end):
    done(job)
    path = job.out.parent / JOURNAL
    path.write_bytes(path.read_bytes() + end)
    journal = Journal(job.out.parent, "k")
    assert journal.is_done(job.photo)
    journal.begin(job)  # goes behind the cut off line and must not be lost in it
    assert Journal(job.out.parent, "k").is_done(job.photo) is False


def test_the_key_is_the_work_s_and_not_the_recipe_s_name():
    steps = (Step("find_subject"), Step("blur_background", {"blur": 1.0}))
    assert recipe_key(Recipe("One", steps), "png") == recipe_key(Recipe("Two", steps), "png")
    assert recipe_key(Recipe("One", steps), "png") != recipe_key(Recipe("One", steps[:1]), "png")
    assert recipe_key(Recipe("One", steps), "png") != recipe_key(Recipe("One", steps), "webp")


def test_a_folder_that_cannot_be_written_to_is_said(job):
    (job.out.parent / JOURNAL).mkdir()
    with pytest.raises(SamError, match="What is done is safe: make room, then give --resume"):
        Journal(job.out.parent, "k").begin(job)
