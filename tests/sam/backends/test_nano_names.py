"""The embedded detector: what it answers, what it refuses, and what it shares with nano."""

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
from sam.backends.nano_names import NanoNames, enlarged, load
from sam.detection.phrases import MAX_PHRASES, read_phrases
from sam.detection.vocabulary import NAMES
from sam.runtime.embedding_cache import EMBEDDINGS


@pytest.fixture(scope="module")
def finder() -> NanoNames:
    return load()


def test_it_is_a_detector(finder: NanoNames) -> None:
    assert isinstance(finder, sam.Detector)
    assert sam.load_model("nano-names", sam.Detector).name == "nano-names"
    assert finder.names == tuple(name.name for name in NAMES)


@pytest.mark.parametrize("text", ["person", "Cats. cat. kittens", ", ".join(name.name for name in NAMES[:MAX_PHRASES])])
def test_boxes_are_in_the_image_and_carry_the_phrases_as_typed(finder: NanoNames, text: str) -> None:
    image = data.chelsea()
    boxes = finder.detect(image, text)
    assert set(boxes.labels) <= set(read_phrases(text))
    assert (np.diff(boxes.scores) <= 0).all()
    assert ((boxes.scores >= 0) & (boxes.scores <= 1)).all()
    assert (boxes.xyxy >= 0).all()
    assert (boxes.xyxy[:, 2] <= image.shape[1]).all()
    assert (boxes.xyxy[:, 3] <= image.shape[0]).all()
    assert (boxes.xyxy[:, 2:] > boxes.xyxy[:, :2]).all()


def test_synonyms_and_plurals_mean_the_same(finder: NanoNames) -> None:
    image = data.astronaut()
    answers = [finder.detect(image, text) for text in ("person", "People", "the woman")]
    for boxes in answers[1:]:
        assert boxes.xyxy == pytest.approx(answers[0].xyxy)
        assert boxes.scores == pytest.approx(answers[0].scores)


def test_a_phrase_is_answered_alike_alone_and_among_others(finder: NanoNames) -> None:
    image = data.astronaut()
    alone = finder.detect(image, "person")
    among = finder.detect(image, "sky. person. hair")
    rows = [row for row, label in enumerate(among.labels) if label == "person"]
    assert among.xyxy[rows] == pytest.approx(alone.xyxy, abs=1e-2)


@pytest.mark.parametrize("text", ["", "   ", ".", "\n,;"])
def test_nothing_to_look_for_is_an_error(finder: NanoNames, text: str) -> None:
    with pytest.raises(sam.PromptError, match="Type what to find"):
        finder.detect(data.chelsea(), text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "zeppelin",
            r"'zeppelin' is not among them\. For any other .* the model Grounding DINO \(grounding-dino-tiny\)",
        ),
        ("car. police car", r"'police car' is not among them\. Near to that it knows car"),
        ("dogg", "Near to that it knows dog"),
        ("собака", "is not among them"),
        ("x" * 60, "x{40}' is not among them"),
    ],
)
def test_unknown_names_are_refused_with_what_to_do(finder: NanoNames, text: str, message: str) -> None:
    with pytest.raises(sam.PromptError, match=message) as caught:
        finder.detect(data.chelsea(), text)
    assert f"knows {len(NAMES)} names" in str(caught.value)
    assert len(str(caught.value)) < 400


def test_text_that_is_none_is_refused(finder: NanoNames) -> None:
    with pytest.raises(sam.PromptError, match="expected text such as"):
        finder.detect(data.chelsea(), None)


def test_dense_masks_are_one_for_each_phrase(finder: NanoNames) -> None:
    image = data.coffee()
    found = finder.dense_masks(image, "sky. cups. cup")
    assert found.masks.shape == (3, *image.shape[:2])
    assert found.boxes.labels == ("sky", "cups", "cup")
    assert found.logits.shape == (3, 256, 256)
    assert (found.masks[1] == found.masks[2]).all()


