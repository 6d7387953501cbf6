from __future__ import annotations

import numpy as np
import pytest
from skimage import draw

from sam import PromptError
from sam.masks import (
    GUIDE_LOGIT,
    dilate,
    drop_islands,
    each_to_masks,
    feather,
    fill_holes,
    logits_to_masks,
    mask_to_logits,
    stability_score,
    to_polygons,
)
from sam.types import Embedding


def draw_mask(*rows: str) -> np.ndarray:
    """A mask from rows of # and other characters."""
    return np.array([[cell == "#" for cell in row] for row in rows])


def frame(size_hw, input_hw, input_size) -> Embedding:
    return Embedding("m", "w", {}, size_hw, input_hw, input_size)


def disk(size: int, radius: float) -> np.ndarray:
    y, x = np.mgrid[:size, :size] + 0.5
    return (x - size / 2) ** 2 + (y - size / 2) ** 2 <= radius**2


# logits_to_masks


def resample(logits, size_hw, cells_hw):
    """Bilinear by its definition, one output pixel at a time."""
    rows, columns = (int(np.ceil(cells)) for cells in cells_hw)
    mask = np.zeros(size_hw, bool)
    for y in range(size_hw[0]):
        for x in range(size_hw[1]):
            v = np.clip((y + 0.5) * cells_hw[0] / size_hw[0] - 0.5, 0, rows - 1)
            u = np.clip((x + 0.5) * cells_hw[1] / size_hw[1] - 0.5, 0, columns - 1)
            top, left = int(v), int(u)
            low, right = min(top + 1, rows - 1), min(left + 1, columns - 1)
            upper = logits[top, left] * (1 - (u - left)) + logits[top, right] * (u - left)
            lower = logits[low, left] * (1 - (u - left)) + logits[low, right] * (u - left)
            mask[y, x] = upper * (1 - (v - top)) + lower * (v - top) > 0
    return mask


@pytest.mark.parametrize(
    ("size_hw", "input_hw"),
    [
        ((32, 32), (32, 32)),
        ((45, 80), (18, 32)),
        ((80, 45), (32, 18)),
        ((37, 53), (22, 32)),
        ((7, 5), (32, 23)),
        ((1, 1), (32, 32)),
        ((1, 90), (1, 32)),
    ],
    ids=str,
)
def test_logits_to_masks_is_bilinear_over_the_part_that_is_image(size_hw, input_hw):
    logits = np.random.default_rng(0).normal(size=(2, 16, 16)).astype(np.float32)
    masks = logits_to_masks(logits, frame(size_hw, input_hw, 32))
    assert masks.shape == (2, *size_hw)
    assert masks.dtype == bool
    cells = (16 * input_hw[0] / 32, 16 * input_hw[1] / 32)
    for mask, low in zip(masks, logits):
        np.testing.assert_array_equal(mask, resample(low, size_hw, cells))


def test_padding_does_not_bleed_into_the_image():
    logits = np.full((1, 16, 16), -20, np.float32)
    logits[:, :8] = 1
    assert logits_to_masks(logits, frame((100, 200), (16, 32), 32)).all()


def test_logits_of_zero_are_background_and_no_logits_make_no_masks():
    assert not logits_to_masks(np.zeros((1, 4, 4)), frame((9, 9), (8, 8), 8)).any()
    assert logits_to_masks(np.zeros((0, 4, 4)), frame((9, 11), (8, 8), 8)).shape == (0, 9, 11)
    with pytest.raises(PromptError, match=r"expected \(K, h, w\), got shape \(4, 4\)"):
        logits_to_masks(np.zeros((4, 4)), frame((9, 9), (8, 8), 8))


def test_answers_share_memory_but_none_is_written_over(monkeypatch):
    monkeypatch.setattr("sam.masks._BLOCK", 4 * 50 * 70)
    rng = np.random.default_rng(0)
    where = frame((50, 70), (20, 28), 32)
    answers = [rng.normal(size=(count, 16, 16)).astype(np.float32) for count in (3, 0, 1, 2, 5)]
    found = each_to_masks(iter(answers), where)
    for masks, logits in zip(found, answers, strict=True):
        assert np.array_equal(masks, logits_to_masks(logits, where))
    assert [len(masks.base) for masks in found if len(masks)] == [4, 4, 4, 5]


