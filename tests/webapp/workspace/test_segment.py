from __future__ import annotations

import threading

import numpy as np
import pytest

import sam
from sam.errors import GpuQuotaExceeded
from sam.models.catalog.nano import FOLDER
from sam.runtime.embedding_cache import EMBEDDINGS
from tests.present import present
from webapp.workspace import segment
from webapp.workspace.registry import Workspaces
from webapp.workspace.workspace import SupersededError

CLICK = {"points": [[30, 30]], "labels": [1], "box": None}


def test_open_image_encodes_and_shows(workspace):
    picture = workspace.picture
    assert picture.to_json()["input"] == {"width": 512, "height": 384, "size": 512}
    assert (picture.model, picture.name) == ("nano", "disk.png")
    assert picture.encode_ms > 0


def test_a_bad_image_leaves_the_stage_alone(workspace):
    before = workspace.to_json()
    with pytest.raises(sam.ImageError):
        segment.open_image(workspace, b"nonsense", "bad.png")
    assert workspace.to_json() == before


def test_the_second_time_the_embedding_is_there(workspaces, image):
    one = workspaces.open("nano")
    segment.open_image(one, image, "a")
    segment.open_image(one, image, "b")
    assert one.picture.cached


def test_decode_is_what_the_engine_says(workspace, image):
    logits, scores, milliseconds = segment.decode(workspace.picture, CLICK)
    model = sam.load_model("nano")
    expected = model.predict(model.embed(image), points=[[30, 30]])
    np.testing.assert_array_equal(logits, expected.logits)
    np.testing.assert_array_equal(scores, expected.scores)
    assert milliseconds > 0


@pytest.mark.parametrize("choice", [0, 1, 2])
def test_commit_keeps_the_chosen_mask_at_full_size(workspace, image, choice):
    model = sam.load_model("nano")
    expected = model.predict(model.embed(image), points=[[30, 30]]).masks[choice]
    if not expected.any():
        with pytest.raises(sam.PromptError, match="empty"):
            segment.commit(workspace, workspace.picture.id, CLICK, choice)
        return
    (item,) = segment.commit(workspace, workspace.picture.id, CLICK, choice)
    np.testing.assert_array_equal(workspace.masks([item]).masks[0], expected)


@pytest.mark.parametrize(
    ("name", "kept"), [("window", "window"), (None, "Object 1"), ("", "Object 1"), (7, "Object 1"), (["x"], "Object 1")]
)
def test_a_kept_object_may_bring_its_name(workspace, name, kept):
    prompts = {"points": [], "labels": [], "box": [10, 10, 50, 50]}
    segment.commit(workspace, workspace.picture.id, prompts, 0, name)
    assert [item.name for item in workspace.objects()] == [kept]


@pytest.mark.parametrize("choice", [-1, 3, "0", None, 0.0])
def test_a_choice_that_is_none(workspace, choice):
    with pytest.raises(sam.PromptError, match="choice"):
        segment.commit(workspace, workspace.picture.id, CLICK, choice)


def test_an_answer_for_a_photo_that_is_gone_is_refused(workspace, image):
    old = workspace.picture.id
    segment.open_image(workspace, image[:, ::-1].copy(), "other.png")
    with pytest.raises(SupersededError):
        segment.commit(workspace, old, CLICK, 0)


@pytest.mark.parametrize(
    "prompts",
    [
        None,
        [],
        "x",
        {},
        {"points": [], "labels": [], "box": None},
        {"points": [[1, 2, 3]], "labels": [1]},
        {"points": [["a", "b"]], "labels": [1]},
        {"points": [[1, 2]], "labels": [2]},
        {"points": [[1, 2]], "labels": [1, 1]},
        {"points": [[1, 2]], "labels": "1"},
        {"points": {"x": 1}, "labels": [1]},
        {"points": [[1e9, 2]], "labels": [1]},
        {"points": [[float("nan"), 2]], "labels": [1]},
        {"points": [[1, 2]] * 1000, "labels": [1] * 1000},
        {"box": [1, 2, 3]},
        {"box": [5, 5, 5, 9]},
        {"box": [9, 9, 1, 1]},
        {"box": "1,2,3"},
        {"box": [[1, 2, 3, 4], [1, 2, 3, 4]]},
    ],
)
def test_a_prompt_that_cannot_be_is_a_sentence(workspace, prompts):
    with pytest.raises(sam.PromptError) as caught:
        segment.decode(workspace.picture, prompts)
    assert len(str(caught.value)) > 15


def test_change_model_keeps_photo_and_objects(workspace):
    segment.commit(workspace, workspace.picture.id, {"points": [], "labels": [], "box": [10, 10, 50, 50]}, 0)
    before = workspace.to_json()
    segment.change_model(workspace, "nano")
    after = workspace.to_json()
    assert after["objects"] == before["objects"]
    assert after["picture"]["id"] == before["picture"]["id"]
    with pytest.raises(sam.ModelUnavailable):
        segment.change_model(workspace, "no-such-model")
    assert workspace.to_json() == after


