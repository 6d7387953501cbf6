from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from sam import Masks, PromptError, SamError
from webapp.workspace.picture import Geometry, Picture
from webapp.workspace.registry import Workspaces
from webapp.workspace.workspace import KEPT_PICTURES, SupersededError, WorkspaceGoneError


def picture(name: str = "a.png", size_hw: tuple[int, int] = (20, 30)) -> Picture:
    pixels = np.zeros((*size_hw, 3), np.uint8)
    return Picture(name, pixels, name, Geometry((341, 512), 512), "nano", "w", 12.0, False)


def squares(*corners: int, size_hw: tuple[int, int] = (20, 30)) -> Masks:
    masks = np.zeros((len(corners), *size_hw), bool)
    for row, corner in enumerate(corners):
        masks[row, corner : corner + 5, corner : corner + 4] = True
    return Masks(masks, np.linspace(0.9, 0.5, len(corners)))


@pytest.fixture
def opened(workspaces):
    one = workspaces.open("nano")
    one.show(picture(), one.take_turn())
    return one


def test_tokens_are_long_and_never_the_same(workspaces):
    tokens = {workspaces.open("nano").token for _ in range(50)}
    assert len(tokens) == 50
    assert min(map(len, tokens)) >= 32


@pytest.mark.parametrize("token", ["", "nope", None, 3, ["x"]])
def test_a_token_that_was_never_given_opens_nothing(workspaces, token):
    workspaces.open("nano")
    with pytest.raises(WorkspaceGoneError, match="Open the photo again"):
        workspaces.get(token)


def test_an_idle_workspace_is_closed_and_its_files_deleted():
    everyone = Workspaces(ttl=0.05)
    one = everyone.open("nano")
    file = one.new_file("cut.png")
    file.write_bytes(b"x")
    time.sleep(0.1)
    with pytest.raises(WorkspaceGoneError):
        everyone.get(one.token)
    assert not file.exists()
    assert not file.parent.parent.exists()
    assert len(everyone) == 0
    with pytest.raises(WorkspaceGoneError):
        one.new_file("late.png")


def test_sweep_closes_idle_ones_that_nobody_asks_for():
    everyone = Workspaces(ttl=0.05)
    everyone.open("nano")
    time.sleep(0.1)
    everyone.sweep()
    assert len(everyone) == 0


def test_over_the_byte_limit_earlier_photos_go_first_then_the_longest_idle():
    nbytes = picture(size_hw=(100, 100)).nbytes
    everyone = Workspaces(max_bytes=int(nbytes * 2.5))
    first, second = everyone.open("nano"), everyone.open("nano")
    for one in (first, second):
        one.show(picture("1", (100, 100)), one.take_turn())
    first.show(picture("2", (100, 100)), first.take_turn())
    everyone.sweep()
    assert [p.name for p in first.pictures] == ["2"]
    assert len(everyone) == 2
    third = everyone.open("nano")
    third.show(picture("3", (100, 100)), third.take_turn())
    everyone.sweep()
    assert first.closed
    assert not second.closed
    assert everyone.get(third.token) is third
    everyone.close_all()


def test_over_the_count_limit_the_longest_idle_goes():
    everyone = Workspaces(max_count=2)
    first, second = everyone.open("nano"), everyone.open("nano")
    everyone.get(first.token)
    everyone.open("nano")
    assert second.closed
    assert not first.closed
    everyone.close_all()


def test_only_the_latest_photo_is_shown(workspaces):
    one = workspaces.open("nano")
    slow, quick = one.take_turn(), one.take_turn()
    one.show(picture("quick"), quick)
    with pytest.raises(SupersededError):
        one.show(picture("slow"), slow)
    assert one.picture.name == "quick"


def test_another_photo_puts_objects_away_and_restore_brings_them_back(opened):
    first = opened.picture
    opened.add(first, squares(2), "test")
    opened.show(picture("b"), opened.take_turn())
    assert opened.to_json()["objects"] == []
    assert opened.to_json()["previous"] == {"id": first.id, "name": "a.png", "objects": 1}
    opened.restore(first.id)
    assert opened.picture is first
    assert len(opened.to_json()["objects"]) == 1
    with pytest.raises(SamError, match="not kept"):
        opened.restore("nope")


def test_only_so_many_photos_are_kept(opened):
    for index in range(KEPT_PICTURES + 2):
        opened.show(picture(str(index)), opened.take_turn())
    assert len(opened.pictures) == KEPT_PICTURES


def test_large_photos_are_kept_as_memory_allows_and_the_one_before_always(opened, monkeypatch):
    each = picture("one").nbytes
    monkeypatch.setattr("webapp.workspace.workspace.KEPT_BYTES", 4 * each)
    for index in range(8):
        opened.show(picture(str(index)), opened.take_turn())
    assert [one.name for one in opened.pictures] == ["4", "5", "6", "7"]
    monkeypatch.setattr("webapp.workspace.workspace.KEPT_BYTES", 1)
    opened.show(picture("8"), opened.take_turn())
    assert [one.name for one in opened.pictures] == ["7", "8"]