def test_an_edge_lands_where_the_image_has_it():
    # The boundary lies between the fourth and the fifth of eight cells: in the middle of the image.
    logits = np.where(np.arange(8) < 4, 1.0, -1.0)[None, None].repeat(8, axis=1)
    mask = logits_to_masks(logits, frame((50, 1000), (1, 32), 32))[0]
    assert mask[0].tolist() == [True] * 500 + [False] * 500


# stability_score


@pytest.mark.parametrize(
    ("logits", "expected"),
    [
        ([[5, 5], [-5, -5]], 1),
        ([[5, 0], [-5, -5]], 0.5),
        ([[-5, -5], [-5, -5]], 0),
        ([[1, 1], [1.5, -1]], 1 / 3),
    ],
)
def test_stability_score(logits, expected):
    assert stability_score(np.array(logits, np.float32)) == pytest.approx(expected)


def test_stability_score_keeps_leading_axes_and_knows_thresholds():
    logits = np.random.default_rng(0).normal(size=(2, 3, 20, 20)) * 3
    scores = stability_score(logits, threshold=0.5, offset=0.25)
    assert scores.shape == (2, 3)
    assert scores.dtype == np.float32
    assert scores[1, 2] == pytest.approx((logits[1, 2] > 0.75).sum() / (logits[1, 2] > 0.25).sum())
    with pytest.raises(PromptError, match="got shape"):
        stability_score(np.zeros(3))


# fill_holes, drop_islands

RINGS = draw_mask(
    "...........",
    ".####.####.",
    ".#..#.#.##.",
    ".#..#.####.",
    ".####......",
    "......#....",
)


@pytest.mark.parametrize(("max_area", "filled"), [(None, 5), (4, 5), (3.9, 1), (1, 1), (0, 0)])
def test_fill_holes(max_area, filled):
    result = fill_holes(RINGS, max_area)
    assert result.sum() == RINGS.sum() + filled
    assert (result >= RINGS).all()


@pytest.mark.parametrize(
    ("mask", "expected"),
    [
        (draw_mask("###", "#.#", "#.#"), draw_mask("###", "#.#", "#.#")),
        (draw_mask(".#.", "#.#", ".#."), draw_mask(".#.", "###", ".#.")),
        (draw_mask("...", "..."), draw_mask("...", "...")),
        (draw_mask("##", "##"), draw_mask("##", "##")),
    ],
    ids=["open to the border", "diagonal ring", "empty", "full"],
)
def test_what_is_a_hole(mask, expected):
    np.testing.assert_array_equal(fill_holes(mask), expected)


@pytest.mark.parametrize(("max_area", "left"), [(None, 12), (0, 24), (1, 23), (11, 12), (100, 12)])
def test_drop_islands(max_area, left):
    result = drop_islands(RINGS, max_area)
    assert result.sum() == left
    assert (result <= RINGS).all()
    assert result[1, 1]


@pytest.mark.parametrize(
    ("mask", "expected"),
    [
        (draw_mask("#..", ".#.", "..#"), draw_mask("#..", ".#.", "..#")),
        (draw_mask("#.#", "...", "#.."), draw_mask("#..", "...", "...")),
        (draw_mask("...", "..."), draw_mask("...", "...")),
    ],
    ids=["diagonal is connected", "the first of equals stays", "empty"],
)
def test_what_is_an_island(mask, expected):
    np.testing.assert_array_equal(drop_islands(mask), expected)


# dilate


@pytest.mark.parametrize("pixels", [0, 0.5, 1, 1.5, 3, 7.3])
def test_dilate_grows_by_a_euclidean_distance(pixels):
    mask = np.zeros((31, 31), bool)
    mask[15, 15] = mask[3, 20] = True
    y, x = np.mgrid[:31, :31]
    expected = ((y - 15) ** 2 + (x - 15) ** 2 <= pixels**2) | ((y - 3) ** 2 + (x - 20) ** 2 <= pixels**2)
    np.testing.assert_array_equal(dilate(mask, pixels), expected)


def test_erode_is_dilate_of_the_rest():
    mask = disk(41, 14)
    np.testing.assert_array_equal(dilate(mask, -3), ~dilate(~mask, 3))
    assert 0 < dilate(mask, -3).sum() < mask.sum()
    assert not dilate(mask, -15).any()


