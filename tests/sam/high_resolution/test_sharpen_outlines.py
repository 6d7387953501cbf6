"""Outlines read again: better on small objects whose masks are known, and nothing lost, cut or made up."""

from __future__ import annotations

import numpy as np
import pytest

import sam
from sam import Boxes, Cancelled, Masks, Prompt, PromptError
from sam.evaluation.benchmarks.closeups import closer, drawn_scenes, measure
from sam.high_resolution.sharpen_outlines import Refined, explain, gain, refine


@pytest.fixture(scope="module")
def nano():
    return sam.load_model("nano")


@pytest.fixture(scope="module")
def scene():
    return next(drawn_scenes(1, seed=3, size_hw=(1100, 1500), objects=5))


@pytest.fixture(scope="module")
def coarse(nano, scene) -> Masks:
    """What nano says of each object in the whole picture, with names."""
    boxes = [Masks(scene.mask(row)).boxes.xyxy[0] for row in range(len(scene.objects))]
    found = nano.predict_many(nano.embed(scene.image), [Prompt(box=box) for box in boxes])
    masks = Masks.concatenate([one.best() for one in found])
    names = tuple(f"object {row}" for row in range(len(masks)))
    return Masks(masks.masks, masks.scores, masks.logits, Boxes(masks.boxes.xyxy, masks.scores, names))


@pytest.fixture(scope="module")
def refined(nano, scene, coarse) -> Refined:
    return refine(nano, scene.image, coarse)


def test_small_objects_get_better_outlines(nano, scene):
    objects, table = measure(nano, iter([scene]), {"closer": closer})
    before, after = table["whole photo"], table["closer"]
    assert objects == 5
    assert after.iou > before.iou + 0.01
    assert after.boundary > before.boundary + 0.1
    assert after.worse == 0


def test_order_names_and_number_stay_and_nothing_given_changes(scene, coarse, refined):
    assert refined.outcomes == ("sharper",) * 5
    assert refined.changed == 5
    assert refined.masks.boxes.labels == coarse.boxes.labels
    assert refined.masks.size_hw == scene.image.shape[:2]
    for old, new in zip(coarse, refined.masks):
        assert (old & new).sum() > 0.6 * (old | new).sum()
        assert (old != new).any()
    assert np.allclose(refined.masks.boxes.xyxy, Masks(refined.masks.masks).boxes.xyxy)


def test_one_at_a_time_is_the_same(nano, scene, coarse, refined):
    # Windows shared by several objects are larger than one alone needs, so that masks agree but need not be equal.
    alone = refine(nano, scene.image, coarse[1]).masks.masks[0]
    together = refined.masks.masks[1]
    assert (alone & together).sum() > 0.9 * (alone | together).sum()


def test_in_several_leases_it_is_the_same(nano, scene, coarse, refined, monkeypatch):
    one_each = lambda kind, model, things, units: ([one] for one in things)  # noqa: E731
    monkeypatch.setattr("sam.high_resolution.sharpen_outlines.in_leases", one_each)
    told: list[float] = []
    parts = refine(nano, scene.image, coarse, progress=told.append)
    assert np.array_equal(parts.masks.masks, refined.masks.masks)
    assert np.array_equal(parts.masks.scores, refined.masks.scores)
    assert (parts.outcomes, parts.masks.boxes.labels) == (refined.outcomes, refined.masks.boxes.labels)
    assert told == sorted(told)
    assert told[-1] == 1


def test_a_photo_that_is_seen_whole_is_left_alone(nano, scene):
    image = np.ascontiguousarray(scene.image[:300, :500])
    mask = np.zeros((300, 500), bool)
    mask[50:90, 60:120] = True
    given = Masks(mask)
    found = refine(nano, image, given)
    assert found.masks is given
    assert found.outcomes == ("seen whole",)
    assert explain("seen whole", nano, (300, 500)) == "This photo is not larger than what nano sees (512 pixels)."
    assert refine(nano, image, Masks.empty((300, 500))).outcomes == ()


def test_what_fills_the_photo_and_what_is_empty_is_left_alone(nano, scene):
    size = scene.image.shape[:2]
    given = Masks(np.stack([np.ones(size, bool), np.zeros(size, bool)]))
    found = refine(nano, scene.image, given)
    assert found.outcomes == ("seen whole", "empty")
    assert np.array_equal(found.masks.masks, given.masks)
    assert "fills so much of the photo" in explain("seen whole", nano, size)
    assert [explain(one, nano, size) for one in ("sharper", "empty")] == ["", "There is nothing in this mask."]


def test_an_answer_that_is_another_object_is_not_taken(colour_model):
    image = np.zeros((800, 800, 3), np.uint8)
    image[300:330, 300:330] = 255
    # What the mask covers is background: the model answers with all of that.
    mask = np.zeros((800, 800), bool)
    mask[290:340, 270:300] = True
    found = refine(colour_model, image, Masks(mask))
    assert found.outcomes == ("lost",)
    assert np.array_equal(found.masks.masks[0], mask)
    assert "another one" in explain("lost", colour_model, (800, 800))


def test_what_reaches_out_of_the_window_is_left_out(colour_model):
    # A stripe of the object's colour runs through the window beside it.
    image = np.zeros((800, 800, 3), np.uint8)
    image[300:340, 300:340] = image[:, 346:350] = 255
    mask = np.zeros((800, 800), bool)
    mask[302:338, 302:338] = True
    found = refine(colour_model, image, Masks(mask))
    assert found.outcomes == ("sharper",)
    x0, y0, x1, y1 = found.masks.boxes.xyxy[0]
    assert (x0, y0, x1, y1) == pytest.approx((300, 300, 340, 340), abs=2)


def test_an_object_that_the_photo_cuts_off_keeps_touching_its_edge(colour_model):
    image = np.zeros((800, 800, 3), np.uint8)
    image[0:40, 760:800] = 255
    mask = np.zeros((800, 800), bool)
    mask[0:36, 764:800] = True
    found = refine(colour_model, image, Masks(mask))
    assert found.masks.boxes.xyxy[0] == pytest.approx((760, 0, 800, 40), abs=2)


def test_it_is_told_how_far_it_is_and_stops_when_told_to(nano, scene, coarse):
    told: list[float] = []
    before = coarse.masks.copy()

    def tell(share: float) -> None:
        told.append(share)
        if share > 0:
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        refine(nano, scene.image, coarse[:2], progress=tell)
    assert told == [0.0, 0.5]
    assert np.array_equal(coarse.masks, before)


@pytest.mark.parametrize(
    ("options", "words"),
    [({"margin": 0}, "margin: expected 0.1 to 2"), ({"least_agreement": 2}, "least_agreement: expected 0 to 1")],
)
def test_numbers_out_of_range(nano, scene, coarse, options, words):
    with pytest.raises(PromptError, match=words):
        refine(nano, scene.image, coarse, **options)
    with pytest.raises(PromptError, match="expected the size of the image"):
        refine(nano, scene.image, Masks(np.ones((4, 4), bool)))


@pytest.mark.parametrize(
    ("size", "side", "expected"),
    [((512, 400), 100, 1), ((1024, 700), 512, 2), ((4096, 10), 1024, 4), ((4096, 10), 9, 8)],
)
def test_gain(nano, size, side, expected):
    assert gain(nano, size, side) == expected
