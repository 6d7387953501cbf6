"""Outlines: few vertices with a stated IoU, and a mask that changes only where one was moved."""

from __future__ import annotations

import numpy as np
import pytest

from sam import Masks, PromptError, rle
from tests.sam.formats.scenes import disc, shapes
from webapp.workspace.outline import MAX_RINGS, move_outline, moved_mask, outline_of
from webapp.workspace.workspace import SupersededError


def size_of(outline) -> int:
    return sum(len(ring) for ring in outline.rings)


@pytest.mark.parametrize("name", ["ring", "parts", "pixel", "left", "corner"])
def test_the_outline_has_the_iou_that_it_states(name):
    mask = shapes()[name]
    found = outline_of(rle.encode(mask))
    back = moved_mask(np.zeros_like(mask), [], found.rings)
    assert rle.iou(rle.encode(back), rle.encode(mask)) == pytest.approx(found.iou)
    assert found.iou >= 0.98


def test_a_large_disc_needs_few_vertices_and_a_hole_is_a_ring():
    mask = disc(600, 800, 400, 300, 200) & ~disc(600, 800, 400, 300, 80)
    found = outline_of(rle.encode(mask))
    assert len(found.rings) == 2
    assert size_of(found) < 60
    assert size_of(outline_of(rle.encode(mask), 0.999)) > size_of(found)


def test_only_what_was_moved_changes():
    mask = disc(200, 300, 150, 100, 60)
    before = outline_of(rle.encode(mask)).rings
    after = [ring.copy() for ring in before]
    after[0][0] += (30, 0)
    moved = moved_mask(mask, before, after)
    changed = np.argwhere(moved != mask)[:, ::-1] + 0.5
    assert len(changed)
    neighbours = np.array([before[0][-1], before[0][0], before[0][1], after[0][0]])
    assert (changed >= neighbours.min(0)).all()
    assert (changed <= neighbours.max(0)).all()
    assert (moved_mask(mask, before, before) == mask).all()
    assert (moved_mask(moved, after, before) != mask).sum() <= (moved != mask).sum()


@pytest.fixture
def kept(workspace):
    mask = disc(60, 80, 30, 30, 14)
    (one,) = workspace.add(workspace.picture, Masks(mask[None], np.array([0.9], np.float32)), "clicks")
    return workspace, one


def change(item, **more):
    rings = [ring.tolist() for ring in outline_of(item.rle).rings]
    return {"mask": item.mask_key, "before": rings, "after": rings, **more}


def test_moving_is_one_step_and_undo_gives_the_old_mask_bit_for_bit(kept):
    workspace, one = kept
    item, version = workspace.picture.objects[one], workspace.picture.version
    after = [[[x + 5, y] for x, y in ring] for ring in change(item)["before"]]
    move_outline(workspace, workspace.picture.id, one, change(item, after=after))
    now = workspace.picture.objects[one]
    assert now.source == "clicks, edited"
    assert now.box[2] == item.box[2] + 5
    assert workspace.picture.version == version + 1
    workspace.go_to(version)
    assert workspace.picture.objects[one] is item


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"mask": "other"}, "changed meanwhile"),
        ({"after": []}, "Nothing of the object"),
        ({"after": None}, "expected at most"),
        ({"after": [[[1, 2], [3]]]}, "pairs"),
        ({"after": [[[1, 2], [3, float("nan")], [1, 1]]]}, "finite"),
        ({"after": [[[1, 2], [3, 1e9], [1, 1]]]}, "pixels of the image"),
        ({"after": [[[1, 2]]] * (MAX_RINGS + 1)}, "expected at most"),
        ({"after": [[[1, 2]] * 10_001]}, "vertices"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_changes(kept, more, said):
    workspace, one = kept
    item = workspace.picture.objects[one]
    given = change(item, **more)
    if more == {"after": []}:
        given["before"] = [[[0, 0], [80, 0], [80, 60], [0, 60]]]
    with pytest.raises(PromptError, match=said):
        move_outline(workspace, workspace.picture.id, one, given)
    assert workspace.picture.objects[one] is item


def test_a_locked_object_and_another_photo_are_refused(kept):
    workspace, one = kept
    with pytest.raises(SupersededError):
        move_outline(workspace, "other", one, change(workspace.picture.objects[one]))
    workspace.change(one, locked=True)
    with pytest.raises(PromptError, match="locked"):
        move_outline(workspace, workspace.picture.id, one, change(workspace.picture.objects[one]))


def test_rags_are_refused():
    mask = np.random.default_rng(0).random((200, 300)) > 0.5
    with pytest.raises(PromptError, match="too many parts"):
        outline_of(rle.encode(mask))
