"""Grounding DINO answers as transformers' own processor, model and post-processing do."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from sam import Detector, Embedding, ModelUnavailable, PromptError, load_model
from sam.backends import grounding_dino
from sam.backends.grounding_dino import fit_edges
from sam.detection.detector import RAW_SCORE
from sam.detection.phrases import SEPARATE

from .conftest import drawn
from .dinos import original_weights, write_tiny_dino, write_vocabulary

SIZES_HW = [(60, 91), (150, 70), (40, 40), (9, 200)]


@pytest.fixture(scope="module", params=["grounding-dino", "mm-grounding-dino"])
def folder(request, tmp_path_factory):
    return write_tiny_dino(tmp_path_factory.mktemp(request.param) / "tiny-dino", kind=request.param)


@pytest.fixture(scope="module")
def model(folder):
    return grounding_dino.load(folder, name="tiny-dino", device="cpu")


@pytest.fixture(scope="module")
def reference(folder):
    """transformers' own three parts, without torchvision."""
    from transformers import AutoModelForZeroShotObjectDetection, AutoTokenizer
    from transformers.models.grounding_dino.image_processing_pil_grounding_dino import GroundingDinoImageProcessorPil
    from transformers.models.grounding_dino.processing_grounding_dino import GroundingDinoProcessor

    tokenizer = AutoTokenizer.from_pretrained(folder)
    processor = GroundingDinoProcessor(GroundingDinoImageProcessorPil.from_pretrained(folder), tokenizer)
    network = AutoModelForZeroShotObjectDetection.from_pretrained(folder).eval()

    def ask(image, phrases):
        inputs = processor(images=image, text=phrases, return_tensors="pt")
        with torch.no_grad():
            outputs = network(**inputs)
        (result,) = processor.post_process_grounded_object_detection(
            outputs, inputs.input_ids, threshold=RAW_SCORE, target_sizes=[image.shape[:2]]
        )
        return inputs, outputs, result

    return ask


@pytest.mark.parametrize("size_hw", SIZES_HW)
def test_the_same_pixels(size_hw, model, reference):
    image = drawn(size_hw, 1)
    inputs, _, _ = reference(image, ["cat"])
    np.testing.assert_allclose(model.preprocess(image), inputs.pixel_values[0], atol=1e-5)


@pytest.mark.parametrize("size_hw", SIZES_HW)
@pytest.mark.parametrize("phrase", ["cat", "a red car", "Dogs"])
def test_the_same_boxes(size_hw, phrase, model, reference):
    image = drawn(size_hw, 2)
    _, _, expected = reference(image, [phrase])
    found = model.detect(image, phrase)
    height, width = size_hw
    boxes = expected["boxes"].clamp(min=0).minimum(torch.tensor([width, height, width, height])).numpy()
    inside = (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
    order = np.argsort(-expected["scores"].numpy()[inside], kind="stable")
    assert len(found) == inside.sum() > 0
    np.testing.assert_allclose(found.scores, expected["scores"].numpy()[inside][order], atol=1e-4)
    np.testing.assert_allclose(found.xyxy, boxes[inside][order], atol=1e-3)
    assert set(found.labels) == {phrase}


def test_few_phrases_are_asked_for_one_by_one(model):
    image = drawn((60, 91), 3)
    together = model.detect(image, "cat. red car")
    assert (np.diff(together.scores) <= 0).all()
    for phrase in ("cat", "red car"):
        alone = model.detect(image, phrase)
        own = together[np.array(together.labels) == phrase]
        np.testing.assert_allclose(own.xyxy, alone.xyxy, atol=1e-3)


def test_many_phrases_share_prompts_and_keep_their_boxes(model, reference):
    phrases = ["cat", "dog", "red car", "house", "tree", "man", "hat", "window", "a thing"]
    assert len(phrases) > SEPARATE
    assert model.prompts(phrases) == [phrases]
    image = drawn((60, 91), 4)
    inputs, outputs, _ = reference(image, phrases)
    # Which token belongs to which phrase, by the full stops between them.
    ids = inputs.input_ids[0].tolist()
    owner, number = [], 0
    for token in ids:
        owner.append(number if token not in (101, 102, 1012) else -1)
        number += token == 1012
    scores = outputs.logits[0].sigmoid().numpy()
    columns = np.stack([scores[:, np.flatnonzero(np.array(owner) == i)].max(axis=1) for i in range(len(phrases))], 1)
    best = columns.max(axis=1)
    expected = sorted((round(float(s), 4), phrases[i]) for s, i in zip(best, columns.argmax(1)) if s > RAW_SCORE)
    found = model.detect(image, ". ".join(phrases))
    assert sorted((round(float(s), 4), label) for s, label in zip(found.scores, found.labels)) == expected
    assert len(set(found.labels)) > 1


def test_prompts_are_cut_between_phrases_at_the_token_cap(model):
    phrases = [f"red car {i}" for i in range(40)]
    dealt = model.prompts(phrases)
    assert [phrase for prompt in dealt for phrase in prompt] == phrases
    assert len(dealt) > 1
    for prompt in dealt:
        assert len(model._tokenizer(". ".join(prompt) + ".").input_ids) <= 64
    assert set(model.detect(drawn((40, 40), 5), ". ".join(phrases)).labels) <= set(phrases)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Type what to find"),
        (".", "Type what to find"),
        ("كلب", "knows English only"),
        ("🐶", "is no word"),
        ("x" * 79, "is too long for tiny-dino"),
        (". ".join(f"thing {i}" for i in range(200)), "too many at once"),
    ],
)
def test_texts_that_get_a_sentence(text, message, model):
    with pytest.raises(PromptError, match=message):
        model.detect(drawn((40, 40), 0), text)