def test_masks_belong_to_their_boxes(finder: NanoNames) -> None:
    image = data.chelsea()
    found = finder.find_masks(image, "cat. sky. person", min_score=0.0)
    boxes = finder.detect(image, "cat. sky. person")
    assert found.masks.shape == (len(boxes), *image.shape[:2])
    assert found.boxes.labels == boxes.labels
    assert len(finder.find_masks(image, "cat", min_score=1.1)) == 0


@pytest.mark.parametrize("size_hw", [(1, 1), (1, 900), (40, 40), (900, 30)])
def test_any_size_of_image(finder: NanoNames, size_hw: tuple[int, int]) -> None:
    image = np.random.default_rng(0).integers(0, 255, (*size_hw, 3), np.uint8)
    boxes = finder.detect(image, "person. sky")
    assert (boxes.xyxy[:, 2] <= size_hw[1]).all()
    assert finder.find_masks(image, "person. sky", 0.0).masks.shape[1:] == size_hw


def test_an_image_is_encoded_once(finder: NanoNames) -> None:
    image = data.coffee()
    EMBEDDINGS.clear()
    first = finder.detect(image, "cup")
    assert len(EMBEDDINGS) == 1
    second = finder.detect(finder.nano.embed(image), "cup")
    assert second.xyxy == pytest.approx(first.xyxy, abs=1e-2)


def test_two_texts_at_once_do_not_mix(finder: NanoNames) -> None:
    images, texts = [data.coffee(), data.chelsea()] * 3, ["cup. spoon", "cat"] * 3
    alone = [finder.detect(image, text) for image, text in zip(images, texts)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(finder.detect, images, texts))
    for one, other in zip(alone, together):
        assert one.labels == other.labels
        assert one.xyxy == pytest.approx(other.xyxy)


@pytest.mark.parametrize(("model", "weights"), [("nano", "0" * 64), ("sam-vit-base", "1" * 64)])
def test_an_embedding_of_another_model_is_refused(finder: NanoNames, model: str, weights: str) -> None:
    own = finder.nano.embed(data.chelsea())
    other = sam.Embedding(model, weights, own.arrays, own.size_hw, own.input_hw, own.input_size)
    with pytest.raises(sam.ModelUnavailable, match="Encode the image again with nano"):
        finder.detect(other, "cat")


@pytest.mark.parametrize("image", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3)), "cat.png", None])
def test_what_is_no_image_is_refused(finder: NanoNames, image: object) -> None:
    with pytest.raises(sam.ImageError):
        finder.detect(image, "cat")


@pytest.mark.parametrize("damage", ["missing", "text", "other encoder"])
def test_damaged_files_are_named(tmp_path: Path, damage: str) -> None:
    for file in WEIGHTS.iterdir():
        shutil.copy(file, tmp_path)
    file = tmp_path / "names.onnx"
    if damage == "missing":
        file.unlink()
    elif damage == "text":
        file.write_text("no weights")
    else:
        import onnx

        model = onnx.load(file)
        onnx.helper.set_model_props(model, {"encoder": "1" * 64})
        onnx.save(model, file)
    with pytest.raises(sam.ModelUnavailable, match=r"names\.onnx"):
        load("test", tmp_path)


def test_the_shipped_files_are_described() -> None:
    table = json.loads((WEIGHTS / "weights.json").read_text())
    assert sum(table[name]["bytes"] for name in ("names.onnx", "names.safetensors")) <= 4e6
    assert sum(file.stat().st_size for file in WEIGHTS.iterdir()) <= 25e6


def test_maps_grow_without_moving() -> None:
    low = np.zeros((1, 64, 64), np.float32)
    low[0, 10:20, 30:40] = 5
    large = enlarged(low)
    assert large.shape == (1, 256, 256)
    assert np.argwhere(large[0] > 2.5).mean(0) == pytest.approx([59.5, 139.5], abs=0.01)
