"""Objects by another model: shown first, then taken one by one."""

from __future__ import annotations

import numpy as np
import pytest

from sam import Masks, PromptError, rle
from webapp.workspace.replaying import replay_objects, take_replayed
from webapp.workspace.segment import commit
from webapp.workspace.workspace import SupersededError

CLICK = {"points": [[30, 30]], "labels": [1], "box": None}


@pytest.fixture
def two(workspace):
    """One object by a click, another without prompts."""
    commit(workspace, workspace.picture.id, CLICK, 0)
    mask = np.zeros((1, 60, 80), bool)
    mask[:, 20:40, 20:40] = True
    workspace.add(workspace.picture, Masks(mask, np.array([0.5], np.float32)), "text")
    return workspace


def test_the_same_model_gives_the_same_mask_and_nothing_changes(two):
    version = two.picture.version
    found = replay_objects(two, two.picture.id, "nano")
    first, second = found["objects"]
    assert (found["model"], first["by"], second["by"]) == ("nano", "prompts", "box")
    assert first["iou"] == 1
    assert 0 < second["iou"] < 1
    assert first["counts"] == next(iter(two.picture.objects.values())).rle["counts"]
    assert two.picture.version == version


def test_masks_are_taken_and_undo_gives_the_old_ones(two):
    version, old = two.picture.version, [item.rle for item in two.picture.objects.values()]
    rows = replay_objects(two, two.picture.id, "nano")["objects"]
    assert take_replayed(two, two.picture.id, "nano", rows) == []
    first, second = two.picture.objects.values()
    assert (first.rle, second.rle["counts"]) == (old[0], rows[1]["counts"])
    assert second.source == "text, nano"
    assert first.prompts == CLICK
    two.go_to(version)
    assert [item.rle for item in two.picture.objects.values()] == old


def test_those_that_are_locked_or_were_changed_stay(two):
    rows = replay_objects(two, two.picture.id, "nano")["objects"]
    one, other = two.picture.objects
    two.change(one, locked=True)
    two.redraw(two.picture, other, np.ones((60, 80), bool), "drawn")
    said = take_replayed(two, two.picture.id, "nano", rows)
    assert ["locked" in said[0], "changed meanwhile" in said[1]] == [True, True]
    assert two.picture.objects[other].area == 60 * 80


NOTHING = rle.encode(np.zeros((60, 80)))["counts"]


@pytest.mark.parametrize(
    "rows",
    [
        None,
        [],
        [5],
        [{"id": "a"}],
        [{"counts": "x", "score": 1}],
        [{"counts": NOTHING, "score": 1}],
    ],
)
def test_what_is_no_row_is_refused(two, rows):
    with pytest.raises(PromptError):
        take_replayed(two, two.picture.id, "nano", rows)
    with pytest.raises(SupersededError):
        take_replayed(two, "other", "nano", rows)


def test_without_objects_there_is_nothing_to_do(workspace):
    with pytest.raises(PromptError, match="no objects"):
        replay_objects(workspace, workspace.picture.id, "nano")
