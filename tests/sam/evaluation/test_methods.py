"""Each method on the same cases: a real model, a known one, and the classics."""

from __future__ import annotations

import numpy as np
import pytest

import sam
from sam.evaluation.measures import figure
from sam.evaluation.methods import ModelMethod, classic_methods

from .conftest import ScriptedSegmenter, make_case, square

CLICKED = {"click_single", "click_top", "click_oracle", "click_top_boundary"}
BOXED = {"box", "box_jitter", "box_boundary"}


@pytest.mark.parametrize(
    ("clicks", "noc", "expected"),
    [
        (1, False, set()),
        (3, False, {"clicks_2", "clicks_2_oracle", "clicks_3", "clicks_3_oracle"}),
        (2, True, {"clicks_2", "clicks_2_oracle", "noc_85", "noc_90", "failed_85", "failed_90"}),
    ],
)
def test_the_figures_of_the_embedded_model(clicks, noc, expected):
    figures = ModelMethod(sam.load_model("nano"), clicks=clicks, noc=noc).measure(
        make_case(square(20, 20, 90, 80, 120))
    )
    assert set(figures.figures) == CLICKED | BOXED | expected
    assert figures.figures["box"] > 0.8
    assert figures.figures["click_oracle"] >= figures.figures["click_top"]
    for key, value in figures.figures.items():
        low, high = (1, 20) if figure(key).unit == "clicks" else (0, 1)
        assert low <= value <= high
    assert set(figures.shown) == {"box", "click"}


def test_a_known_model_gets_the_figures_by_hand():
    truth, half = square(10, 10, 30, 30), square(10, 10, 30, 20)

    def answer(prompt):
        if prompt.box is not None:
            return [truth]
        return [half, truth, half] if prompt.wants_many else [half]

    found = ModelMethod(ScriptedSegmenter(answer), clicks=3).measure(make_case(truth)).figures
    assert found["box"] == found["box_boundary"] == found["click_oracle"] == found["clicks_3_oracle"] == 1
    assert found["click_single"] == found["click_top"] == found["clicks_2"] == found["clicks_3"] == 0.5
    assert (found["noc_85"], found["noc_90"], found["failed_85"], found["failed_90"]) == (20, 20, 1, 1)


def test_an_image_is_encoded_once():
    model = ScriptedSegmenter(lambda prompt: [square(0, 0, 9, 9)] * (3 if prompt.wants_many else 1))
    method = ModelMethod(model, noc=False)
    first = make_case(square(10, 10, 30, 30))
    second = make_case(square(5, 5, 9, 9), first.image)
    for case in (first, second):
        method.measure(case)
    assert model.encoded == 1
    method.measure(make_case(square(5, 5, 9, 9)))
    assert model.encoded == 2


EXPECTED = {
    "filled box": BOXED,
    "GrabCut": {"box", "box_boundary"},
    "disks": {"click_single", "click_oracle"},
    "Felzenszwalb region": {"click_single", "click_oracle"},
    "random walker": {"box", "box_boundary", "click_single"},
}


@pytest.mark.parametrize("method", classic_methods(), ids=lambda method: method.name)
@pytest.mark.parametrize(
    "mask",
    [square(20, 20, 60, 60, 90), square(44, 44, 45, 45, 90), np.ones((90, 90), bool)],
    ids=["object", "one pixel", "all of the image"],
)
def test_the_classics_on_any_object(method, mask):
    answer = method.measure(make_case(mask))
    assert set(answer.figures) == EXPECTED[method.name]
    assert all(0 <= value <= 1 for value in answer.figures.values())
    for shown in answer.shown.values():
        assert shown.shape == mask.shape
        assert shown.dtype == bool
    if method.name == "filled box":
        assert answer.figures["box"] == 1, "all of these are boxes"


def test_flat_objects_are_easy_for_what_looks_at_colour():
    case = make_case(square(20, 20, 60, 60, 90) & ~square(20, 20, 40, 40, 90))
    found = {method.name: method.measure(case).figures for method in classic_methods()}
    assert found["filled box"]["box"] == 0.75
    assert found["GrabCut"]["box"] > 0.95
    assert found["Felzenszwalb region"]["click_oracle"] > 0.85
