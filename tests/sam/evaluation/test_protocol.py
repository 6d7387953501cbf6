"""What a model is asked, by each protocol."""

from __future__ import annotations

import numpy as np
import pytest

from sam.evaluation.protocol import box_answer, click_answers, clicks_run

from .conftest import ScriptedSegmenter, square

TRUTH = square(10, 10, 30, 30)
THREE = [square(10, 10, 14, 30), square(10, 10, 20, 30), TRUTH]


@pytest.fixture
def model() -> ScriptedSegmenter:
    """Three masks, the best one last; or the first of them alone."""
    return ScriptedSegmenter(lambda prompt: THREE if prompt.wants_many else THREE[:1])


@pytest.fixture
def embedding(model):
    return model.embed(np.zeros((40, 40, 3), np.uint8))


def test_a_box_is_one_prompt_with_one_answer(model, embedding):
    assert (box_answer(model, embedding, np.array([10, 10, 30, 30], np.float32)) == THREE[0]).all()
    (prompt,) = model.prompts
    assert prompt.box.tolist() == [10, 10, 30, 30]
    assert prompt.points is None
    assert not prompt.wants_many


def test_one_click_has_three_answers_in_the_models_order(model, embedding):
    assert (click_answers(model, embedding, np.array([20.5, 20.5], np.float32)) == THREE).all()
    (prompt,) = model.prompts
    assert prompt.points.xy.tolist() == [[20.5, 20.5]]
    assert prompt.points.labels.tolist() == [1]


@pytest.mark.parametrize(("noc", "clicks", "expected"), [(False, 3, 3), (True, 3, 20), (True, 1, 20)])
def test_clicks_go_on_for_noc_only(model, embedding, noc, clicks, expected):
    found = clicks_run(model, embedding, TRUTH, clicks, noc=noc)
    assert len(found.ious) == expected
    assert found.ious[0] == 0.2


def test_noc_stops_at_the_highest_threshold_but_n_clicks_are_given(embedding):
    near = ScriptedSegmenter(lambda prompt: [square(10, 10, 30, 28)])
    assert len(clicks_run(near, embedding_of(near), TRUTH, 1, noc=True).ious) == 1
    assert len(clicks_run(near, embedding_of(near), TRUTH, 5, noc=True).ious) == 5


def embedding_of(model: ScriptedSegmenter):
    return model.embed(np.zeros((40, 40, 3), np.uint8))


def test_the_oracle_asks_for_three_each_time(model, embedding):
    assert clicks_run(model, embedding, TRUTH, 5, oracle=True).ious == [1.0]
    assert all(prompt.wants_many for prompt in model.prompts)
