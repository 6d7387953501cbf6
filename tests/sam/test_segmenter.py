from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from sam import Boxes, ImageError, ModelUnavailable, Prompt, PromptError, Segmenter

RED, GREEN = (40, 30), (90, 50)


def test_predict_gives_masks_best_first(colour_model, picture):
    masks = colour_model.predict(colour_model.embed(picture), points=[RED])
    assert masks.masks.shape == (3, *picture.shape[:2])
    assert masks.logits.shape == (3, 64, 64)
    assert masks.scores.tolist() == pytest.approx([1, 0.9, 0.8])
    assert masks.boxes.xyxy[1].tolist() == pytest.approx([20, 10, 60, 50], abs=2)


@pytest.mark.parametrize(
    ("arguments", "inside", "outside"),
    [
        ({"points": [RED]}, RED, GREEN),
        ({"points": [RED, GREEN]}, GREEN, (5, 5)),
        ({"points": [RED, GREEN], "labels": [1, 0]}, RED, GREEN),
        ({"boxes": [70, 30, 110, 70]}, GREEN, RED),
        ({"points": [RED], "boxes": [70, 30, 110, 70]}, GREEN, (5, 5)),
    ],
)
def test_points_and_a_box_are_one_prompt(arguments, inside, outside, colour_model, picture):
    best = colour_model.predict(colour_model.embed(picture), multimask_output=False, **arguments)
    assert len(best) == 1
    assert best.masks[0, inside[1], inside[0]]
    assert not best.masks[0, outside[1], outside[0]]


def test_predict_many_answers_each_prompt(colour_model, picture):
    embedding = colour_model.embed(picture)
    prompts = [Prompt.of(points=[RED]), Prompt.of(boxes=[70, 30, 110, 70]), Prompt.of(points=[[5, 5], RED])]
    together = colour_model.predict_many(embedding, prompts)
    assert [len(masks) for masks in together] == [3, 1, 1]
    for masks, prompt in zip(together, prompts):
        alone = colour_model.predict_many(embedding, [prompt])[0]
        np.testing.assert_array_equal(masks.masks, alone.masks)
    assert colour_model.predict_many(embedding, []) == []


@pytest.mark.parametrize(("least", "kept"), [(-np.inf, 3), (0.9, 1), (0.85, 2), (2, 0)])
def test_masks_above_a_score_come_with_all_scores(least, kept, colour_model, picture):
    embedding, prompts = colour_model.embed(picture), [Prompt.of(points=[RED])]
    (logits, scores), (all_logits, all_scores) = (
        colour_model.decode_above(embedding, prompts, least)[0],
        colour_model.decode(embedding, prompts)[0],
    )
    np.testing.assert_array_equal(scores, all_scores)
    np.testing.assert_array_equal(logits, all_logits[:kept])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "prompt is empty"),
        ({"points": [[500, 10]]}, r"inside the image \(120 x 80\), got \(500, 10\)"),
        ({"points": [[float("nan"), 1]]}, "finite"),
        ({"boxes": [200, 0, 300, 10]}, "touches the image"),
        ({"boxes": Boxes([[0, 0, 5, 5], [5, 5, 9, 9]])}, "expected one box"),
    ],
)
def test_bad_prompts_are_refused(arguments, message, colour_model, picture):
    with pytest.raises(PromptError, match=message):
        colour_model.predict(colour_model.embed(picture), **arguments)


@pytest.mark.parametrize(("name", "weights"), [("other", "w" * 64), ("colour", "v" * 64)])
def test_an_embedding_of_another_model_is_refused(name, weights, make_model, picture):
    embedding = make_model(name, weights).embed(picture)
    with pytest.raises(ModelUnavailable, match=r"Encode the image again with colour\."):
        make_model().predict(embedding, points=[RED])


def test_a_grey_image_is_refused(colour_model, picture):
    with pytest.raises(ImageError, match="Use read_image"):
        colour_model.embed(picture[..., 0])


def test_there_is_a_decoder_file_only_where_a_model_has_one(colour_model):
    assert colour_model.decoder_file is None
    assert colour_model.encoder_file is None


def test_sessions_that_interleave_get_what_they_get_alone(colour_model, picture):
    images = [np.roll(picture, shift, axis=1) for shift in range(8)]
    alone = [colour_model.predict(colour_model.embed(image), points=[RED]).masks for image in images]
    with ThreadPoolExecutor(8) as pool:
        embeddings = list(pool.map(colour_model.embed, images))
        together = list(pool.map(lambda embedding: colour_model.predict(embedding, points=[RED]).masks, embeddings))
    for one, other in zip(alone, together):
        np.testing.assert_array_equal(one, other)


def test_a_kind_of_model():
    with pytest.raises(TypeError, match="abstract"):
        Segmenter()  # type: ignore[abstract]
