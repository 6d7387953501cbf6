"""Points and boxes to masks, with the model that is part of the package."""

from __future__ import annotations

import numpy as np
import pytest
import skimage.data

import plugins.click as click
import sam
from plugins import load_plugins
from plugins.click import boxes_to_masks, points_to_masks, read_numbers, segment_typed
from sam import Boxes, Image, Masks, ModelUnavailable, Points, PromptError
from sam.clicks import predict_in_turn
from sam.high_resolution.tiles import Tiled


@pytest.fixture(scope="module")
def image():
    """A red disk on grey, 80 x 120."""
    y, x = np.mgrid[:80, :120]
    picture = np.full((80, 120, 3), 120, np.uint8)
    picture[(x - 40) ** 2 + (y - 40) ** 2 < 400] = (200, 30, 30)
    return picture


@pytest.fixture(scope="module")
def predict(image):
    """The engine, asked directly."""
    model = sam.load_model("nano")
    embedding = model.embed(image)
    return lambda **prompt: predict_in_turn(model, embedding, sam.Prompt.of(**prompt))


def test_one_point_gives_three_masks_best_first(image, predict):
    masks = points_to_masks(image, Points([[40, 40]]))
    assert masks.masks.shape == (3, 80, 120)
    assert masks.scores.tolist() == sorted(masks.scores.tolist(), reverse=True)
    assert (masks.masks == predict(points=[[40, 40]]).masks).all()


def test_labels_reach_the_model(image, predict):
    points = Points([[40, 40], [100, 60]], [1, 0])
    masks = points_to_masks(image, points)
    expected = predict(points=[[40, 40], [100, 60]], labels=[1, 0])
    both = predict(points=[[40, 40], [100, 60]], labels=[1, 1])
    assert masks.masks.shape == (1, 80, 120)
    assert np.allclose(masks.logits, expected.logits, atol=1e-4)
    assert not np.allclose(masks.logits, both.logits, atol=1e-4)


def test_each_box_gives_its_best_mask_in_order(image, predict):
    xyxy = [[20, 20, 60, 60], [70, 10, 110, 70], [0, 0, 120, 80]]
    masks = boxes_to_masks(image, Boxes(xyxy, [0.1, 0.9, 0.5], ("disk", "", "all")))
    assert masks.masks.shape == (3, 80, 120)
    for index, box in enumerate(xyxy):
        alone = predict(boxes=[box]).best()
        assert np.count_nonzero(masks.masks[index] != alone.masks[0]) <= 5
        assert masks.scores[index] == pytest.approx(alone.scores[0], abs=1e-3)
    assert masks.boxes.labels == ("disk", "", "all")
    assert np.allclose(masks.boxes.xyxy, sam.boxes.masks_to_boxes(masks.masks))


def test_no_box_gives_no_mask_and_loads_no_model(image):
    masks = boxes_to_masks(image, Boxes.empty(), model="no such model")
    assert (len(masks), masks.size_hw) == (0, (80, 120))


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda image: points_to_masks(image, Points([])), PromptError),
        (lambda image: points_to_masks(image, Points([[500, 5]])), PromptError),
        (lambda image: boxes_to_masks(image, Boxes([[500, 5, 600, 9]])), PromptError),
        (lambda image: boxes_to_masks(image, Boxes([[5, 5, 5, 9]])), PromptError),
        (lambda image: points_to_masks(image, Points([[5, 5]]), model="nanoo"), ModelUnavailable),
        (lambda image: segment_typed(image, "", " ", ""), PromptError),
        (lambda image: segment_typed(image, "", "5,5", "1,1,20"), PromptError),
        (lambda image: segment_typed(image, "", "", "1,1,20,20 30,30,40,40"), PromptError),
    ],
)
def test_prompts_that_cannot_be_answered(image, call, error):
    with pytest.raises(error):
        call(image)


@pytest.mark.parametrize(
    ("text", "count", "expected"),
    [
        ("", 2, []),
        (None, 2, []),
        (" \n", 4, []),
        ("500,375", 2, [[500, 375]]),
        ("500, 375\n1.5;-2", 2, [[500, 375], [1.5, -2]]),
        ("10 20 30 40", 4, [[10, 20, 30, 40]]),
    ],
)
def test_typed_numbers(text, count, expected):
    assert read_numbers(text, count, "1,2") == expected


@pytest.mark.parametrize(
    ("text", "words"), [("1,2,3", "groups of 2, such as 1,2, got 3"), ("a,b", "such as 1,2, got 'a,b'")]
)
def test_typed_numbers_that_are_none(text, words):
    with pytest.raises(PromptError, match=words):
        read_numbers(text, 2, "1,2")


def test_typed_positions_are_one_prompt(image, predict):
    masks = segment_typed(image, "40,40", "100,60", "20,20,60,60")
    expected = predict(points=[[40, 40], [100, 60]], labels=[1, 0], boxes=[20, 20, 60, 60])
    assert len(masks) == 1
    assert np.allclose(masks.logits, expected.best().logits, atol=1e-4)


def test_the_tab_adds_what_the_typed_positions_mean(image, visitor):
    visitor.build(click.build_tab)
    inside, button = visitor.find("On the object (x,y)"), visitor.find("Segment")
    for component, event in [(button, "click"), (inside, "submit")]:
        outputs = visitor.fire(event, component, {visitor.image: image, inside: "40,40", visitor.model: "nano"})
        masks = outputs[visitor.objects]
        assert len(masks) == 1
        assert (masks.masks == points_to_masks(image, Points([[40, 40]])).best().masks).all()
    if masks.masks.any():
        assert any("Added the object at [" in text for text in visitor.said)
    with pytest.raises(ModelUnavailable):
        visitor.fire("click", button, {visitor.image: image, inside: "40,40", visitor.model: "nanoo"})


def test_the_tools_chain():
    host = load_plugins(names=["click", "cutout_png"], strict=True)
    chain = host.chain("boxes_to_masks", "cutout_png")
    assert chain.inputs == {"image": Image, "boxes": Boxes}
    assert chain.outputs["masks"] is Masks


def test_tiles_answer_clicks_and_boxes():
    photo = np.tile(skimage.data.chelsea(), (2, 3, 1))
    tiled = Tiled(sam.load_model("nano"), photo)
    box = np.float32([120, 20, 400, 290])
    boxes = Boxes(np.stack([box, box + np.float32([451, 0, 451, 0])]), None, ("one", "two"))
    found = boxes_to_masks(photo, boxes, tiles=True)
    assert found.boxes.labels == ("one", "two")
    for row in range(2):
        assert np.array_equal(found.masks[row], tiled.predict(boxes=boxes.xyxy[row]).masks[0])
    points = Points([[230, 160]])
    assert np.array_equal(points_to_masks(photo, points, tiles=True).masks, tiled.predict(points=points).masks)
