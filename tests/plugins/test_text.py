"""Words to boxes to masks: the tool, the chain and the tab, on a tiny random Grounding DINO."""

from __future__ import annotations

import numpy as np
import pytest
from skimage import data

from plugins import load_plugins, text
from plugins.text import EXAMPLES, describe, draw_scores, preview, text_to_boxes
from sam import Boxes, Image, ModelUnavailable, PromptError
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


BOXES = Boxes([[0, 0, 9, 9], [5, 5, 9, 9]], np.array([0.8, 0.2]), ("cat", "dog"))  # type: ignore[arg-type]


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
    from sam import catalog

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


@pytest.mark.parametrize(
    ("words", "min_score", "parts"),
    [
        ("cat", 0.3, ["**cat**: 1"]),
        ("cat. dog. cow", 0.3, ["**cat**: 1", "**dog**: none (best guess 0.20)", "**cow**: nothing like it"]),
        ("dog", 0.5, ["Nothing was found from 0.50 up", "Lower the confidence"]),
    ],
)
def test_what_was_found_is_said(words, min_score, parts):
    shown = BOXES.above(min_score)
    shown = shown[np.array([label in words for label in shown.labels], bool)]
    said = describe(words, BOXES, shown, min_score)
    assert all(part in said for part in parts)


def test_the_histogram_counts_every_guess():
    drawn = draw_scores(BOXES, 0.5)
    assert "1 of 2 guesses" in drawn
    assert drawn.count('class="kept"') == drawn.count('class="below"') == 10
    assert draw_scores(Boxes.empty(), 0.5) == ""


def test_the_preview_is_small_and_its_boxes_fit():
    large = np.zeros((1000, 2000, 3), np.uint8)
    small, boxed = preview(large, Boxes([[1000, 500, 2000, 1000]], labels=("cat",)))  # type: ignore[arg-type]
    assert small.shape == (320, 640, 3)
    assert boxed == [((320, 160, 640, 320), "cat")]


@pytest.fixture
def tab(visitor):
    visitor.build(text.build_tab)
    visitor.words = next(b for b in visitor.blocks.blocks.values() if getattr(b, "elem_id", "") == "text-find")
    return visitor


def test_the_tab_finds_sifts_and_keeps(image, tab):
    slider, overlap, picks = tab.find("Confidence from"), tab.find("Overlap of two of a kind"), tab.find("Keep")
    given = {tab.image: image, tab.words: "cat. dog", slider: 0.1, overlap: 1.0}
    first = tab.fire("click", next(b for b in tab.blocks.blocks.values() if getattr(b, "value", 0) == "Find"), given)
    raw, history, shown = (value for value in first.values() if isinstance(value, (Boxes, list)))
    assert history == ["cat. dog", *EXAMPLES]
    assert len(shown) == len(raw) > 2
    assert [number for _, number in first[picks].choices] == list(range(len(shown)))

    # Sliding needs no model: the raw boxes come back as they went.
    (state,) = (one for one, value in first.items() if value is raw)
    limit = float(np.median(raw.scores))
    less = tab.fire("change", slider, {**given, slider: limit, state: raw})
    (fewer,) = (value for value in less.values() if isinstance(value, Boxes))
    np.testing.assert_array_equal(fewer.xyxy, raw.above(limit).xyxy)

    (kept,) = (one for one, value in first.items() if value is shown)
    button = tab.find("Add as objects")
    masks = tab.fire("click", button, {tab.image: image, kept: shown, picks: [2, 0]})[tab.objects]
    assert masks.boxes.labels == (shown.labels[0], shown.labels[2])
    with pytest.raises(PromptError, match="Nothing is ticked"):
        tab.fire("click", button, {tab.image: image, kept: shown, picks: []})


def test_a_new_photo_clears_what_was_found(tab):
    cleared = tab.fire("change", tab.image, {})
    assert [len(value) for value in cleared.values() if isinstance(value, Boxes)] == [0, 0]
    assert cleared[tab.find("Keep")].choices == []


def test_the_conformance_kit_finds_no_fault():
    from plugins._check import check_plugin

    assert [result for result in check_plugin("text") if result.ok is False] == []
