"""From words to boxes to masks, whichever models do it."""

from __future__ import annotations

import numpy as np
import pytest
from skimage import data

from plugins.click import boxes_to_masks
from plugins.text import search as module
from plugins.text.options import FindOptions
from plugins.text.search import detect, find_and_outline, lent_together, outline, search
from sam import Boxes, Cancelled, Detector, PromptError, load_model
from sam.detection.detections import Detections
from sam.detection.detector import Outliner


@pytest.fixture(scope="module")
def image():
    return data.chelsea()


def test_raw_boxes_are_of_what_is_wanted_and_what_is_not(image):
    raw = detect(image, "cat. window", "dog", "nano-names")
    assert set(raw.labels) <= {"cat", "window", "dog"}


@pytest.mark.parametrize(
    ("text", "exclude", "message"),
    [("", "", "Type what to find"), ("cat", "the cat", "both wanted and excluded"), ("cat", "🐶", "no word")],
)
def test_what_is_refused(text, exclude, message, image):
    with pytest.raises(PromptError, match=message):
        detect(image, text, exclude)


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_shares(value):
    assert FindOptions(overlap=0.5).overlap == 0.5
    with pytest.raises(PromptError, match="overlap: expected 0 to 1"):
        FindOptions(overlap=value)
    with pytest.raises(PromptError, match="min_score: expected 0 to 1"):
        FindOptions(min_score=value)


BOXES = Boxes([[20, 10, 300, 280], [100, 50, 200, 150]], np.array([0.9, 0.8]), ("cat", "sky"))


def test_a_detector_on_the_segmenters_encoder_draws_the_outlines_itself(image):
    detector = load_model("nano-names", Detector)
    assert isinstance(detector, Outliner)
    masks = outline(image, BOXES, "nano-names", "nano")
    np.testing.assert_array_equal(masks.masks, detector.outline(image, BOXES).masks)
    assert masks.boxes.labels == ("cat", "sky")
    assert masks.masks[0].any()


def test_masks_that_came_with_the_boxes_are_taken(image):
    logits = np.full((2, 30, 45), -4.0, np.float32)
    logits[0, 10:20, 5:40] = 4
    logits[1, :5] = 4
    found = Detections(BOXES.xyxy, BOXES.scores, BOXES.labels, logits, image.shape[:2])
    masks = outline(image, found, "no-such-model", "no-such-segmenter")
    np.testing.assert_array_equal(masks.masks, found.masks().masks)
    assert masks.masks[0, 150, 200]
    assert not masks.masks[0, 20, 200]
    assert masks.boxes.labels == ("cat", "sky")


def test_without_boxes_no_model_is_asked(image):
    assert len(outline(image, Boxes.empty(), "no-such-model", "nano")) == 0


def test_a_detector_that_is_stopped_stops():
    class Slow:
        name = "slow"

        def detect(self, image, text, *, progress=None):
            progress(0.5)
            return Boxes.empty()

    def stop(share):
        raise Cancelled("Stopped.")

    assert isinstance(Slow(), Detector)
    with pytest.raises(Cancelled):
        Slow().detect(None, "cat", progress=stop)


SIFTING = {"min_score": 0.1, "overlap": 0.5, "exclude": ()}


def test_the_surest_are_outlined_at_once(image, monkeypatch):
    monkeypatch.setattr(module, "detect", lambda *args: BOXES)
    raw, masks = search(image, "cat. sky", "", SIFTING, ("nano-names", "nano"), 1, lambda share: None)
    assert raw is BOXES
    np.testing.assert_array_equal(masks.masks, outline(image, BOXES[:1], "nano-names", "nano").masks)


def test_two_lent_models_are_asked_in_one_lease(image, monkeypatch):
    """The seconds are a GPU's: what comes of it is what comes of one after the other."""
    asked: list[str] = []

    class Asked:
        name = "lent"

        def detect(self, image, text, *, progress=None):
            asked.append(text)
            return BOXES

    both = Asked(), load_model("nano")
    monkeypatch.setattr(module, "lent_together", lambda image, *models: both)
    raw, masks = search(image, "cat. sky", "dog", SIFTING, ("a", "b"), 5, lambda share: None)
    assert asked == ["cat. sky. dog"]
    assert raw is BOXES
    expected = boxes_to_masks(image, BOXES, model="nano")
    np.testing.assert_array_equal(masks.masks, expected.masks)
    found = find_and_outline(*both, image, "cat. sky", SIFTING)
    np.testing.assert_array_equal(found.masks, expected.masks)


@pytest.mark.parametrize(
    ("lent", "embedded", "together"), [(True, False, True), (True, True, False), (False, 0, False)]
)
def test_a_photo_that_was_read_needs_no_lease_for_its_outlines(image, monkeypatch, lent, embedded, together):
    monkeypatch.setattr(module, "is_lent", lambda model: bool(lent))
    monkeypatch.setattr(module, "is_embedded", lambda model, key: bool(embedded))
    assert (lent_together(image, "nano-names", "nano") is not None) is together
