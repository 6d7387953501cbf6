from __future__ import annotations

import numpy as np
import pytest

from sam import Masks, PromptError
from tests.present import present
from webapp.workspace import edit as editing
from webapp.workspace.edit import combine, drawn_stroke, edit, filled_outline, smooth
from webapp.workspace.picture import Geometry, Picture
from webapp.workspace.workspace import SupersededError, Workspace

SIZE = (100, 140)


def square(x0: int, y0: int, x1: int, y1: int) -> np.ndarray:
    mask = np.zeros(SIZE, bool)
    mask[y0:y1, x0:x1] = True
    return mask


@pytest.fixture
def workspace() -> Workspace:
    """Three squares, the second over the first, the third apart."""
    workspace = Workspace("nano")
    image = np.zeros((*SIZE, 3), np.uint8)
    picture = Picture("a.png", image, "key", Geometry((366, 512), 512), "nano", "w", 1.0, False)
    workspace.show(picture, workspace.take_turn())
    masks = np.stack([square(20, 20, 60, 60), square(40, 40, 80, 80), square(100, 10, 120, 30)])
    workspace.add(picture, Masks(masks, np.ones(3, np.float32)), "clicks")
    return workspace


def ids(workspace: Workspace) -> list[str]:
    return [item.id for item in workspace.objects()]


def change(workspace: Workspace, **what) -> np.ndarray:
    edit(workspace, present(workspace.picture).id, ids(workspace)[0], what)
    return workspace.objects()[0].mask()


@pytest.mark.parametrize(
    ("points", "radius", "expected"),
    [
        ([[50, 50]], 10, np.pi * 100),
        ([[30, 50], [90, 50]], 5, 60 * 10 + np.pi * 25),
        ([[30, 20], [30, 80]], 5, 60 * 10 + np.pi * 25),
        ([[30, 20], [70, 60], [70, 60]], 4, np.hypot(40, 40) * 8 + np.pi * 16),
        ([[0, 0]], 10, np.pi * 100 / 4),
        ([[50.5, 50.5]], 0.25, 1),
    ],
)
def test_a_stroke_has_the_area_of_its_brush(points, radius, expected):
    stroke = drawn_stroke(SIZE, [tuple(point) for point in points], radius)
    assert stroke.shape == SIZE
    assert stroke.sum() == pytest.approx(expected, rel=0.12, abs=4)


def test_an_outline_is_filled():
    inside = filled_outline(SIZE, [(10, 10), (60, 10), (60, 40), (10, 40)])
    assert inside.sum() == pytest.approx(50 * 30, rel=0.06)
    assert inside[20, 30]
    with pytest.raises(PromptError, match="three points"):
        filled_outline(SIZE, [(1, 1), (2, 2)])


def test_brush_and_eraser(workspace):
    before = workspace.objects()[0]
    painted = change(workspace, kind="brush", points=[[90, 90]], radius=6)
    assert painted[90, 90]
    assert painted[:60, :60].sum() == before.mask().sum()
    erased = change(workspace, kind="erase", points=[[20, 20], [60, 20]], radius=5)
    assert not erased[20:24, 22:58].any()
    item = workspace.objects()[0]
    assert item.id == before.id
    assert item.mask_key != before.mask_key
    assert item.area == item.mask().sum()
    assert item.source == "clicks, edited"
    assert item.box[3] > 90


def test_outlines_add_and_take_away(workspace):
    corner = [[55, 20], [70, 20], [70, 60], [55, 60]]
    assert change(workspace, kind="add", points=corner).sum() > 1600 + 300
    assert change(workspace, kind="subtract", points=corner).sum() == pytest.approx(35 * 40, rel=0.06)


@pytest.mark.parametrize(
    ("kind", "pixels", "area"),
    [("grow", 5, 50 * 50), ("shrink", 5, 30 * 30), ("smooth", 3, 1600), ("fill", 1, 1600), ("drop", 1, 1600)],
)
def test_clean_ups(workspace, kind, pixels, area):
    assert change(workspace, kind=kind, pixels=pixels).sum() == pytest.approx(area, rel=0.05)


