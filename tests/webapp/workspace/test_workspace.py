from __future__ import annotations

import numpy as np
import pytest

from sam import Masks, PromptError
from webapp.workspace.picture import MAX_VERSIONS, Geometry, Picture
from webapp.workspace.workspace import Workspace

SIZE = (40, 60)


@pytest.fixture
def workspace() -> Workspace:
    workspace = Workspace("nano")
    picture = Picture("a.png", np.zeros((*SIZE, 3), np.uint8), "k", Geometry(SIZE, 512), "nano", "w", 1.0, False)
    workspace.show(picture, workspace.take_turn())
    return workspace


def add(workspace: Workspace, column: int = 5) -> str:
    mask = np.zeros((1, *SIZE), bool)
    mask[0, 5:20, column : column + 10] = True
    return workspace.add(workspace.picture, Masks(mask, np.ones(1, np.float32)), "clicks")[0]


def names(workspace: Workspace) -> list[str]:
    return [item["name"] for item in workspace.to_json()["objects"]]


def test_every_change_of_the_list_is_a_step_to_go_back_to(workspace):
    states = [names(workspace)]
    versions = [workspace.picture.version]

    def note() -> None:
        states.append(names(workspace))
        versions.append(workspace.picture.version)

    first = add(workspace)
    note()
    second = add(workspace, 30)
    note()
    workspace.change(first, name="dog")
    note()
    workspace.reorder(second, 0)
    note()
    workspace.remove(first)
    note()
    workspace.put_back(first)
    note()
    assert len(set(versions)) == 7
    for version, state in [*zip(versions, states)][::-1]:
        workspace.go_to(version)
        assert names(workspace) == state
    workspace.go_to(versions[-1])
    assert names(workspace) == states[-1]
    assert states[4] == ["Object 2", "dog"]


def test_a_new_step_after_an_undo_has_a_number_of_its_own(workspace):
    add(workspace)
    before = workspace.picture.version
    add(workspace, 30)
    later = workspace.picture.version
    workspace.go_to(before)
    add(workspace, 40)
    assert workspace.picture.version not in (before, later)


def test_more_than_a_hundred_steps_are_kept_and_memory_is_bounded(workspace):
    item = add(workspace)
    for number in range(MAX_VERSIONS + 50):
        workspace.change(item, name=f"name {number}")
    now = workspace.picture.version
    workspace.go_to(now - 120)
    assert names(workspace) == [f"name {MAX_VERSIONS + 50 - 1 - 120}"]
    with pytest.raises(PromptError, match="too long ago"):
        workspace.go_to(0)
    assert len(workspace.picture.versions) == MAX_VERSIONS
    # One mask, shared by all states, is counted once.
    assert workspace.nbytes < workspace.picture.image.nbytes + 1000


@pytest.mark.parametrize("version", [None, "1", 99, -1])
def test_a_step_that_never_was(workspace, version):
    with pytest.raises(PromptError):
        workspace.go_to(version)


def test_a_redrawn_object_is_another_mask_under_the_same_name(workspace):
    item = add(workspace)
    before = workspace.objects()[0]
    mask = np.zeros(SIZE, bool)
    mask[10:12, 50:60] = True
    workspace.redraw(workspace.picture, item, mask, "by hand")
    after = workspace.objects()[0]
    assert (after.id, after.name, after.color) == (before.id, before.name, before.color)
    assert (after.area, after.box, after.source) == (20, (50.0, 10.0, 60.0, 12.0), "by hand")
    assert after.to_json()["mask"] != before.to_json()["mask"]
    with pytest.raises(PromptError, match="Nothing of the object"):
        workspace.redraw(workspace.picture, item, np.zeros(SIZE, bool), "by hand")


@pytest.mark.parametrize("place", [-1, 2, "0", None])
def test_a_place_outside_the_list(workspace, place):
    first, _ = add(workspace), add(workspace, 30)
    with pytest.raises(PromptError, match="place: expected 0 to 1"):
        workspace.reorder(first, place)
    assert names(workspace) == ["Object 1", "Object 2"]
