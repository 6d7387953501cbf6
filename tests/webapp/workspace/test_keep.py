"""What is kept is what was seen: to the bit, at every size, for every kind of model, without asking a model again."""

from __future__ import annotations

import base64
import json
import struct
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pil
from starlette.applications import Starlette
from starlette.testclient import TestClient

import sam
from sam.masks import logits_to_masks
from sam.runtime.embedding_cache import EMBEDDINGS
from sam.segmenter import Segmenter
from webapp.images.encode import half_logits
from webapp.models.offered import Models
from webapp.routes.requests import PREFIX
from webapp.routes.routes import make_routes
from webapp.workspace import keep
from webapp.workspace.answers import AnswerGoneError
from webapp.workspace.picture import Picture
from webapp.workspace.segment import decode, open_image, remember
from webapp.workspace.workspace import SupersededError, Workspace

CLICK = {"points": [[30, 30]], "labels": [1], "box": None}
BOX = {"points": [], "labels": [], "box": [12, 12, 48, 48]}


def seen(picture: Picture, logits: np.ndarray, *, packed: bool = True, **fields: object) -> dict[str, object]:
    """What a page sends for (h, w) float16 logits that it shows."""
    data = logits.astype("<f2").tobytes()
    if packed:
        packer = zlib.compressobj(6, zlib.DEFLATED, -15)
        data = packer.compress(data) + packer.flush()
    body: dict[str, object] = {"logits": base64.b64encode(data).decode(), "encoding": "deflate-raw" if packed else ""}
    body |= {"picture": picture.id, "shape": list(logits.shape), "score": 0.75, "input": picture.to_json()["input"]}
    return {**body, **fields}


def enlarged(picture: Picture, logits: np.ndarray) -> np.ndarray:
    return logits_to_masks(logits[None].astype(np.float32), picture.placed)[0]


def kinds(parent: type) -> set[type]:
    children: list[type] = parent.__subclasses__()
    return {parent}.union(*(kinds(child) for child in children))


@pytest.fixture
def asked(monkeypatch, folders) -> list[str]:
    """What any model is asked from now on; embeddings that are kept in memory are gone."""
    EMBEDDINGS.clear()
    calls: list[str] = []
    for model in folders.values():
        sam.load_model(model)  # so that its class is there to be counted
    for kind in kinds(Segmenter):
        for name in ("embed", "embed_many", "decode", "decode_above", "predict", "predict_many"):
            if name in kind.__dict__ and not getattr(kind.__dict__[name], "__isabstractmethod__", False):
                work = kind.__dict__[name]

                def counted(self, *args, _work=work, _name=name, **options):
                    calls.append(_name)
                    return _work(self, *args, **options)

                monkeypatch.setattr(kind, name, counted)
    return calls


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("size_hw", [(1, 1), (1, 300), (300, 1), (60, 80), (333, 500), (1080, 1920), (2001, 1337)])
def test_logits_that_the_page_shows_are_kept_bit_for_bit(workspaces, asked, size_hw, packed):
    workspace = workspaces.open("nano")
    open_image(workspace, np.full((*size_hw, 3), 90, np.uint8), "grey.png")
    picture, rng = workspace.picture, np.random.default_rng(size_hw[1])
    shown = half_logits(rng.normal(size=(256, 256)).astype(np.float32) + 0.5)
    asked.clear()
    EMBEDDINGS.clear()
    (item,) = keep.keep_seen(workspace, seen(picture, shown, packed=packed, name="window"))
    np.testing.assert_array_equal(workspace.masks([item]).masks[0], enlarged(picture, shown))
    (kept,) = workspace.objects()
    assert (kept.name, kept.score, kept.source) == ("window", 0.75, "clicks, nano")
    assert asked == []


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict[str, str]:
    """Models of other kinds, as a user has them in folders."""
    from tests.sam.backends.tiny import tiny_model

    root = tmp_path_factory.mktemp("models")
    return {"nano": "nano", **{family: str(tiny_model(family, root / family)) for family in ("sam", "sam2")}}


