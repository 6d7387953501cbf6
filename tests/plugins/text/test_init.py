"""Words to boxes to masks: the tools and the chain, on a tiny random Grounding DINO and on nano-names."""

from __future__ import annotations

import numpy as np
import pytest
from skimage import data

from plugins import load_plugins
from plugins.text import text_to_boxes, text_to_masks
from sam import Image, ModelUnavailable, PromptError
from tests.sam.backends.dinos import write_tiny_dino


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    write_tiny_dino(folder / "grounding-dino-tiny")
    return folder


@pytest.fixture(autouse=True)
def _ready(models, monkeypatch):
    monkeypatch.setenv("SAM_STUDIO_MODELS_DIR", str(models))


@pytest.fixture(scope="module")
def image():
    return data.chelsea()[::2, ::2].copy()


def test_labels_are_what_was_typed_and_scores_reach_the_threshold(image):
    every = text_to_boxes(image, "Cat. red car", min_score=0.0, overlap=1.0)
    assert set(every.labels) == {"Cat", "red car"}
    middle = float(np.median(every.scores))
    some = text_to_boxes(image, "Cat. red car", min_score=middle, overlap=1.0)
    assert 0 < len(some) < len(every)
    np.testing.assert_array_equal(some.xyxy, every.above(middle).xyxy)


def test_excluded_things_are_left_out(image):
    found = text_to_boxes(image, "cat. dog", min_score=0.0, exclude="tree, house")
    assert set(found.labels) <= {"cat", "dog"}
    assert len(found) <= len(text_to_boxes(image, "cat. dog", min_score=0.0))


@pytest.mark.parametrize(
    ("words", "options", "message"),
    [
        ("", {}, "Type what to find"),
        ("cat", {"exclude": "Cat"}, "both wanted and excluded"),
        ("cat", {"min_score": 2.0}, "min_score: expected 0 to 1"),
        ("cat", {"overlap": -1.0}, "overlap: expected 0 to 1"),
    ],
)
def test_what_is_refused(words, options, message, image):
    with pytest.raises(PromptError, match=message):
        text_to_boxes(image, words, **options)


def test_no_model_is_ready(image, tmp_path, monkeypatch):
    from sam.models import catalog

    monkeypatch.setattr(catalog, "specs", lambda: tuple(s for s in catalog._modules()[0].SPECS))
    with pytest.raises(ModelUnavailable, match="No model here finds things by name"):
        text_to_boxes(image, "cat")


def test_boxes_become_masks_with_the_same_names(image):
    chain = load_plugins(names=["text", "click"], strict=True).chain(
        ("text_to_boxes", {"min_score": 0.1}), "boxes_to_masks"
    )
    assert chain.inputs == {"image": Image, "text": str}
    values = chain(image=image, text="cat. dog")
    assert len(values["masks"]) == len(values["boxes"]) > 0
    assert values["masks"].boxes.labels == values["boxes"].labels


def test_masks_in_one_step(image):
    masks = text_to_masks(image, "cat. window", model="nano-names", min_score=0.05)
    boxes = text_to_boxes(image, "cat. window", model="nano-names", min_score=0.05)
    assert masks.size_hw == image.shape[:2]
    assert masks.boxes.labels == boxes.labels
    np.testing.assert_array_equal(masks.scores, boxes.scores)
    assert len(text_to_masks(image, "cat", model="grounding-dino-tiny", min_score=1.0)) == 0


def test_downloaded_words_come_first_and_the_embedded_ones_without(image, tmp_path, monkeypatch):
    assert set(text_to_boxes(image, "zeppelin", min_score=0.0).labels) == {"zeppelin"}
    monkeypatch.setenv("SAM_STUDIO_MODELS_DIR", str(tmp_path))
    with pytest.raises(PromptError, match=r"nano-names knows .*'zeppelin' is not among them"):
        text_to_boxes(image, "zeppelin")
