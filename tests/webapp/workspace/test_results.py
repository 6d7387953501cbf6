"""What a tool has made is held until it is taken, once; the photo and the history change only then."""

from __future__ import annotations

import numpy as np
import pytest

from plugins import Step
from sam import Boxes, Masks, PromptError
from sam.compositing.framing import Window
from webapp.workspace.results import MAX_PICTURES, apply, find_shown, propose_masks, show_pictures, take, withdraw
from webapp.workspace.tool_history import Action


@pytest.fixture
def masks(image):
    """A square with a hole, a disk, and nothing."""
    all_of_them = np.zeros((3, *image.shape[:2]), bool)
    all_of_them[0, 10:40, 10:40] = True
    all_of_them[0, 20:30, 20:30] = False
    y, x = np.mgrid[: image.shape[0], : image.shape[1]]
    all_of_them[1] = np.hypot(x - 60, y - 30) < 10
    scores = np.array([0.9, 0.8, 0.7], np.float32)
    return Masks(all_of_them, scores, None, Boxes(np.zeros((3, 4), np.float32), scores, ("frame", "", "")))


def test_a_picture_takes_the_photos_place_only_when_applied(workspace, image):
    before = workspace.picture
    workspace.add(before, Masks(np.ones((1, *image.shape[:2]), bool)), "test")
    (item,) = workspace.objects()
    changed = image.copy()
    changed[20:30, 30:40] = 0
    shown = show_pictures(workspace, before, [changed], title="Erased", hide=[item.id])
    shown.action = Action((Step("inpaint", {}),))
    before.actions.append(shown.action)
    assert workspace.picture is before
    assert shown.to_json()["apply"]
    left, top, right, bottom = shown.focus
    assert left < 30 < 40 < right <= 80
    assert top < 20 < 30 < bottom <= 60
    new = apply(workspace, shown.id)
    assert (new.image == changed).all()
    assert [one.hidden for one in new.objects.values()] == [True]
    assert [(one.steps[0].tool, one.changed) for one in new.actions] == [("inpaint", True)]
    with pytest.raises(PromptError, match="not here any more"):
        apply(workspace, shown.id)


def test_what_is_discarded_leaves_no_trace(workspace, image):
    picture = workspace.picture
    shown = show_pictures(workspace, picture, [255 - image], title="Negative")
    shown.action = Action((Step("inpaint", {}),))
    picture.actions.append(shown.action)
    held = workspace.nbytes
    withdraw(workspace, "another")
    assert workspace.offered is shown
    withdraw(workspace, shown.id)
    assert (workspace.offered, picture.actions, workspace.picture) == (None, [], picture)
    assert workspace.nbytes == held - image.nbytes


def test_of_several_the_chosen_one_and_what_made_it_count(workspace, image):
    pictures = [np.full_like(image, 10 * number) for number in range(4)]
    shown = show_pictures(workspace, workspace.picture, pictures, title="")
    shown.made_by = tuple(Step("inpaint", {"seed": number}) for number in range(4))
    shown.action = Action(())
    for choice in (4, -1, "a", True, None):
        with pytest.raises(PromptError):
            find_shown(workspace, shown.id, choice)
    new = apply(workspace, shown.id, 2)
    assert (new.image == 20).all()
    assert new.actions[-1].steps == (Step("inpaint", {"seed": 2}),)


@pytest.mark.parametrize("kind", ["transparent", "framed"])
def test_what_does_not_fit_the_photo_can_only_be_saved(workspace, image, kind):
    window = None if kind == "transparent" else Window(-5, 0, 40, 30)
    pixels = np.zeros((60, 80, 4) if kind == "transparent" else (45, 30, 3), np.uint8)
    shown = show_pictures(workspace, workspace.picture, [pixels], title="Cut out", window=window, file="cutout.png")
    told = shown.to_json()
    assert (told["apply"], told["alpha"], told["file"]) == (False, kind == "transparent", "cutout.png")
    assert told["window"] == ([0, 0, 80, 60] if kind == "transparent" else [0, -5, 30, 40])
    with pytest.raises(PromptError, match="Save it instead"):
        apply(workspace, shown.id)
    assert workspace.offered is shown, "it is still there to be saved"