@pytest.mark.parametrize("kind", ["nano", "sam", "sam2"])
def test_an_answer_of_the_server_is_kept_by_its_id(workspaces, image, folders, asked, kind):
    workspace = workspaces.open(folders[kind])
    open_image(workspace, image, "disk.png")
    picture = workspace.picture
    for prompts in (CLICK, BOX):
        answer, _, key = remember(workspace, picture, prompts)
        asked.clear()
        EMBEDDINGS.clear()
        for choice, shown in enumerate(answer.logits):
            expected, fields = enlarged(picture, shown), {"picture": picture.id, "answer": key, "choice": choice}
            if not expected.any():
                with pytest.raises(sam.PromptError, match="empty"):
                    keep.keep_seen(workspace, fields)
                continue
            (item,) = keep.keep_seen(workspace, fields)
            np.testing.assert_array_equal(picture.objects[item].mask(), expected)
            assert picture.objects[item].score == pytest.approx(float(answer.scores[choice]))
        assert asked == []
        decode(picture, prompts)
        assert asked, "the counter counts"


def test_an_object_that_was_edited_and_is_refined(workspace, asked):
    from webapp.workspace.edit import edit
    from webapp.workspace.segment import guide

    picture = workspace.picture
    (item,) = keep.keep_seen(workspace, seen(picture, remember(workspace, picture, BOX)[0].logits[0]))
    before = picture.objects[item].mask()
    asked.clear()
    EMBEDDINGS.clear()
    edit(workspace, picture.id, item, {"kind": "brush", "points": [[60, 50], [70, 50]], "radius": 4})
    edited = picture.objects[item].mask()
    assert edited[50, 65]
    assert not before[50, 65]
    key, logits = guide(picture, item)
    assert key == picture.objects[item].mask_key
    assert asked == [], "neither a stroke nor the mask to refine asks a model"
    answer = half_logits(logits + 0.25)
    assert keep.keep_seen(workspace, seen(picture, answer, refines=item)) == [item]
    assert asked == []
    np.testing.assert_array_equal(picture.objects[item].mask(), enlarged(picture, answer))
    assert picture.objects[item].source == "clicks, nano, edited, refined"
    workspace.change(item, locked=True)
    with pytest.raises(sam.PromptError, match="locked"):
        keep.keep_seen(workspace, seen(picture, answer, refines=item))
    with pytest.raises(sam.PromptError, match="not there"):
        keep.keep_seen(workspace, seen(picture, answer, refines="gone"))


def test_of_many_answers_the_last_are_remembered(workspace, image):
    picture = workspace.picture
    keys = [remember(workspace, picture, BOX)[2] for _ in range(6)]
    with pytest.raises(AnswerGoneError):
        keep.keep_seen(workspace, {"picture": picture.id, "answer": keys[0], "choice": 0})
    assert keep.keep_seen(workspace, {"picture": picture.id, "answer": keys[-1], "choice": 0})
    open_image(workspace, image[:, ::-1].copy(), "other.png")
    with pytest.raises(SupersededError):
        keep.keep_seen(workspace, {"picture": workspace.picture.id, "answer": keys[-1], "choice": 0})


def test_what_the_page_decoded_with_another_model_is_not_kept(workspace):
    picture = workspace.picture
    body = seen(picture, np.ones((256, 256), np.float16))
    for given in ({"width": 512, "height": 512, "size": 512}, None, [512, 384, 512]):
        with pytest.raises(SupersededError, match="model"):
            keep.keep_seen(workspace, {**body, "input": given})
    with pytest.raises(SupersededError, match="photo"):
        keep.keep_seen(workspace, {**body, "picture": "another"})


def packed(data: bytes) -> str:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return base64.b64encode(packer.compress(data) + packer.flush()).decode()


