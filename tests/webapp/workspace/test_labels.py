"""Classes of objects, and undo of both."""

from __future__ import annotations

import numpy as np
import pytest

from sam import Boxes, Masks, PromptError
from webapp.workspace.keep import class_of
from webapp.workspace.labels import edit_classes, set_class
from webapp.workspace.results import propose_masks, take
from webapp.workspace.snapshot import take_snapshot
from webapp.workspace.workspace import SupersededError


def masks(*labels: str) -> Masks:
    found = np.zeros((len(labels), 60, 80), bool)
    for row in range(len(labels)):
        found[row, 5 + 10 * row : 12 + 10 * row, 5:30] = True
    boxes = Boxes(np.array([[5, 5 + 10 * row, 30, 12 + 10 * row] for row in range(len(labels))]), labels=labels)
    return Masks(found, np.ones(len(labels), np.float32), boxes=boxes)


def shown(workspace) -> list[tuple[str, str]]:
    state = workspace.to_json()
    names = {one["id"]: one["name"] for one in state["classes"]}
    return [(item["name"], names.get(item["class"], "")) for item in state["objects"]]


def test_what_was_found_by_a_phrase_has_it_as_its_class(workspace) -> None:
    workspace.add(workspace.picture, masks("dog", "", "dog"), "text")
    assert shown(workspace) == [("dog", "dog"), ("Object 2", ""), ("dog", "dog")]
    assert [one.name for one in workspace.classes.now] == ["dog"]
    state = workspace.to_json()
    assert state["objects"][0]["color"] == state["objects"][2]["color"] == state["classes"][0]["color"]


def test_what_has_no_class_of_its_own_takes_the_one_that_is_set(workspace) -> None:
    cup = edit_classes(workspace, {"do": "add", "name": "cup"})
    offered = propose_masks(workspace, workspace.picture, masks("", "dog"), title="", source="everything")
    take(workspace, offered.id, [0, 1], cup)
    assert [kind for _, kind in shown(workspace)] == ["cup", "dog"]


def test_a_class_is_given_to_several_in_one_step_and_taken_back(workspace) -> None:
    ids = workspace.add(workspace.picture, masks("", "", ""), "clicks")
    before = workspace.picture.version, workspace.classes.version
    cup = edit_classes(workspace, {"do": "add", "name": "cup"})
    set_class(workspace, workspace.picture.id, ids[:2], cup)
    assert workspace.picture.version == before[0] + 1
    assert [kind for _, kind in shown(workspace)] == ["cup", "cup", ""]
    set_class(workspace, workspace.picture.id, ids[:1], "")
    assert [kind for _, kind in shown(workspace)] == ["", "cup", ""]
    workspace.go_to(*before)
    assert [kind for _, kind in shown(workspace)] == ["", "", ""]
    assert workspace.classes.now == ()


def test_a_deleted_class_comes_back_with_its_objects(workspace) -> None:
    workspace.add(workspace.picture, masks("dog", "cat"), "text")
    (dog, _), before = workspace.classes.now, (workspace.picture.version, workspace.classes.version)
    edit_classes(workspace, {"do": "remove", "id": dog.id})
    assert [kind for _, kind in shown(workspace)] == ["", "cat"]
    workspace.go_to(*before)
    assert [kind for _, kind in shown(workspace)] == ["dog", "cat"]


def test_renaming_and_recolouring_touch_no_object(workspace) -> None:
    workspace.add(workspace.picture, masks("dog"), "text")
    version, (dog,) = workspace.picture.version, workspace.classes.now
    edit_classes(workspace, {"do": "change", "id": dog.id, "name": "wolf", "color": "#010203"})
    assert shown(workspace) == [("dog", "wolf")]
    assert workspace.to_json()["objects"][0]["color"] == "#010203"
    assert workspace.picture.version == version


@pytest.mark.parametrize(
    "fields", [{}, {"do": "drop"}, {"do": "add"}, {"do": "remove", "id": "x"}, {"do": "change", "name": "x"}]
)
def test_other_changes_are_refused(workspace, fields) -> None:
    with pytest.raises(PromptError):
        edit_classes(workspace, fields)


@pytest.mark.parametrize(("ids", "kind"), [([], ""), (None, ""), (["gone"], ""), (True, "gone")])
def test_no_such_object_or_class_is_refused(workspace, ids, kind) -> None:
    made = workspace.add(workspace.picture, masks(""), "clicks")
    with pytest.raises(PromptError):
        set_class(workspace, workspace.picture.id, made if ids is True else ids, kind)
    with pytest.raises(SupersededError):
        set_class(workspace, "another", made, "")


def test_a_request_names_a_class_by_id_or_by_name(workspace) -> None:
    assert class_of(workspace, {}) == ""
    dog = class_of(workspace, {"label": "dog"})
    assert workspace.classes.now[0].id == dog
    assert class_of(workspace, {"class": dog}) == dog
    assert class_of(workspace, {"class": "deleted"}) == ""
    with pytest.raises(PromptError):
        class_of(workspace, {"label": 3})


def test_a_snapshot_holds_the_list_and_each_objects_class(workspace) -> None:
    workspace.add(workspace.picture, masks("dog"), "text")
    taken = take_snapshot(workspace, [workspace.picture.id], ())
    assert taken["classes"] == workspace.classes.to_json()["classes"]
    assert taken["pictures"][0]["objects"][0]["class"] == taken["classes"][0]["id"]
