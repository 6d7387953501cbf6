"""Tiles cover the photo, and each prompt is answered by the finest of them that holds the object."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import sam
from sam import Masks, Prompt, PromptError
from sam.evaluation.benchmarks.closeups import drawn_scenes
from sam.high_resolution.tiles import Tiled, best_tile, plan_tiles


@pytest.mark.parametrize(
    ("size", "side", "overlap", "count"),
    [
        ((100, 100), 100, 10, 1),
        ((40, 70), 100, 0, 1),
        ((1, 1), 2, 1, 1),
        ((100, 101), 100, 10, 2),
        ((50, 1000), 100, 0, 10),
        ((50, 1001), 100, 0, 11),
        ((300, 200), 100, 50, 15),
        ((4000, 6000), 1024, 128, 35),
        ((4000, 6000), 512, 256, 15 * 23),
        ((333, 777), 100, 99, 234 * 678),
    ],
)
def test_plan(size, side, overlap, count):
    tiles = plan_tiles(size, side, overlap)
    assert len(tiles) == count
    for axis in (0, 1):
        length = size[1 - axis]
        spans = sorted({(tile[axis], tile[axis + 2]) for tile in tiles})
        assert spans[0][0] == 0
        assert spans[-1][1] == length
        assert all(end - start == min(side, length) for start, end in spans)
        assert all(this[1] - following[0] >= overlap for this, following in pairwise(spans))
    assert len(set(tiles)) == count, "no tile twice"


@pytest.mark.parametrize(("size", "side", "overlap"), [((0, 5), 4, 1), ((9, 9), 4, 4), ((9, 9), 4, -1), ((9, 9), 0, 0)])
def test_a_plan_that_cannot_be(size, side, overlap):
    with pytest.raises(PromptError, match="tiles: expected an image"):
        plan_tiles(size, side, overlap)


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ({"points": [[10, 10]]}, (0, 0, 100, 100)),  # the photo's corner is no tile's edge
        ({"points": [[150, 50]]}, (100, 0, 200, 100)),
        ({"points": [[120, 60]]}, (50, 0, 150, 100)),
        ({"boxes": [[60, 60, 140, 90]]}, None),  # ten pixels to an edge are too few
        ({"boxes": [[65, 40, 135, 60]]}, (50, 0, 150, 100)),
        ({"boxes": [[10, 10, 150, 90]]}, None),
        ({"points": [[60, 50], [140, 50]], "labels": [1, 0]}, (0, 0, 100, 100)),
        ({"points": [[20, 50], [180, 50]]}, None),
    ],
)
def test_best_tile(prompt, expected):
    size = (100, 300)
    assert best_tile(plan_tiles(size, 100, 50), Prompt.of(**prompt), size) == expected


@pytest.fixture(scope="module")
def nano():
    return sam.load_model("nano")


@pytest.fixture(scope="module")
def scene():
    return next(drawn_scenes(1, seed=6, size_hw=(1000, 1400), objects=4))


def test_small_objects_are_outlined_better_than_in_the_whole_photo(nano, scene):
    tiled = Tiled(nano, scene.image)
    whole = nano.embed(scene.image)
    before: list[float] = []
    after: list[float] = []
    for row in range(len(scene.objects)):
        truth = scene.mask(row)
        box = Masks(truth).boxes.xyxy
        masks = tiled.predict(boxes=box)
        assert masks.size_hw == truth.shape
        for found, scores in ((nano.predict(whole, boxes=box), before), (masks, after)):
            mask = found.masks[0]
            scores.append((mask & truth).sum() / (mask | truth).sum())
    assert np.mean(after) > np.mean(before) + 0.02


def test_a_tile_answers_as_the_model_does_for_that_part(nano, scene):
    truth = scene.mask(0)
    box = Masks(truth).boxes.xyxy[0]
    masks, (x0, y0, x1, y1) = Tiled(nano, scene.image).answer(Prompt(box=box))
    assert max(x1 - x0, y1 - y0) == 512
    part = np.ascontiguousarray(scene.image[y0:y1, x0:x1])
    alone = nano.predict(nano.embed(part), boxes=[box - [x0, y0, x0, y0]])
    assert np.array_equal(masks.masks[0, y0:y1, x0:x1], alone.masks[0])
    assert masks.masks[0].sum() == alone.masks[0].sum()
    assert masks.logits.shape[1:] == (0, 0)


def draw(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    image = np.zeros((400, 600, 3), np.uint8)
    for x0, y0, x1, y1 in boxes:
        image[y0:y1, x0:x1] = 255
    return image


@pytest.mark.parametrize(
    ("drawn", "click", "side"),
    [
        ((290, 190, 310, 210), (300, 200), 64),
        ((272, 172, 328, 228), (300, 200), 128),  # runs out of the small tiles
        ((180, 80, 420, 320), (300, 200), 600),  # of all
        ((0, 0, 20, 20), (10, 10), 64),  # the photo's own edge is no end
    ],
)
def test_the_finest_view_that_holds_the_object_answers(drawn, click, side, colour_model):
    image = draw(drawn)
    masks, crop = Tiled(colour_model, image).answer(Prompt.of(points=[click], multimask_output=False))
    assert max(crop[2] - crop[0], crop[3] - crop[1]) == side
    assert masks.boxes.xyxy[0] == pytest.approx(drawn, abs=12)


def test_a_photo_that_is_seen_whole_has_one_tile_and_what_was_encoded_stays(make_model):
    model = make_model("tiles-kept")
    small = draw()[:60, :70]
    assert Tiled(model, small).levels == (((0, 0, 70, 60),),)
    tiled = Tiled(model, draw((292, 192, 308, 208)))
    assert model.encoded == 0, "nothing is encoded that no prompt asks for"
    for _ in range(2):
        tiled.predict(boxes=[[292, 192, 308, 208]])
        assert model.encoded == 1
        tiled.predict(boxes=[[293, 192, 308, 208]])
        assert model.encoded == 1
    tiled.predict(points=[[300, 200]], multimask_output=False)
    assert model.encoded == 2, "a click is asked of the whole photo, too"


def test_a_click_on_what_a_tile_is_unsure_of_is_answered_by_the_whole(make_model):
    class Unsure(make_model):  # type: ignore[misc, valid-type]
        """Doubts what it sees of a part."""

        def decode(self, embedding, prompts):
            factor = 1 if embedding.size_hw == (400, 600) else 0.7
            return [(logits, scores * factor) for logits, scores in super().decode(embedding, prompts)]

    tiled = Tiled(Unsure("unsure"), draw((292, 192, 308, 208)))
    whole, small = (0, 0, 600, 400), 64
    assert tiled.answer(Prompt.of(points=[[300, 200]], multimask_output=False))[1] == whole
    crop = tiled.answer(Prompt.of(boxes=[[292, 192, 308, 208]]))[1]
    assert crop[2] - crop[0] == small, "a box says how large it is"


def test_prompts_that_cannot_be(colour_model):
    tiled = Tiled(colour_model, draw())
    for prompt, words in (({"points": [[700, 5]]}, "inside the image"), ({}, "prompt is empty")):
        with pytest.raises(PromptError, match=words):
            tiled.predict(**prompt)
    with pytest.raises(PromptError, match="mask_input"):
        tiled.answer(Prompt(mask_input=np.zeros((64, 64), np.float32)))