ONE = np.ones((4, 4), "<f2")


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"shape": None}, "shape"),
        ({"shape": [4]}, "shape"),
        ({"shape": [4.0, 4]}, "shape"),
        ({"shape": [True, 16]}, "shape"),
        ({"shape": [0, 4]}, "shape"),
        ({"shape": [-4, -4]}, "shape"),
        ({"shape": [4, 100_000]}, "shape"),
        ({"shape": [4, 5]}, "bytes"),
        ({"shape": [2, 4]}, "bytes"),
        ({"score": None}, "score"),
        ({"score": "1"}, "score"),
        ({"score": float("nan")}, "score"),
        ({"score": float("inf")}, "score"),
        ({"logits": None}, "logits"),
        ({"logits": "***"}, "damaged"),
        ({"logits": "ÿÿÿÿ"}, "damaged"),
        ({"logits": base64.b64encode(b"not deflate").decode()}, "damaged"),
        ({"logits": packed(ONE.tobytes())[:4]}, "damaged|bytes"),
        ({"logits": packed(b"")}, "bytes"),
        ({"logits": packed(np.full(16, np.nan, "<f2").tobytes())}, "finite"),
        ({"logits": packed(np.full(16, np.inf, "<f2").tobytes())}, "finite"),
        ({"logits": packed((-ONE).tobytes())}, "empty"),
        ({"encoding": "gzip"}, "encoding"),
        ({"encoding": None}, "encoding"),
        ({"encoding": ["x"]}, "encoding"),
        ({"refines": 3}, "refines"),
        ({"refines": {}}, "refines"),
    ],
)
def test_a_body_that_cannot_be_is_a_sentence_and_changes_nothing(workspace, change, part):
    picture = workspace.picture
    before = workspace.to_json()
    with pytest.raises(sam.PromptError, match=part) as caught:
        keep.keep_seen(workspace, {**seen(picture, ONE), **change})
    assert str(caught.value).endswith(".")
    assert workspace.to_json() == before


@pytest.mark.parametrize("choice", [-1, 3, "0", None, 0.0, True, [0]])
def test_a_choice_that_is_none(workspace, choice):
    key = remember(workspace, workspace.picture, CLICK)[2]
    with pytest.raises(sam.PromptError, match="choice"):
        keep.keep_seen(workspace, {"picture": workspace.picture.id, "answer": key, "choice": choice})


def test_what_was_packed_small_takes_no_memory(workspace):
    bomb = packed(bytes(200 << 20))
    assert len(bomb) < 400_000
    tracemalloc.start()
    try:
        with pytest.raises(sam.PromptError, match="bytes"):
            keep.keep_seen(workspace, {**seen(workspace.picture, ONE), "logits": bomb})
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("score", [-3, 7, 0.5])
def test_a_score_stays_between_0_and_1(workspace, score):
    keep.keep_seen(workspace, seen(workspace.picture, np.ones((8, 8)), score=score))
    assert workspace.objects()[0].score == min(1, max(0, score))


def test_over_http(workspaces, png, tmp_path: Path):
    with TestClient(Starlette(routes=make_routes(workspaces, Models())), base_url="http://test" + PREFIX) as client:
        opened = client.post("/workspaces").json()
        here = f"/workspaces/{opened['token']}"
        state = client.post(f"{here}/image?name=disk.png", content=png).json()
        workspace: Workspace = workspaces.get(opened["token"])
        reply = client.post(f"{here}/decode", json={"picture": state["picture"]["id"], "prompts": CLICK}).content
        (length,) = struct.unpack("<I", reply[:4])
        header = json.loads(reply[4 : 4 + length])
        shown = np.frombuffer(reply[4 + length :], "<f2").reshape(header["shape"])
        by_id = {"picture": state["picture"]["id"], "answer": header["answer"], "choice": 1}
        for body in by_id, seen(workspace.picture, shown[1]):
            added = client.post(f"{here}/objects", json=body).json()["added"]
            mask = client.get(f"{here}/objects/{added[0]}/mask.png").content
            (tmp_path / "mask.png").write_bytes(mask)
            np.testing.assert_array_equal(
                np.array(Pil.open(tmp_path / "mask.png")) > 0, enlarged(workspace.picture, shown[1])
            )
        gone = client.post(f"{here}/objects", json={**by_id, "answer": "unknown"})
        assert (gone.status_code, "not remember" in gone.json()["error"]) == (404, True)
        large = client.post(f"{here}/objects", content=b" " * (keep.MAX_REQUEST + 1))
        assert large.status_code == 413