@pytest.mark.parametrize(
    "pictures",
    [
        [],
        [np.zeros((60, 80, 3), np.uint8)] * (MAX_PICTURES + 1),
        [np.zeros((60, 81, 3), np.uint8)],
        [np.zeros((60, 80), np.uint8)],
        [np.zeros((60, 80, 3), np.float32)],
        [np.zeros((60, 80, 3), np.uint8), np.zeros((60, 80, 4), np.uint8)],
        ["a"],
    ],
    ids=["none", "too many", "size", "grey", "floats", "mixed", "text"],
)
def test_what_cannot_be_shown_is_explained(workspace, pictures):
    with pytest.raises(PromptError, match="Expected"):
        show_pictures(workspace, workspace.picture, pictures, title="")
    assert workspace.offered is None


def test_proposals_become_objects_once_each(workspace, masks):
    picture = workspace.picture
    proposed = propose_masks(workspace, picture, masks, title="", source="everything")
    proposed.action = Action((Step("find_everything", {}),))
    frame, disk = proposed.outlines()
    assert (frame["row"], frame["name"], frame["box"], frame["area"]) == (0, "frame", [10, 10, 40, 40], 800)
    assert [len(one["rings"]) for one in (frame, disk)] == [2, 1], "a hole is a ring of its own"
    xs = [ring[0::2] for ring in frame["rings"]]
    ends = min(map(min, xs)), max(map(max, xs))
    assert ends == pytest.approx((10, 40), abs=0.3), "outlines run along the pixels' edges"
    (first,) = take(workspace, proposed.id, [0])
    assert take(workspace, proposed.id, [0, 1, 1]) == [item.id for item in workspace.objects()][1:]
    assert (workspace.masks().masks == masks.masks[:2]).all()
    assert workspace.objects()[0].name == "frame"
    assert workspace.objects()[0].id == first
    assert proposed.outlines() == []
    (action,) = picture.actions
    assert action.made == tuple(item.id for item in workspace.objects())
    for rows in ([2], [], "0", [None], [0.5], list(range(500))):
        with pytest.raises(PromptError):
            take(workspace, proposed.id, rows)


def test_what_is_an_object_is_not_proposed_again_until_it_is_none(workspace, masks):
    picture = workspace.picture
    proposed = propose_masks(workspace, picture, masks, title="", source="text", colors=("#112233",) * len(masks))
    before = picture.version
    take(workspace, proposed.id, [1])
    again = propose_masks(workspace, picture, masks, title="", source="text")
    assert again.id != proposed.id, "other colours"
    assert propose_masks(workspace, picture, masks, title="", source="text").id == again.id
    assert [one["row"] for one in again.outlines()] == [0]
    assert [one["color"] for one in (*proposed.outlines(), *again.outlines())] == ["#112233", ""]
    picture.go_to(before)
    assert len(propose_masks(workspace, picture, masks, title="", source="text").outlines()) == 2
    with pytest.raises(PromptError, match="one a mask"):
        propose_masks(workspace, picture, masks, title="", source="text", colors=("#112233",))


def test_another_photo_ends_it(workspace, image, masks):
    proposed = propose_masks(workspace, workspace.picture, masks, title="", source="everything")
    shown = show_pictures(workspace, workspace.picture, [image], title="")
    with pytest.raises(PromptError, match="not here any more"):
        take(workspace, proposed.id, [0])
    apply(workspace, shown.id)
    assert workspace.offered is None


def test_a_choice_may_come_as_a_number_of_any_kind(workspace, image):
    shown = show_pictures(workspace, workspace.picture, [image, 255 - image], title="Two")
    shown.made_by = (Step("inpaint", {"seed": 1}), Step("inpaint", {"seed": 2}))
    shown.action = Action(())
    workspace.picture.actions.append(shown.action)
    new = apply(workspace, shown.id, 1.0)
    assert new.actions[-1].steps == (Step("inpaint", {"seed": 2}),)


def test_discarding_takes_back_its_own_step_not_an_equal_one(workspace, image):
    picture = workspace.picture
    first, between = Action((Step("inpaint", {}),)), Action((Step("pixelate", {}),))
    shown = show_pictures(workspace, picture, [255 - image], title="Negative")
    shown.action = Action((Step("inpaint", {}),))
    picture.actions.extend([first, between, shown.action])
    withdraw(workspace, shown.id)
    assert picture.actions == [first, between]


def test_all_proposals_are_one_step_of_undo(workspace, masks):
    picture = workspace.picture
    before = picture.version
    proposed = propose_masks(workspace, picture, masks, title="", source="test")
    assert len(take(workspace, proposed.id, [0, 1])) == 2
    assert picture.version == before + 1
