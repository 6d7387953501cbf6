from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError
from typing import get_args

import numpy as np
import pytest

from sam import Boxes, Cutout, Embedding, Image, Masks, Points, Prompt, PromptError, SamError
from tests.present import present

NAN = float("nan")


def raises(message: str):
    return pytest.raises(PromptError, match=message)


# Points


@pytest.mark.parametrize(
    ("xy", "labels", "shape", "kept"),
    [
        ([[1, 2]], None, (1, 2), [1]),
        ([1, 2], None, (1, 2), [1]),
        ([[1, 2], [3, 4]], [1, 0], (2, 2), [1, 0]),
        (np.ones((3, 2), np.float64), np.array([True, False, True]), (3, 2), [1, 0, 1]),
        ([], None, (0, 2), []),
        ([], [], (0, 2), []),
    ],
)
def test_points(xy, labels, shape, kept):
    points = Points(xy, labels)
    assert points.xy.shape == shape
    assert points.xy.dtype == np.float32
    assert points.labels.dtype == np.int64
    assert points.labels.tolist() == kept
    assert len(points) == len(kept)


@pytest.mark.parametrize(
    ("xy", "labels", "message"),
    [
        ([[1, 2, 3]], None, r"points: expected a list of \[x, y\] pairs, got shape \(1, 3\)"),
        ([[1, NAN]], None, "points: expected finite numbers"),
        ([[1, float("inf")]], None, "points: expected finite numbers"),
        ([["a", "b"]], None, "points: expected a list"),
        ([[1, 2], [3]], None, "points: expected a list"),
        (None, None, "points: expected"),
        ([[1, 2]], [1, 0], "labels: expected one for each of the 1 points, got 2"),
        ([[1, 2]], [], "labels: expected one for each of the 1 points, got 0"),
        ([[1, 2]], [2], r"labels: expected 1 \(foreground\) or 0 \(background\), got \[2\]"),
        ([[1, 2]], [-1], "labels: expected 1"),
        ([[1, 2]], [0.5], "labels: expected 1"),
        ([[1, 2]], [NAN], "labels: expected 1"),
        ([[1, 2]], ["yes"], "labels: expected 1"),
    ],
)
def test_points_refused(xy, labels, message):
    with raises(message):
        Points(xy, labels)


# Boxes


def test_boxes():
    boxes = Boxes([[0, 1, 2, 3], [4, 4, 4, 4]], [0.9, 0.2], ("cat", "dog"))
    assert boxes.xyxy.dtype == np.float32
    assert boxes.scores.dtype == np.float32
    assert len(boxes) == 2
    assert Boxes([0, 1, 2, 3]).scores.tolist() == [1]
    assert Boxes([0, 1, 2, 3]).labels == ("",)
    assert len(Boxes.empty()) == 0
    assert boxes.above(0.2).labels == ("cat", "dog")
    assert boxes.above(0.21).labels == ("cat",)
    assert len(boxes.above(1)) == 0


@pytest.mark.parametrize(
    ("index", "labels"),
    [
        (1, ("b",)),
        (-1, ("c",)),
        (slice(0, 2), ("a", "b")),
        ([2, 0], ("c", "a")),
        (np.array([True, False, True]), ("a", "c")),
        (slice(0, 0), ()),
    ],
)
def test_boxes_by_row(index, labels):
    boxes = Boxes([[0, 0, i, i] for i in (1, 2, 3)], [0.1, 0.2, 0.3], ("a", "b", "c"))[index]
    assert boxes.labels == labels
    assert boxes.xyxy[:, 2].tolist() == ["abc".index(label) + 1 for label in labels]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[2, 0, 1, 1]],), "the other way round"),
        (([[0, 2, 1, 1]],), "the other way round"),
        (([[0, 0, 1]],), r"boxes: expected a list of \[x0, y0, x1, y1\], got shape"),
        (([[0, 0, NAN, 1]],), "finite"),
        (([[0, 0, 1, 1]], [1, 1]), "expected 1 scores and labels, got 2 scores"),
        (([[0, 0, 1, 1]], [1], ("a", "b")), "2 labels"),
    ],
)
def test_boxes_refused(arguments, message):
    with raises(message):
        Boxes(*arguments)


# Masks


def some_masks() -> Masks:
    masks = np.zeros((3, 4, 6), bool)
    masks[0, 1:3, 2:5] = True
    masks[1, 0, 0] = True
    return Masks(masks, [0.9, 0.5, 0.1], np.arange(12).reshape(3, 2, 2))


