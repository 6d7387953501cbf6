"""Clicks in turn: the turns, the mask that is handed on, and that nothing is kept."""

from __future__ import annotations

import numpy as np
import pytest
from skimage import data

import sam
from sam.clicks import MOST_TURNS, clicks_inside, decode_in_turn, predict_in_turn, turns
from sam.types import Points, Prompt


@pytest.fixture(scope="module")
def model() -> sam.Segmenter:
    return sam.load_model("nano")


@pytest.fixture(scope="module")
def embedding(model: sam.Segmenter) -> sam.Embedding:
    return model.embed(data.chelsea())


def clicks(count: int) -> Points:
    return Points([[40 + 5 * i, 60] for i in range(count)], [1] * count)


@pytest.mark.parametrize(
    ("prompt", "points", "box"),
    [
        (Prompt(clicks(1)), [1], False),
        (Prompt(clicks(3)), [1, 2, 3], False),
        (Prompt(None, np.array([10, 10, 90, 90])), [0], True),
        (Prompt(clicks(2), np.array([10, 10, 90, 90])), [0, 1, 2], True),
        (Prompt(clicks(20)), list(range(20 - MOST_TURNS + 1, 21)), False),
        (Prompt(clicks(3), None, np.zeros((256, 256))), [3], False),
    ],
    ids=["click", "clicks", "box", "box and clicks", "many clicks", "mask input"],
)
def test_turns(prompt: Prompt, points: list[int], box: bool) -> None:
    found = turns(prompt)
    assert [len(turn.points) if turn.points else 0 for turn in found] == points
    assert all((turn.box is not None) == box for turn in found)
    assert found[-1].points is prompt.points


def test_each_turn_sees_the_mask_of_the_one_before(model: sam.Segmenter, embedding: sam.Embedding) -> None:
    xy, labels = [[220, 120], [60, 60], [300, 200]], [1, 0, 1]
    logits = model.predict(embedding, points=xy[:1], labels=labels[:1]).logits[0]
    for count in (2, 3):
        logits = model.predict(embedding, points=xy[:count], labels=labels[:count], mask_input=logits).logits[0]
    found, scores = decode_in_turn(model, embedding, Prompt.of(points=xy, labels=labels))
    assert found.shape == (1, 256, 256)
    assert scores.shape == (1,)
    assert np.abs(found[0] - logits).max() < 1e-3


def test_one_click_is_what_predict_says(model: sam.Segmenter, embedding: sam.Embedding) -> None:
    expected = model.predict(embedding, points=[[220, 120]], labels=[1])
    found = predict_in_turn(model, embedding, Prompt.of(points=[[220, 120]], labels=[1]))
    assert (found.masks == expected.masks).all()
    assert (found.scores == expected.scores).all()


def test_the_same_prompt_gets_the_same_answer_whatever_came_between(
    model: sam.Segmenter, embedding: sam.Embedding
) -> None:
    prompt = Prompt.of(points=[[220, 120], [60, 60]], labels=[1, 0])
    first = decode_in_turn(model, embedding, prompt)[0]
    decode_in_turn(model, embedding, Prompt.of(boxes=[[10, 10, 90, 90]]))
    assert np.abs(decode_in_turn(model, embedding, prompt)[0] - first).max() < 1e-3


def test_an_impossible_prompt_is_refused_before_any_turn(model: sam.Segmenter, embedding: sam.Embedding) -> None:
    with pytest.raises(sam.PromptError, match="inside the image"):
        decode_in_turn(model, embedding, Prompt.of(points=[[220, 120], [9000, 60]], labels=[1, 0]))


def test_clicks_inside_are_deep_in_the_large_parts():
    mask = np.zeros((60, 80), bool)
    mask[5:25, 5:25] = mask[40:52, 40:52] = mask[2, 60] = True
    found = clicks_inside(mask)
    assert found == pytest.approx(np.array([[15, 15], [46, 46]]), abs=1.5)
    assert clicks_inside(np.zeros((4, 5), bool)).shape == (0, 2)