def test_a_full_stop_inside_a_phrase_does_not_end_it(model):
    found = model.detect(drawn((40, 40), 0), "3.5 cat")
    assert set(found.labels) == {"3.5 cat"}


def test_two_visitors_at_once(model):
    images = [drawn((60, 91), seed) for seed in range(4)]
    texts = ["cat", "dog. hat", "red car", "tree"]
    alone = [model.detect(image, text) for image, text in zip(images, texts)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(model.detect, images, texts))
    for one, other in zip(alone, together):
        np.testing.assert_array_equal(one.xyxy, other.xyxy)
        assert one.labels == other.labels


def test_an_embedding_is_refused(model):
    embedding = Embedding("nano", "0", {"x": np.zeros((1, 1))}, (4, 4), (4, 4), 4)
    with pytest.raises(ModelUnavailable, match="has an encoder of its own"):
        model.detect(embedding, "cat")


@pytest.mark.parametrize(
    ("size_hw", "edges"),
    [((480, 640), (800, 1066)), ((640, 480), (1066, 800)), ((100, 1000), (133, 1333)), ((1, 9000), (1, 1333))],
)
def test_edges(size_hw, edges):
    assert fit_edges(size_hw, 800, 1333) == edges


def test_the_registry_loads_a_folder(folder):
    model = load_model(folder, Detector)
    assert isinstance(model, grounding_dino.GroundingDino)
    assert model.name == "tiny-dino"
    assert model.nbytes > 10_000
    with pytest.raises(ModelUnavailable, match="tiny-dino cannot segment"):
        load_model(folder)


def test_an_original_file_loads_with_the_words_beside_it(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    file = tmp_path / "groundingdino_own.pth"
    torch.save({"model": {f"module.{key}": weight for key, weight in original_weights().items()}}, file)
    with pytest.raises(ModelUnavailable, match="holds no tokenizer"):
        load_model(file, Detector)
    write_vocabulary(tmp_path)
    model = load_model(file, Detector)
    assert isinstance(model, grounding_dino.GroundingDino)
    model._size = {"shortest_edge": 64, "longest_edge": 128}
    assert set(model.detect(drawn((50, 70), 0), "cat. dog").labels) <= {"cat", "dog"}


@pytest.mark.parametrize("lost", ["model.level_embed", "model.text_projection.weight"])
def test_a_lost_weight_is_named(lost, folder, tmp_path):
    import shutil

    from safetensors.torch import load_file, save_file

    damaged = shutil.copytree(folder, tmp_path / "damaged")
    weights = load_file(damaged / "model.safetensors")
    del weights[lost]
    save_file(weights, damaged / "model.safetensors")
    with pytest.raises(ModelUnavailable, match=f"missing: {lost}"):
        grounding_dino.load(damaged, name="damaged", device="cpu")