def test_the_border_of_the_image_does_not_erode():
    mask = np.zeros((10, 20), bool)
    mask[:, :8] = True
    assert (dilate(mask, -3) == (np.arange(20) < 5)).all()
    assert dilate(np.ones((4, 4), bool), -100).all()


def test_dilate_nothing():
    assert not dilate(np.zeros((4, 4), bool), 100).any()
    with pytest.raises(PromptError, match="finite"):
        dilate(np.zeros((4, 4), bool), np.nan)


# feather


def test_feather_is_a_ramp_centred_on_the_edge():
    mask = np.zeros((5, 40), bool)
    mask[:, 20:] = True
    alpha = feather(mask, 4)
    assert alpha.dtype == np.float32
    expected = np.clip(0.5 + (np.arange(40) + 0.5 - 20) / 8, 0, 1)
    np.testing.assert_allclose(alpha, np.tile(expected, (5, 1)), atol=1e-6)


def test_feather_keeps_hard_edges_and_uniform_masks():
    mask = disk(20, 6)
    np.testing.assert_array_equal(feather(mask, 0), mask)
    assert (feather(np.ones((3, 3), bool), 5) == 1).all()
    assert (feather(np.zeros((3, 3), bool), 5) == 0).all()
    with pytest.raises(PromptError, match=">= 0, got -1"):
        feather(mask, -1)


def test_half_of_the_alpha_is_the_mask():
    mask = disk(60, 20)
    np.testing.assert_array_equal(feather(mask, 5) > 0.5, mask)


# to_polygons


def rasterise(polygons, shape) -> np.ndarray:
    """Count of exteriors minus count of holes around each pixel centre."""
    y, x = np.mgrid[: shape[0], : shape[1]] + 0.5
    total = np.zeros(shape, int)
    for polygon in polygons:
        for sign, rings in ((1, [polygon.exterior]), (-1, polygon.holes)):
            for ring in rings:
                crossings = np.zeros(shape, int)
                for (x0, y0), (_, y1) in zip(ring, np.roll(ring, -1, axis=0)):
                    if y0 != y1:
                        crossings += (y > min(y0, y1)) & (y < max(y0, y1)) & (x < x0)
                total += sign * (crossings % 2)
    return total


def area(ring) -> float:
    x, y = ring.astype(float).T
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2


def test_polygons_of_a_rectangle():
    mask = np.zeros((6, 8), bool)
    mask[1:4, 2:7] = True
    (polygon,) = to_polygons(mask)
    assert polygon.exterior.dtype == np.float32
    assert sorted(polygon.exterior.tolist()) == [[2, 1], [2, 4], [7, 1], [7, 4]]
    assert polygon.holes == []
    assert area(polygon.exterior) == 15


@pytest.mark.parametrize(
    ("mask", "holes"),
    [
        (draw_mask("#"), [0]),
        (draw_mask("..", ".."), []),
        (draw_mask("###", "#.#", "###"), [1]),
        (draw_mask("#.", ".#"), [0, 0]),
        (draw_mask(".#", "#."), [0, 0]),
        (draw_mask("####", "#.##", "##.#", "####"), [2]),
        (draw_mask("###.", "#.#.", "##.#", "..##"), [1, 0]),
        (draw_mask("####", "#..#", "#.##", "##.#"), [1]),
        (draw_mask("#####", "#...#", "#.#.#", "#...#", "#####"), [1, 0]),
        (RINGS, [1, 1, 0]),
    ],
    ids=[
        "one pixel",
        "empty",
        "hole",
        "two at a corner",
        "two at the other corner",
        "holes that touch",
        "hole that touches a corner",
        "bay closed at a corner",
        "island in a hole",
        "several",
    ],
)
def test_polygons_cover_the_mask(mask, holes):
    polygons = to_polygons(mask)
    assert [len(polygon.holes) for polygon in polygons] == holes
    np.testing.assert_array_equal(rasterise(polygons, mask.shape), mask)


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (3, 3), (4, 5), (9, 14)], ids=str)
def test_polygons_of_noise_are_exact_simple_and_turn_as_promised(size):
    rng = np.random.default_rng(7)
    for _ in range(60):
        mask = rng.random(size) < rng.random()
        polygons = to_polygons(mask)
        np.testing.assert_array_equal(rasterise(polygons, mask.shape), mask)
        sizes = [area(p.exterior) + sum(area(hole) for hole in p.holes) for p in polygons]
        assert sum(sizes) == mask.sum()
        assert sizes == sorted(sizes, reverse=True)
        for polygon in polygons:
            assert area(polygon.exterior) > 0
            assert all(area(hole) < 0 for hole in polygon.holes)
            for ring in [polygon.exterior, *polygon.holes]:
                assert len({tuple(vertex) for vertex in ring.tolist()}) == len(ring)


