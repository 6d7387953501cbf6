from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from plugins import Step
from sam import Masks, PromptError, SamError
from webapp.images.encode import png
from webapp.workspace.registry import Workspaces
from webapp.workspace.revisions import revise
from webapp.workspace.segment import open_image
from webapp.workspace.snapshot import bring_back, source_of, take_snapshot
from webapp.workspace.tool_history import Action

from .test_reading import deep_png


@pytest.fixture
def photo() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 255, (40, 60, 3), dtype=np.uint8)


@pytest.fixture
def worked(workspaces, photo):
    """A photo with objects, edits, a removed one, undone steps, and an erased version on top."""
    one = workspaces.open("nano")
    open_image(one, png(photo), "street.png")
    first = one.current()
    masks = np.zeros((3, 40, 60), bool)
    for row in range(3):
        masks[row, 5 * row : 5 * row + 9, 3 : 20 + row] = True
    ids = one.add(first, Masks(masks, np.array([0.91234567, 0.8, 0.7], np.float32)), "clicks, nano")
    one.change(ids[0], name="a “dog”", color="#123456", hidden=True)
    one.change(ids[1], locked=True)
    one.redraw(first, ids[2], masks[0] | masks[1], "clicks, nano, edited")
    one.reorder(ids[2], 0)
    one.remove(ids[0])
    one.go_to(first.version - 1)
    first.actions.append(Action((Step("inpaint", {"radius": 3}, "erase"),), (ids[0],), (), True, ("a note",)))
    changed = photo.copy()
    changed[:9] = 7
    revise(one, first, changed, hide=[ids[1]])
    return one


def carried(workspaces: Workspaces, worked, photo, stage_only: bool = False):
    """What a browser would do: through JSON, into a new workspace."""
    taken = json.loads(json.dumps(take_snapshot(worked, [one.id for one in worked.pictures], ())))
    other = workspaces.open("nano")
    for row in taken["pictures"]:
        picture = worked.find_picture(row["id"])
        image = png(picture.image) if row["revised"] else b""
        source = b"" if row["revised"] else png(photo)
        last = row is taken["pictures"][-1]
        bring_back(other, {**row, "masks": taken["masks"]}, image, source, last)
    return other


def test_everything_is_as_it_was_to_the_bit(workspaces, worked, photo):
    other = carried(workspaces, worked, photo)
    assert other.token != worked.token
    now, then = other.to_json(), worked.to_json()
    skipped = {"encode_ms", "cached"}
    assert {k: v for k, v in now["picture"].items() if k not in skipped} == {
        k: v for k, v in then["picture"].items() if k not in skipped
    }
    assert now["objects"] == then["objects"]
    assert now["previous"] == then["previous"]
    for new, old in zip(other.pictures, worked.pictures, strict=True):
        np.testing.assert_array_equal(new.image, old.image)
        assert (new.key, new.geometry, new.made, new.last, new.version) == (
            old.key,
            old.geometry,
            old.made,
            old.last,
            old.version,
        )
        assert new.actions == old.actions
        assert [one.to_json() for one in new.removed.values()] == [one.to_json() for one in old.removed.values()]
        assert list(new.versions) == list(old.versions)
        for ours, theirs in zip(new.versions.values(), old.versions.values(), strict=True):
            assert [vars(one) for one in ours] == [vars(one) for one in theirs]
    # Work goes on: the next numbers are those that would have come.
    first = other.pictures[0]
    other.restore(first.id)
    other.go_to(next(iter(first.versions)))
    added = other.add(first, Masks(np.ones((1, 40, 60), bool), np.ones(1, np.float32)), "clicks")
    assert first.objects[added[0]].name == "Object 4"


def test_masks_that_the_browser_has_are_not_sent_again(worked):
    ids = [one.id for one in worked.pictures]
    whole = take_snapshot(worked, ids, ())
    again = take_snapshot(worked, ids, set(whole["masks"]))
    assert len(whole["masks"]) == 4
    assert again["masks"] == {}
    assert again["pictures"] == whole["pictures"]
    assert [one["id"] for one in take_snapshot(worked, [ids[1], "gone"], ())["pictures"]] == [ids[1]]


