from __future__ import annotations

import contextlib
from typing import Any, cast

import gradio as gr
import numpy as np
import pytest

from plugins import Page, PluginError
from sam import Boxes, Image, Masks, PromptError, SegmenterName
from webapp.components.plugin_page import StudioPage
from webapp.models.offered import Models


@pytest.fixture
def page(workspaces):
    with gr.Blocks():
        yield StudioPage(workspaces, Models())


@pytest.fixture
def port(workspace) -> dict:
    """What the page writes into its hidden components."""
    return {"workspace": workspace.token, "picture": workspace.picture.id}


def call(handler, *values):
    """As Gradio does: progress first."""
    return handler(None, *values)


def left_half(image: Image) -> Masks:
    """Left half."""
    mask = np.zeros(image.shape[:2], bool)
    mask[:, : image.shape[1] // 2] = True
    return Masks(mask[None])


def count(masks: Masks) -> int:
    """How many."""
    return len(masks)


def options(image: Image, text: str, *, size: int = 3, share: float = 0.5, model: SegmenterName = "nano") -> str:
    """Says what it got."""
    return f"{image.shape} {text} {size!r} {share!r} {model}"


def test_it_is_the_page_that_plugins_know(page):
    assert isinstance(page, Page)


def test_a_tool_gets_the_image_and_its_masks_become_objects(page, workspace, port):
    result = call(page.run(left_half), port)
    assert result == {"workspace": workspace.token, "revision": workspace.revision}
    (item,) = workspace.objects()
    assert (item.area, item.source) == (60 * 40, "left_half")


def test_a_mask_made_of_an_object_stays_of_its_class_and_a_found_one_has_its_label(page, workspace, port):
    def same(masks: Masks) -> Masks:
        """As they were."""
        return masks

    def named(image: Image) -> Masks:
        """A dog."""
        found = left_half(image)
        return Masks(found.masks, boxes=Boxes(found.boxes.xyxy, labels=("dog",)))

    call(page.run(left_half), port)
    call(page.run(same), port)
    assert workspace.classes.now == ()
    call(page.run(named), port)
    call(page.run(same), {**port, "selected": [workspace.objects()[-1].id]})
    assert [one.name for one in workspace.classes.now] == ["dog"]
    assert [bool(item.label) for item in workspace.objects()] == [False, False, True, True]


def test_masks_are_the_selected_or_all_visible_objects(page, workspace, port):
    for _ in range(3):
        call(page.run(left_half), port)
    ids = [item.id for item in workspace.objects()]
    workspace.change(ids[0], hidden=True)
    assert call(page.run(count), port) == 2
    assert call(page.run(count), {**port, "selected": ids[:1]}) == 1
    assert call(page.run(count), {**port, "selected": ["gone"]}) == 2


@pytest.mark.parametrize(
    ("fixed", "values", "expected"),
    [
        ({}, ["hi"], "(60, 80, 3) hi 3 0.5 nano"),
        ({}, ["hi", 4.0, 1], "(60, 80, 3) hi 4 1.0 nano"),
        ({}, ["hi", None, None], "(60, 80, 3) hi 3 0.5 nano"),
        ({"size": 9}, ["hi", 0.25], "(60, 80, 3) hi 9 0.25 nano"),
        ({"share": 0.1}, ["hi", 5, "nano"], "(60, 80, 3) hi 5 0.1 nano"),
    ],
)
def test_inputs_fill_data_then_options(page, port, fixed, values, expected):
    assert call(page.run(options, **fixed), port, *values) == expected


def test_an_array_in_place_of_the_port_is_passed_on(page, port):
    def size(image: Image, other: Image) -> str:
        return f"{image.shape} {other.shape}"

    assert call(page.run(size), port, np.zeros((2, 3, 3), np.uint8)) == "(60, 80, 3) (2, 3, 3)"


def test_a_tuple_fills_several_outputs(page, workspace, port):
    def both(image: Image) -> tuple:
        return left_half(image), "done"

    first, second = call(page.run(both), port)
    assert first["workspace"] == workspace.token
    assert second == "done"


def test_nothing_found_changes_nothing(page, workspace, port, monkeypatch):
    said: list[str] = []
    monkeypatch.setattr(gr, "Info", said.append)

    def nothing(image: Image) -> Masks:
        return Masks.empty(image.shape[:2])

    before = workspace.revision
    assert call(page.run(nothing), port) == gr.skip()
    assert workspace.revision == before
    assert len(said) == 1


def test_errors_become_sentences_and_keep_everything(page, workspace, port, caplog):
    def picky(image: Image) -> Masks:
        raise PromptError("Type <something> first.")

    def broken(image: Image) -> Masks:
        raise ZeroDivisionError("secret")

    before = workspace.to_json()
    with pytest.raises(gr.Error) as caught:
        call(page.run(picky), port)
    assert caught.value.message == "Type &lt;something&gt; first."
    with pytest.raises(gr.Error) as caught:
        call(page.run(broken), port)
    assert "secret" not in caught.value.message
    assert "secret" in caplog.text
    assert workspace.to_json() == before


@pytest.mark.parametrize("value", [None, {"workspace": "nope", "picture": "x"}])
def test_without_a_photo_or_a_workspace(page, value):
    with pytest.raises(gr.Error) as caught:
        call(page.run(left_half), value)
    assert "photo" in caught.value.message


def test_masks_for_a_photo_that_was_replaced_meanwhile_are_dropped(page, workspace, port, image):
    from webapp.workspace.segment import open_image

    def slow(image: Image) -> Masks:
        open_image(workspace, image[:, ::-1].copy(), "other.png")
        return left_half(image)

    with pytest.raises(gr.Error, match="Another photo"):
        call(page.run(slow), port)
    assert workspace.objects() == []


def test_a_model_that_the_page_does_not_offer_is_refused(page, port):
    with pytest.raises(gr.Error, match="There is no model"):
        call(page.run(options), port, "hi", 3, 0.5, "/etc/passwd")


@pytest.mark.parametrize(
    ("function", "fixed"),
    [(lambda image: image, {}), (options, {"nope": 1}), (options, {"size": "large"})],
)
def test_what_cannot_work_is_said_while_the_tab_is_built(page, function, fixed):
    with pytest.raises(PluginError):
        page.run(function, **fixed)


def test_a_tool_with_bound_options(page, port):
    from plugins import Tool

    assert call(page.run(Tool.from_function(options).bind(size=7)), port, "hi") == "(60, 80, 3) hi 7 0.5 nano"


def test_download_writes_a_file_that_dies_with_the_workspace(page, workspaces, workspace, port):
    from pathlib import Path

    def save(image: Image) -> tuple:
        return page.download(image, "a.png"), page.download("text ä", "b.txt"), page.download(b"\x00", "c.bin")

    picture, text, data = map(Path, call(page.run(save), port))
    assert (picture.name, text.read_text("utf-8"), data.read_bytes()) == ("a.png", "text ä", b"\x00")
    workspaces.close(workspace.token)
    assert not picture.exists()
    with pytest.raises(PluginError):
        page.download("x", "y.txt")


def ready(image: Image) -> str:
    return "done"


def test_progress_and_cancelling(page, workspace, port):
    seen: list[Any] = []
    told: list[Any] = []

    def work(image: Image) -> str:
        page.progress(0.5, "half")
        told.extend((one.fraction, one.message) for one in workspace.work)
        workspace.cancelled.set()
        page.progress(0.7)
        return "never"

    with pytest.raises(gr.Error, match="Nothing was changed") as stopped:
        page.run(work)(lambda value, desc=None: seen.append((value, desc)), port)
    assert stopped.value.title == "Stopped"
    assert seen == told == [(0.5, "half")]
    assert workspace.work == []
    page.progress(0.1)  # outside a handler: nothing
    page.toast("nothing either")
    assert page.run(ready)(None, port) == "done", "a stop does not outlive the handler that it stopped"


def test_handlers_of_two_sessions_do_not_meet(page, workspaces, image):
    from concurrent.futures import ThreadPoolExecutor

    from webapp.workspace.segment import open_image

    sessions = [workspaces.open("nano") for _ in range(4)]
    for index, one in enumerate(sessions):
        open_image(one, image[: 20 + index], f"{index}.png")
    handler = page.run(left_half)

    def work(index: int) -> None:
        for _ in range(5):
            with contextlib.suppress(gr.Error):
                call(handler, {"workspace": sessions[index].token})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    for index, one in enumerate(sessions):
        assert {item.area for item in one.objects()} == {(20 + index) * 40}
        assert len(one.objects()) == 5


def test_boxes_pass_as_they_are(page, port):
    def number(image: Image, boxes: Boxes) -> int:
        return len(boxes)

    assert call(page.run(number), port, Boxes.empty()) == 0


@pytest.mark.parametrize("function", [left_half, count], ids=["image", "masks"])
def test_a_photo_that_is_only_in_the_browser_is_not_mistaken_for_the_one_before(page, workspace, port, function):
    before = workspace.to_json()
    with pytest.raises(gr.Error, match="only in your browser"):
        call(page.run(function), {**port, "private": True})
    assert workspace.to_json() == before


@pytest.mark.parametrize("function", [left_half, count], ids=["image", "masks"])
@pytest.mark.parametrize("listens", ["change", "on", "click"])
def test_an_event_that_nobody_asked_for_is_quiet_without_a_photo(page, port, function, listens):
    button = gr.Button()
    event: Any = button.click if listens == "click" else page.objects.change
    if listens == "on":
        gr.on([event], page.run(function), [page.objects], [page.objects])
    else:
        event(page.run(function), [page.objects], [page.objects])
    (wired,) = cast(gr.Blocks, button.parent).fns.values()
    assert wired.targets == [(button._id if listens == "click" else page.objects._id, event.event_name)]
    if listens == "change":
        assert call(wired.fn, {**port, "private": True}) == gr.skip()
        assert call(wired.fn, None) == gr.skip()
        assert call(wired.fn, port) is not None
    else:
        with pytest.raises(gr.Error, match="only in your browser"):
            call(wired.fn, {**port, "private": True})


def test_one_box_is_put_on_the_stage_and_twice_is_two_times(page, workspace, port):
    def ask(image: Image, boxes: list) -> dict:
        return page.suggest(Boxes(np.reshape(boxes, (-1, 4)), labels=("cat",) * len(boxes)))

    first, second = (call(page.run(ask), port, [[1, 2, 30, 40]]) for _ in range(2))
    assert (first["box"], first["name"], first["picture"]) == ([1, 2, 30, 40], "cat", workspace.picture.id)
    assert first != second
    for wrong in ([], [[1, 2, 3, 4]] * 2):
        with pytest.raises(gr.Error, match="one box"):
            call(page.run(ask), port, wrong)


def test_a_box_of_a_photo_that_was_replaced_meanwhile_is_dropped(page, workspace, port, image):
    from webapp.workspace.segment import open_image

    def slow(image: Image) -> dict:
        open_image(workspace, image[:, ::-1].copy(), "other.png")
        return page.suggest(Boxes([[1, 2, 3, 4]]))

    with pytest.raises(gr.Error, match="Another photo"):
        call(page.run(slow), port)
    with pytest.raises(PluginError, match="suggest works inside a handler"):
        page.suggest(Boxes([[1, 2, 3, 4]]))


def test_a_stop_is_for_the_same_session_only(page, workspaces, port, image):
    from webapp.workspace.segment import open_image

    other = workspaces.open("nano")
    open_image(other, image, "other.png")

    def work(image: Image, ours: bool) -> str:
        workspaces.get(port["workspace"] if ours else other.token).cancelled.set()
        page.progress(0.5)
        return "done"

    assert call(page.run(work), port, False) == "done"
    with pytest.raises(gr.Error):
        call(page.run(work), port, True)