def test_tolerance_saves_vertices_and_keeps_the_shape():
    mask = disk(200, 80) & ~disk(200, 30)
    exact, rough = to_polygons(mask)[0], to_polygons(mask, tolerance=1.0)[0]
    assert len(rough.exterior) < len(exact.exterior) / 4
    assert len(rough.holes[0]) < len(exact.holes[0])
    filled = draw.polygon2mask((200, 200), rough.exterior[:, ::-1]) & ~draw.polygon2mask(
        (200, 200), rough.holes[0][:, ::-1]
    )
    assert (filled & mask).sum() / (filled | mask).sum() > 0.97
    assert [len(p.exterior) for p in to_polygons(draw_mask("#"), tolerance=100)] == [4]
    with pytest.raises(PromptError, match=">= 0, got -1"):
        to_polygons(mask, -1)


# What all of them promise


@pytest.mark.parametrize(
    "function", [fill_holes, drop_islands, lambda m: dilate(m, 2), lambda m: dilate(m, -1), lambda m: feather(m, 2)]
)
@pytest.mark.parametrize(
    "view", [lambda m: m, np.asfortranarray, lambda m: m[::-1, ::2], lambda m: m.astype(np.uint8)], ids=range(4)
)
def test_pure_and_indifferent_to_memory_layout(function, view):
    mask = view(np.random.default_rng(0).random((30, 40)) < 0.6)
    mask.flags.writeable = False
    before = mask.copy()
    result = function(mask)
    np.testing.assert_array_equal(mask, before)
    assert not np.shares_memory(result, mask)
    np.testing.assert_array_equal(result, function(np.ascontiguousarray(mask, bool)))
    assert result.shape == mask.shape


@pytest.mark.parametrize(
    "function", [fill_holes, drop_islands, to_polygons, lambda m: dilate(m, 1), lambda m: feather(m, 1)]
)
def test_wrong_shapes_are_named(function):
    with pytest.raises(PromptError, match=r"\(H, W\), got shape \(2, 3, 4\)"):
        function(np.zeros((2, 3, 4), bool))


@pytest.mark.parametrize(
    ("size_hw", "input_hw"), [((60, 90), (341, 512)), ((1200, 400), (512, 171)), ((512, 512), (512, 512))]
)
def test_a_mask_as_logits_comes_back(size_hw, input_hw):
    mask = np.zeros(size_hw, bool)
    mask[size_hw[0] // 5 : size_hw[0] // 2, size_hw[1] // 3 :] = True
    embedding = frame(size_hw, input_hw, 512)
    logits = mask_to_logits(mask, embedding, 256)
    assert logits.shape == (256, 256)
    assert np.abs(logits).max() == GUIDE_LOGIT
    back = logits_to_masks(logits[None], embedding)[0]
    assert (back & mask).sum() / (back | mask).sum() > 0.96
    with pytest.raises(PromptError, match="size of the image"):
        mask_to_logits(mask[1:], embedding)


def test_a_guide_whose_outline_is_not_sure_rises_slowly():
    mask = np.zeros((128, 128), bool)
    mask[32:96, 32:96] = True
    embedding = Embedding("m", "w" * 64, {}, (128, 128), (128, 128), 128)
    sharp, slow = (mask_to_logits(mask, embedding, 128, unsure) for unsure in (0, 8))
    assert np.array_equal(sharp > 0, slow > 0)
    assert np.abs(sharp).min() == 6
    assert slow[64, 32:42] == pytest.approx(6 * np.minimum(1, (np.arange(10) + 0.5) / 8))
    assert slow[64, 30] == pytest.approx(-6 * 1.5 / 8)
    full = np.ones((128, 128), bool)
    assert (mask_to_logits(full, embedding, 128, 8) == 6).all()