def test_objects_are_named_coloured_and_decoded_again(opened):
    masks = squares(2, 8)
    first, second = opened.add(opened.picture, masks, "clicks")
    rows = opened.to_json()["objects"]
    assert [row["name"] for row in rows] == ["Object 1", "Object 2"]
    assert rows[0]["color"] != rows[1]["color"]
    assert (rows[0]["area"], rows[0]["box"], rows[0]["source"]) == (20, [2, 2, 6, 7], "clicks")
    np.testing.assert_array_equal(opened.masks([second]).masks, masks.masks[1:])
    np.testing.assert_array_equal(opened.masks().masks, masks.masks)
    opened.change(first, hidden=True)
    assert opened.masks().boxes.labels == ("Object 2",)
    assert len(opened.masks([first, second])) == 2


def test_names_survive_deleting(opened):
    (first,) = opened.add(opened.picture, squares(1), "x")
    opened.remove(first)
    opened.add(opened.picture, squares(2), "x")
    assert [row["name"] for row in opened.to_json()["objects"]] == ["Object 2"]
    opened.put_back(first)
    assert len(opened.to_json()["objects"]) == 2
    with pytest.raises(PromptError, match="cannot be brought back"):
        opened.put_back(first)


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({"name": "  Cat \n ear  "}, ("Cat ear", "#E69F00", False)),
        ({"name": "x" * 500}, ("x" * 80, "#E69F00", False)),
        ({"name": "  "}, ("Object 1", "#E69F00", False)),
        ({"color": "#abCDef"}, ("Object 1", "#abCDef", False)),
        ({"hidden": 1}, ("Object 1", "#E69F00", True)),
    ],
)
def test_change(opened, change, shown):
    (item,) = opened.add(opened.picture, squares(1), "x")
    opened.change(item, **change)
    (row,) = opened.to_json()["objects"]
    assert (row["name"], row["color"], row["hidden"]) == shown


@pytest.mark.parametrize("color", ["red", "#12345", "#12345g", "url(x)", 7])
def test_a_colour_that_is_none_is_refused(opened, color):
    (item,) = opened.add(opened.picture, squares(1), "x")
    with pytest.raises(PromptError, match=r"#rrggbb|color: expected text"):
        opened.change(item, color=color)


def test_masks_that_do_not_fit_and_objects_that_are_not_there(opened):
    with pytest.raises(PromptError, match="size of the image"):
        opened.add(opened.picture, squares(1, size_hw=(9, 9)), "x")
    for act in (opened.remove, lambda key: opened.objects([key]), lambda key: opened.change(key, hidden=True)):
        with pytest.raises(PromptError, match="not there any more"):
            act("nope")


def test_empty_masks_become_no_objects(opened):
    assert opened.add(opened.picture, Masks(np.zeros((2, 20, 30), bool)), "x") == []
    assert opened.add(opened.picture, Masks.empty(), "x") == []


def test_without_a_photo_there_is_nothing_to_work_on(workspaces):
    one = workspaces.open("nano")
    with pytest.raises(PromptError, match="There is no photo yet"):
        one.current()


def test_every_change_raises_the_revision(opened):
    seen = [opened.revision]
    (item,) = opened.add(opened.picture, squares(1), "x")
    for act in (
        lambda: opened.change(item, name="y"),
        lambda: opened.remove(item),
        lambda: opened.put_back(item),
        lambda: opened.show(picture("b"), opened.take_turn()),
        lambda: opened.restore(opened.pictures[0].id),
        lambda: opened.reencode(opened.picture, opened.take_turn(), "nano", {"model": "nano"}),
    ):
        act()
        seen.append(opened.revision)
    assert seen == sorted(set(seen))


def test_many_threads_lose_no_object(opened):
    def work(corner: int) -> None:
        for _ in range(20):
            opened.add(opened.picture, squares(corner), "x")

    threads = [threading.Thread(target=work, args=(corner,)) for corner in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows = opened.to_json()["objects"]
    assert len(rows) == 80
    assert len({row["name"] for row in rows}) == 80


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b\\c.png", "", ".", ".."])
def test_a_download_stays_in_its_folder(opened, name):
    file = opened.new_file(name)
    file.write_bytes(b"x")
    assert file.resolve().parent == file.parent.resolve()
    assert file.parent.parent.name.startswith("sam-studio-")


def test_a_workspace_whose_page_went_away_stays_for_a_while():
    everyone = Workspaces(left_ttl=0.05)
    one, empty = everyone.open("nano"), everyone.open("nano")
    one.show(picture(), one.take_turn())
    everyone.leave(one.token)
    everyone.leave(empty.token)
    everyone.leave("gone")
    assert len(everyone) == 1, "an empty one has nothing to come back to"
    assert everyone.get(one.token) is one
    time.sleep(0.1)
    assert everyone.get(one.token) is one, "the page is back"
    everyone.leave(one.token)
    time.sleep(0.1)
    with pytest.raises(WorkspaceGoneError):
        everyone.get(one.token)


def test_where_memory_is_short_those_whose_pages_went_away_go_first():
    everyone = Workspaces(max_count=2)
    old, left = everyone.open("nano"), everyone.open("nano")
    for one in (old, left):
        one.show(picture(), one.take_turn())
    everyone.leave(left.token)
    new = everyone.open("nano")
    assert everyone.get(old.token) is old
    assert everyone.get(new.token) is new
    with pytest.raises(WorkspaceGoneError):
        everyone.get(left.token)