def test_smoothing_takes_a_bristle_and_keeps_the_body():
    mask = square(20, 20, 80, 80)
    mask[50, 80:95] = True
    assert not smooth(mask, 3)[50, 85:].any()
    assert smooth(mask, 3)[30:70, 30:70].all()


@pytest.mark.parametrize(("how", "area"), [("unite", 2800), ("subtract", 1200), ("intersect", 400)])
def test_two_objects_become_one_in_one_step(workspace, how, area):
    first, second, third = ids(workspace)
    before = workspace.picture.version
    combine(workspace, workspace.picture.id, [first, second], how)
    assert ids(workspace) == [first, third]
    assert workspace.objects()[0].mask().sum() == area
    workspace.go_to(before)
    assert ids(workspace) == [first, second, third]
    assert workspace.objects()[0].mask().sum() == 1600
    workspace.go_to(before + 1)
    assert ids(workspace) == [first, third]


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ({"kind": "explode"}, "expected brush, erase"),
        (None, "expected brush, erase"),
        ({"kind": "brush", "points": [], "radius": 3}, "points: expected 1 to"),
        ({"kind": "brush", "points": [[1, 2, 3]], "radius": 3}, "pairs of numbers"),
        ({"kind": "brush", "points": [[1, float("nan")]], "radius": 3}, "pixels of the image"),
        ({"kind": "brush", "points": [[1, 2]], "radius": -3}, "radius: expected a number"),
        ({"kind": "brush", "points": [[1, 2]]}, "radius: expected a number"),
        ({"kind": "grow", "pixels": True}, "pixels: expected a number"),
        ({"kind": "erase", "points": [[40, 40]], "radius": 100}, "Nothing of the object would be left"),
        ({"kind": "shrink", "pixels": 150}, "Nothing of the object would be left"),
    ],
)
def test_what_cannot_be_is_a_sentence_and_changes_nothing(workspace, what, message):
    before, version = workspace.objects()[0], workspace.picture.version
    with pytest.raises(PromptError, match=message):
        edit(workspace, workspace.picture.id, before.id, what)
    assert workspace.objects()[0] is before
    assert workspace.picture.version == version


@pytest.mark.parametrize(("count", "how"), [(1, "unite"), (2, "divide")])
def test_a_combination_that_cannot_be(workspace, count, how):
    with pytest.raises(PromptError, match=r"two objects or more|expected unite"):
        combine(workspace, workspace.picture.id, ids(workspace)[:count], how)
    assert len(ids(workspace)) == 3


def test_objects_apart_have_no_intersection_and_stay(workspace):
    first, _, third = ids(workspace)
    with pytest.raises(PromptError, match="Nothing of the object"):
        combine(workspace, workspace.picture.id, [first, third], "intersect")
    assert len(ids(workspace)) == 3


def test_another_photo_is_not_edited(workspace):
    with pytest.raises(SupersededError):
        edit(workspace, "another", ids(workspace)[0], {"kind": "fill"})


def test_every_clean_up_is_in_the_table():
    assert set(editing.CLEAN_UPS) == {"fill", "drop", "grow", "shrink", "smooth"}


@pytest.mark.parametrize(
    "act",
    [
        lambda workspace, first: edit(workspace, workspace.picture.id, first, {"kind": "grow", "pixels": 2}),
        lambda workspace, first: workspace.remove(first),
        lambda workspace, first: combine(workspace, workspace.picture.id, ids(workspace)[:2], "unite"),
        lambda workspace, first: combine(workspace, workspace.picture.id, ids(workspace)[1::-1], "unite"),
    ],
    ids=["edit", "delete", "combine into it", "combine it away"],
)
def test_a_locked_object_stays_as_it_is(workspace, act):
    first = ids(workspace)[0]
    workspace.change(first, locked=True)
    before = workspace.to_json()
    with pytest.raises(PromptError, match="is locked"):
        act(workspace, first)
    assert workspace.to_json() == before
    workspace.change(first, locked=False)
    act(workspace, first)
    assert workspace.to_json() != before