def test_two_workspaces_interleaved_get_what_each_gets_alone(workspaces, image):
    """Threads that decode on two photos in turn against one that does it alone."""
    other = np.ascontiguousarray(image[::-1, ::-1])
    pair = [workspaces.open("nano") for _ in range(2)]
    for one, pixels in zip(pair, (image, other)):
        segment.open_image(one, pixels, "x")
    alone = [segment.decode(one.picture, CLICK)[0] for one in pair]
    results: dict[int, list] = {0: [], 1: []}

    def work(index: int) -> None:
        for _ in range(6):
            results[index].append(segment.decode(pair[index].picture, CLICK)[0])

    threads = [threading.Thread(target=work, args=(index,)) for index in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for index in (0, 1):
        assert len(results[index]) == 6
        for logits in results[index]:
            np.testing.assert_allclose(logits, alone[index], atol=1e-4)


def test_clicks_on_an_object_refine_it(workspace, image):
    (item,) = segment.commit(workspace, workspace.picture.id, CLICK, 0)
    before = workspace.masks([item]).masks[0]
    (middle,) = segment.middles(workspace.picture, item)
    prompts = {"points": [middle, [70, 40]], "labels": [1, 0], "box": None, "base": {"object": item, "mask": "any"}}

    model = sam.load_model("nano")
    embedding = model.embed(image)
    given = sam.masks.mask_to_logits(before, embedding)
    expected = model.predict(embedding, points=prompts["points"], labels=[1, 0], mask_input=given)
    logits, _, _ = segment.decode(workspace.picture, prompts)
    np.testing.assert_array_equal(logits, expected.logits)

    assert segment.commit(workspace, workspace.picture.id, prompts, 0) == [item]
    (kept,) = workspace.objects()
    assert kept.source == "clicks, nano, refined"
    np.testing.assert_array_equal(kept.mask(), expected.masks[0])


@pytest.mark.parametrize("base", [{"object": "gone"}, {"object": 3}, "gone", []])
def test_an_object_to_refine_that_cannot_be(workspace, base):
    with pytest.raises(sam.PromptError, match=r"not there|base"):
        segment.decode(workspace.picture, {**CLICK, "base": base})


def test_the_middles_of_an_object_are_deep_in_its_large_parts(workspace, image):
    mask = np.zeros(image.shape[:2], bool)
    mask[5:25, 5:25] = mask[40:52, 40:52] = mask[2, 60] = True
    workspace.add(workspace.picture, sam.Masks(mask[None], np.ones(1, np.float32)), "drawn")
    found = segment.middles(workspace.picture, workspace.objects()[-1].id)
    assert len(found) == 2, "a single pixel is no part to click on"
    for (x, y), (centre, reach) in zip(found, [(15, 2), (46, 2)]):
        assert abs(x - centre) <= reach
        assert abs(y - centre) <= reach


@pytest.fixture
def lent(monkeypatch):
    """A model that borrows a GPU, as far as a workspace can tell: nano, by its path."""
    path = str(FOLDER)
    monkeypatch.setattr(segment, "is_lent", lambda model: model.name != "nano")
    EMBEDDINGS.clear()
    return path


def test_nano_reads_a_photo_until_the_model_has_its_gpu(lent, png):
    workspace = Workspaces().open(lent)
    segment.open_image(workspace, png, "a.png")
    picture = present(workspace.picture)
    assert (picture.model, picture.awaits) == ("nano", lent)
    assert workspace.to_json()["picture"]["awaits"] == FOLDER.name, "a path of the server is nobody's business"
    assert segment.decode(picture, {"points": [[5, 5]], "labels": [1]})[0].shape[0] == 3
    segment.finish(workspace, picture.id)
    assert (picture.model, picture.awaits) == (lent, "")
    assert segment.decode(picture, {"points": [[5, 5]], "labels": [1]})[0].shape[0] == 3
    # What was read once is at hand.
    segment.open_image(workspace, png, "b.png")
    other = present(workspace.picture)
    assert (other.model, other.awaits) == (lent, "")


def test_a_photo_is_kept_where_there_is_no_gpu_time_left(lent, png, monkeypatch):
    workspace = Workspaces().open(lent)
    segment.open_image(workspace, png, "a.png")
    picture = present(workspace.picture)

    def refused(*args, **options):
        raise GpuQuotaExceeded("Your GPU time is used up.", left=1)

    monkeypatch.setattr(segment, "embed", refused)
    with pytest.raises(GpuQuotaExceeded):
        segment.finish(workspace, picture.id)
    monkeypatch.undo()
    assert workspace.picture is picture
    assert (picture.model, picture.awaits) == ("nano", lent)
    assert segment.decode(picture, {"points": [[5, 5]], "labels": [1]})[0].shape[0] == 3