def test_masks():
    masks = some_masks()
    assert masks.size_hw == (4, 6)
    assert masks.logits.dtype == np.float32
    assert masks.boxes.xyxy.tolist() == [[2, 1, 5, 3], [0, 0, 1, 1], [0, 0, 0, 0]]
    assert masks.boxes.scores.tolist() == masks.scores.tolist()
    assert [mask.sum() for mask in masks] == [6, 1, 0]
    assert masks.union().sum() == 7
    best = masks.best()
    assert len(best) == 1
    assert best.logits.tolist() == [[[0, 1], [2, 3]]]


def test_one_mask_and_none():
    assert Masks(np.ones((4, 6), np.uint8)).masks.shape == (1, 4, 6)
    assert Masks(np.ones((4, 6), bool)).logits.shape == (1, 0, 0)
    empty = Masks.empty((4, 6))
    assert len(empty) == len(empty.best()) == 0
    assert empty.union().shape == (4, 6)
    assert not empty.union().any()


@pytest.mark.parametrize(
    ("index", "scores"), [(1, [0.5]), ([2, 0], [0.1, 0.9]), (slice(1, None), [0.5, 0.1]), ([], [])]
)
def test_masks_by_row(index, scores):
    rows = some_masks()[np.array(index, int) if isinstance(index, list) else index]
    np.testing.assert_allclose(rows.scores, scores)
    assert len(rows.logits) == len(rows.boxes) == len(scores)


def test_concatenate():
    both = Masks.concatenate([some_masks(), some_masks()[:1]])
    assert both.scores.tolist() == pytest.approx([0.9, 0.5, 0.1, 0.9])
    assert both.logits.shape == (4, 2, 2)
    assert Masks.concatenate([some_masks(), Masks(np.ones((4, 6), bool))]).logits.shape == (4, 0, 0)
    with raises("one image size"):
        Masks.concatenate([some_masks(), Masks(np.ones((5, 6), bool))])
    with raises("at least one"):
        Masks.concatenate([])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.zeros(3),), r"expected \(N, H, W\), got shape \(3,\)"),
        ((np.zeros((1, 1, 1, 1)),), "got shape"),
        ((np.zeros((2, 3, 3)), [1]), "expected 2 scores and logits, got 1 scores"),
        ((np.zeros((2, 3, 3)), [1, 1], np.zeros((1, 4, 4))), "expected 2 scores and logits"),
        ((np.zeros((2, 3, 3)), None, None, Boxes.empty()), "expected 2 boxes, got 0"),
    ],
)
def test_masks_refused(arguments, message):
    with raises(message):
        Masks(*arguments)


# Prompt


@pytest.mark.parametrize(
    ("arguments", "many"),
    [
        ({"points": [[1, 2]]}, True),
        ({"points": [1, 2]}, True),
        ({"points": [[1, 2]], "labels": [0]}, True),
        ({"points": Points([[1, 2]], [0])}, True),
        ({"points": [[1, 2], [3, 4]]}, False),
        ({"boxes": [[1, 2, 3, 4]]}, False),
        ({"boxes": [1, 2, 3, 4]}, False),
        ({"boxes": Boxes([[1, 2, 3, 4]])}, False),
        ({"points": [[1, 2]], "boxes": [1, 2, 3, 4]}, False),
        ({"mask_input": np.zeros((4, 4))}, False),
        ({"mask_input": np.zeros((1, 4, 4))}, False),
        ({"points": [[1, 2]], "mask_input": np.zeros((4, 4))}, False),
        ({"points": [[1, 2]], "multimask_output": False}, False),
        ({"boxes": [1, 2, 3, 4], "multimask_output": True}, True),
        ({"points": [], "boxes": [1, 2, 3, 4]}, False),
    ],
)
def test_prompt(arguments, many):
    assert Prompt.of(**arguments).wants_many is many