def test_a_file_with_16_bits_is_read_in_the_same_way_again(workspaces):
    from webapp.workspace.revisions import read_again

    one = workspaces.open("nano")
    data = deep_png()
    open_image(one, data, "deep.png")
    read_again(one, one.current().id, None, [100, 900])
    picture = one.current()
    assert source_of(picture) == data
    (row,) = json.loads(json.dumps(take_snapshot(one, [picture.id], ())["pictures"]))
    other = workspaces.open("nano")
    back = bring_back(other, {**row, "masks": {}}, b"", data, True)
    np.testing.assert_array_equal(back.image, picture.image)
    assert back.reading is not None
    assert back.reading.to_json() == picture.reading.to_json()
    assert source_of(back) == data


def damaged(row: dict, key: str, value) -> dict:
    return {**row, key: value}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("id", "../x"),
        ("id", None),
        ("name", 3),
        ("size", [40, 61]),
        ("size", None),
        ("made", -1),
        ("last", 0),
        ("version", 99),
        ("versions", None),
        ("versions", [[0, [99]]]),
        ("versions", [[0, [0, 0]]]),
        ("versions", [[0]]),
        ("versions", [[index, []] for index in range(300)]),
        ("removed", [-1]),
        ("objects", {}),
        ("objects", [3]),
        ("masks", []),
        ("masks", {}),
        ("actions", [{"steps": [{"tool": 3}]}]),
        ("actions", "x"),
        ("page", 9),
        ("brightness", "dark"),
        ("revised", "yes"),
        ("own_colors", None),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_there(workspaces, worked, photo, key, value):
    taken = json.loads(json.dumps(take_snapshot(worked, [worked.pictures[0].id], ())))
    other = workspaces.open("nano")
    with pytest.raises(SamError):
        bring_back(other, damaged({**taken["pictures"][0], "masks": taken["masks"]}, key, value), b"", png(photo), True)
    assert other.pictures == []


@pytest.mark.parametrize(
    "change",
    [
        {"id": ""},
        {"mask": "no such mask"},
        {"box": [0, 0, 0, 5]},
        {"box": [0, 0, 61, 5]},
        {"box": [0, 0, 60, 40]},
        {"box": [4, 1, 5, 2]},
        {"box": [0, 0, 5]},
        {"box": ["a", 0, 1, 1]},
        {"score": None},
        {"color": "red"},
        {"hidden": "no"},
        {"name": None},
        {"locked": 2},
    ],
)
def test_an_object_that_cannot_be_is_refused(workspaces, worked, photo, change):
    taken = json.loads(json.dumps(take_snapshot(worked, [worked.pictures[0].id], ())))
    row = taken["pictures"][0]
    row["objects"][0] |= change
    with pytest.raises(PromptError):
        bring_back(workspaces.open("nano"), {**row, "masks": taken["masks"]}, b"", png(photo), True)


@pytest.mark.parametrize("counts", ["", "garbage!", "5", 7, "zzzzzzzzzzzzzzz"])
def test_a_damaged_mask_is_refused(workspaces, worked, photo, counts):
    taken = json.loads(json.dumps(take_snapshot(worked, [worked.pictures[0].id], ())))
    masks = dict.fromkeys(taken["masks"], counts)
    with pytest.raises(PromptError):
        bring_back(workspaces.open("nano"), {**taken["pictures"][0], "masks": masks}, b"", png(photo), True)


def test_a_picture_comes_back_once(workspaces, worked, photo):
    other = carried(workspaces, worked, photo)
    taken = take_snapshot(worked, [worked.pictures[0].id], ())
    with pytest.raises(PromptError, match="already"):
        bring_back(other, {**taken["pictures"][0], "masks": taken["masks"]}, b"", png(photo), True)


def test_actions_with_what_no_recipe_can_hold_are_still_saved(worked):
    worked.current().actions.append(replace(Action(()), notes=("by hand",)))
    row = take_snapshot(worked, [worked.current().id], ())["pictures"][0]
    assert row["actions"][-1] == {"steps": [], "changed": False, "used": [], "made": [], "notes": ["by hand"]}
