"""The embedded subject finder: real photos, shared embeddings, other models' embeddings, damaged files."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from skimage import data

import sam
from sam.backends.nano import WEIGHTS
from sam.backends.nano_subject import NanoSubject, load
from sam.runtime.embedding_cache import EMBEDDINGS
from sam.subject import MIN_SCORE

from ..subjects import scene


@pytest.fixture(scope="module")
def finder() -> NanoSubject:
    return load()


def iou(first: np.ndarray, second: np.ndarray) -> float:
    return float((first & second).sum() / (first | second).sum())


def region(size_hw: tuple[int, int], *corners: tuple[int, int]) -> np.ndarray:
    """A generous polygon drawn by hand around what a photo is of."""
    from skimage.draw import polygon2mask

    return polygon2mask(size_hw, np.array([(y, x) for x, y in corners]))


CAT = region((300, 451), (60, 299), (75, 130), (90, 0), (330, 0), (400, 110), (450, 180), (450, 299))
ASTRONAUT = region(
    (512, 512), (0, 511), (0, 330), (90, 250), (150, 200), (150, 20), (290, 10), (310, 200), (511, 340), (511, 511)
)
CUP = region((400, 600), (100, 60), (300, 5), (520, 60), (560, 200), (480, 360), (250, 395), (80, 300))


@pytest.mark.parametrize(
    ("image", "rough"),
    [(data.chelsea(), CAT), (data.astronaut(), ASTRONAUT), (data.coffee(), CUP)],
    ids=["cat", "astronaut", "cup"],
)
def test_the_subject_of_a_photo(finder: NanoSubject, image: np.ndarray, rough: np.ndarray) -> None:
    found = finder.find_subject(image)
    assert found.masks.shape == (1, *image.shape[:2])
    on = found.masks[0]
    assert (on & rough).sum() > 0.6 * on.sum(), "hardly anything beside it"
    assert (on & rough).sum() > 0.3 * rough.sum(), "a good part of it"
    assert MIN_SCORE <= found.scores[0] <= 1


@pytest.mark.parametrize("number", [0, 1, 6])
def test_the_subject_of_a_drawn_scene(finder: NanoSubject, number: int) -> None:
    image, masks = scene(number)
    found = finder.find_subject(image)
    assert len(found) == 1
    assert iou(found.masks[0], masks[0]) > 0.6


@pytest.mark.parametrize("image", [data.brick(), np.full((200, 300), 128, np.uint8)], ids=["bricks", "grey"])
def test_where_nothing_stands_out_there_is_no_mask(finder: NanoSubject, image: np.ndarray) -> None:
    found = finder.find_subject(np.repeat(image[..., None], 3, 2))
    assert found.masks.shape == (0, *image.shape)


@pytest.mark.parametrize("size_hw", [(1, 1), (1, 900), (3000, 4000), (40, 40), (900, 30)])
def test_any_size_gives_masks_of_its_own_size(finder: NanoSubject, size_hw: tuple[int, int]) -> None:
    image = np.random.default_rng(0).integers(0, 255, (*size_hw, 3), np.uint8)
    found = finder.find_subject(image)
    assert found.masks.shape == (len(found), *size_hw)
    assert len(found) <= 1
    assert ((found.scores >= 0) & (found.scores <= 1)).all()


def test_an_image_is_encoded_once_for_clicks_and_subject(finder: NanoSubject) -> None:
    image = data.coffee()
    EMBEDDINGS.clear()
    first = finder.find_subject(image)
    assert len(EMBEDDINGS) == 1
    embedding = sam.load_model("nano").embed(image)
    second = finder.find_subject(embedding)
    assert (first.masks == second.masks).all()
    assert first.scores == pytest.approx(second.scores, abs=1e-4)


def test_sessions_that_share_it_get_what_they_get_alone(finder: NanoSubject) -> None:
    images = [scene(number)[0] for number in range(4)]
    alone = [finder.find_subject(image) for image in images]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(finder.find_subject, images))
    for one, other in zip(alone, together):
        assert (one.masks == other.masks).all()


@pytest.mark.parametrize(("model", "weights"), [("nano", "0" * 64), ("sam-vit-base", "1" * 64)])
def test_an_embedding_of_another_model_is_refused(finder: NanoSubject, model: str, weights: str) -> None:
    own = finder.nano.embed(data.chelsea())
    other = sam.Embedding(model, weights, own.arrays, own.size_hw, own.input_hw, own.input_size)
    with pytest.raises(sam.ModelUnavailable, match=r"made by .*Encode the image again with nano"):
        finder.find_subject(other)


@pytest.mark.parametrize("image", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3)), "cat.png", None])
def test_what_is_no_image_is_refused(finder: NanoSubject, image: object) -> None:
    with pytest.raises(sam.ImageError):
        finder.find_subject(image)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for file in WEIGHTS.iterdir():
        shutil.copy(file, tmp_path)
    return tmp_path


@pytest.mark.parametrize("damage", ["truncated", "missing", "text"])
def test_damaged_files_are_named(folder: Path, damage: str) -> None:
    file = folder / "subject.onnx"
    if damage == "truncated":
        file.write_bytes(file.read_bytes()[:1000])
    elif damage == "missing":
        file.unlink()
    else:
        file.write_text("not a graph")
    with pytest.raises(sam.ModelUnavailable, match=r"subject\.onnx.*Install again\."):
        load("nano-subject", folder)


@pytest.mark.parametrize("change", ["another encoder", "another graph"])
def test_a_head_for_another_encoder_is_refused(folder: Path, change: str) -> None:
    if change == "another graph":
        shutil.copy(folder / "decoder.onnx", folder / "subject.onnx")
    else:
        import onnx

        model = onnx.load(folder / "encoder.onnx")
        model.doc_string = "trained for longer"
        onnx.save(model, folder / "encoder.onnx")
    with pytest.raises(sam.ModelUnavailable, match=r"trained for another encoder .* than nano's .*export\.subject"):
        load("nano-subject", folder)


def test_by_name_it_is_loaded_once_and_its_files_are_verified(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    model = sam.load_model("nano-subject", sam.SubjectFinder)
    assert isinstance(model, NanoSubject)
    assert sam.load_model("nano-subject", sam.SubjectFinder) is model
    assert model.nano is sam.load_model("nano"), "one nano for all"
    table = json.loads((WEIGHTS / "weights.json").read_text())
    spec = next(spec for spec in sam.list_models() if spec.name == "nano-subject")
    assert dict(spec.sha256) == {name: table[name]["sha256"] for name in ("subject.onnx", "subject.safetensors")}