def test_prompt_keeps_what_it_is_given():
    prompt = Prompt.of(points=[[1, 2], [3, 4]], labels=[1, 0], boxes=[[1, 2, 3, 4]], mask_input=np.ones((2, 3)))
    assert present(prompt.points).labels.tolist() == [1, 0]
    assert present(prompt.box).tolist() == [1, 2, 3, 4]
    assert present(prompt.mask_input).shape == (2, 3)
    assert present(Prompt(points=np.array([[1, 2]])).points).labels.tolist() == [1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "prompt is empty: click on the image"),
        ({"points": []}, "prompt is empty"),
        ({"boxes": []}, "prompt is empty"),
        ({"boxes": Boxes.empty()}, "prompt is empty"),
        ({"labels": [1]}, "expected points to go with them"),
        ({"points": [[NAN, 1]]}, "finite"),
        ({"points": np.array([[NAN, 1]])}, "finite"),
        ({"points": (("a", "b"),)}, "points: expected"),
        ({"points": [[1, 2]], "labels": [3]}, "labels: expected 1"),
        ({"boxes": [[1, 2, 3, 4], [5, 6, 7, 8]]}, "expected one box, .* got 2. Use predict_many"),
        ({"boxes": [3, 4, 1, 2]}, "the other way round"),
        ({"boxes": [3, 4, 3, 9]}, "a box with an area"),
        ({"boxes": [0, 0, NAN, 9]}, "finite"),
        ({"mask_input": np.full((4, 4), NAN)}, "finite .h, w. logits"),
        ({"mask_input": np.zeros((2, 4, 4))}, r"got shape \(2, 4, 4\)"),
        ({"mask_input": np.zeros((0, 4))}, "got shape"),
        ({"mask_input": [[1], [2, 3]]}, "mask_input: expected"),
    ],
)
def test_prompt_refused(arguments, message):
    with raises(message):
        Prompt.of(**arguments)


@pytest.mark.parametrize(
    ("arguments", "inside"),
    [
        ({"points": [[0, 0]]}, True),
        ({"points": [[200, 100]]}, True),
        ({"points": [[200.5, 50]]}, False),
        ({"points": [[100, 100.5]]}, False),
        ({"points": [[5, 5], [-1, 5]]}, False),
        ({"boxes": [-50, -50, 10, 10]}, True),
        ({"boxes": [190, 90, 400, 400]}, True),
        ({"boxes": [200, 0, 210, 10]}, False),
        ({"boxes": [-20, -20, 0, 0]}, False),
        ({"mask_input": np.zeros((2, 2))}, True),
    ],
)
def test_prompt_check_inside(arguments, inside):
    prompt = Prompt.of(**arguments)
    if inside:
        prompt.check_inside((100, 200))
    else:
        with raises(r"image \(200 x 100\), got"):
            prompt.check_inside((100, 200))


# Embedding


def some_embedding() -> Embedding:
    arrays = {"a": np.arange(6, dtype=np.float16).reshape(1, 2, 3), "b": np.ones((1, 1), np.float32)}
    return Embedding("model", "f" * 64, arrays, (30, 40), (384, 512), 512)


@pytest.mark.parametrize(
    "copy",
    [lambda e: Embedding.from_bytes(e.to_bytes()), lambda e: pickle.loads(pickle.dumps(e))],  # noqa: S301
)
def test_embedding_travels(copy):
    embedding = some_embedding()
    other = copy(embedding)
    for name in ("model", "weights", "size_hw", "input_hw", "input_size", "nbytes"):
        assert getattr(other, name) == getattr(embedding, name)
    assert other.arrays.keys() == embedding.arrays.keys()
    for name, array in embedding.arrays.items():
        assert other.arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(other.arrays[name], array)


def test_embedding_knows_its_size():
    assert some_embedding().nbytes == 6 * 2 + 4


def damaged(data: bytes) -> list[bytes]:
    return [
        b"",
        b"junk",
        data[:-30],
        data[: len(data) // 2],
        data.replace("size_hw".encode("utf-32-le"), "size_xy".encode("utf-32-le")),
        pickle.dumps([1]),
    ]


@pytest.mark.parametrize("number", range(6))
def test_damaged_embeddings_are_refused(number):
    with pytest.raises(SamError, match="Encode the image again"):
        Embedding.from_bytes(damaged(some_embedding().to_bytes())[number])


# All of them


@pytest.mark.parametrize(
    ("value", "field"),
    [
        (Points([[1, 2]]), "xy"),
        (Boxes([[1, 2, 3, 4]]), "xyxy"),
        (some_masks(), "masks"),
        (some_masks(), "logits"),
        (Prompt.of(boxes=[1, 2, 3, 4]), "box"),
        (Prompt.of(mask_input=np.ones((2, 2))), "mask_input"),
    ],
)
def test_values_are_frozen_and_compared_by_identity(value, field):
    with pytest.raises(FrozenInstanceError):
        setattr(value, field, None)
    with pytest.raises(ValueError, match="read-only"):
        getattr(value, field)[...] = 0
    assert value in [value]
    assert value != type(value)(**{name: getattr(value, name) for name in value.__dataclass_fields__})
    assert len({value, value}) == 1


def test_a_chain_can_tell_images_from_cutouts():
    assert Image != Cutout
    assert {get_args(kind)[1].name for kind in (Image, Cutout)} == {"image", "cutout"}
