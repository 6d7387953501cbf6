"""The rules of the BSDS500 benchmark, one by one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from sam import PromptError
from sam.evaluation.benchmarks import edge_benchmark
from sam.evaluation.benchmarks.edge_benchmark import (
    EdgeFigures,
    MatchCounts,
    Pairing,
    average_precision,
    best_f,
    boundaries,
    count_matches,
    edge_figures,
    even_thresholds,
    recall_at_half,
    segment_ends,
    separate,
    thin,
)
from sam.training.coco import Photo

from ..conftest import annotation

SIZE_HW = (240, 320)
"""The diagonal is 400 px, so that an edge may be 3 px away."""


def vertical(*columns: int, rows: slice = slice(20, 220)) -> np.ndarray:
    """One pixel wide lines."""
    mask = np.zeros(SIZE_HW, bool)
    for column in columns:
        mask[rows, column] = True
    return mask


def slanting(column: int) -> np.ndarray:
    mask = np.zeros(SIZE_HW, bool)
    steps = np.arange(150)
    mask[20 + steps, column + steps] = True
    return mask


def figures(found: np.ndarray, *truths: np.ndarray) -> EdgeFigures:
    return edge_figures([count_matches(found.astype(np.float32), truths, even_thresholds(5))])


def four(found: EdgeFigures) -> list[float]:
    return [found.ods, found.ois, found.ap, found.r50]


@pytest.mark.parametrize("draw", [vertical, slanting])
@pytest.mark.parametrize(("shift", "expected"), [(0, 1.0), (1, 1.0), (3, 1.0), (9, 0.0)])
def test_an_edge_counts_within_three_pixels(draw, shift, expected):
    assert four(figures(draw(100 + shift), draw(100))) == pytest.approx([expected] * 4)


@pytest.mark.parametrize(("draw", "expected"), [(vertical, 0.0), (slanting, 1.0)])
def test_distance_is_euclidean(draw, expected):
    # 4 px to the side of a vertical line, and 2.8 px from a slanting one.
    assert figures(draw(104), draw(100)).ods == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize(
    ("found", "truth", "precision", "recall"),
    [
        ((100,), (100,), 1.0, 1.0),
        ((98, 102), (100,), 0.5, 1.0),
        ((100,), (98, 102), 1.0, 0.5),
        ((98, 100, 102), (100,), 1 / 3, 1.0),
        ((100, 200), (100,), 0.5, 1.0),
        ((100,), (100, 200), 1.0, 0.5),
        ((), (100,), None, 0.0),
    ],
)
def test_pixels_are_matched_one_to_one(found, truth, precision, recall):
    counts = count_matches(vertical(*found).astype(float), [vertical(*truth)], np.array([0.5]))
    assert counts.true_matched[0] / counts.true == pytest.approx(recall)
    assert counts.found[0] == 200 * len(found)
    if precision is not None:
        assert counts.found_matched[0] / counts.found[0] == pytest.approx(precision)


@pytest.mark.parametrize(
    ("found", "precision", "recall"),
    [((100,), 1.0, 0.5), ((100, 200), 1.0, 1.0), ((100, 150), 0.5, 0.5), ((100, 200, 250), 2 / 3, 1.0)],
)
def test_precision_takes_any_annotator_and_recall_all(found, precision, recall):
    counts = count_matches(vertical(*found).astype(float), [vertical(100), vertical(200)], np.array([0.5]))
    assert counts.true == 400
    assert counts.true_matched[0] / counts.true == pytest.approx(recall)
    assert counts.found_matched[0] / counts.found[0] == pytest.approx(precision)


def test_a_pixel_on_edges_of_two_annotators_counts_once_for_precision():
    counts = count_matches(vertical(100).astype(float), [vertical(100), vertical(101)], np.array([0.5]))
    assert (counts.true_matched[0], counts.found_matched[0], counts.found[0]) == (400, 200, 200)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("many_found", "many_true"), [(60, 60), (120, 30), (30, 120)])
def test_the_assignment_is_the_cheapest_there_is(seed, many_found, many_true):
    random = np.random.default_rng(seed)
    found, truth = np.zeros((30, 40), bool), np.zeros((30, 40), bool)
    found.reshape(-1)[random.choice(found.size, many_found, replace=False)] = True
    truth.reshape(-1)[random.choice(truth.size, many_true, replace=False)] = True
    distances = cdist(np.argwhere(truth), np.argwhere(found))
    near = distances <= 3
    costs = np.where(near, distances, 1000)
    rows, columns = linear_sum_assignment(costs)
    partners = Pairing(truth, 3 / 50).match(found)
    assert len(partners) == len(np.unique(partners)) == np.count_nonzero(near[rows, columns])
    assert found.reshape(-1)[partners].all()
    cheapest = costs[rows, columns][near[rows, columns]].sum()
    chosen = costs[:, np.isin(np.flatnonzero(found), partners)]
    assert chosen[linear_sum_assignment(chosen)].sum() == pytest.approx(cheapest)


@pytest.mark.parametrize(
    ("left", "right", "size", "expected"),
    [
        ([1, 2, 3], [7, 8, 9], 2, 3),  # each alone
        ([1, 2, 3], [7, 8, 9], 99, 1),  # small ones together
        ([1, 1, 3, 3], [7, 8, 8, 9], 2, 1),  # a chain must not be cut
        ([1, 1, 3], [7, 8, 9], 2, 2),
        ([], [], 2, 0),
    ],
)
def test_what_hangs_together_stays_together(monkeypatch, left, right, size, expected):
    monkeypatch.setattr(edge_benchmark, "PART", size)
    left, right = np.array(left, int), np.array(right, int)
    parts = separate(left, right)
    assert len(parts) == expected
    assert sorted(np.concatenate([np.empty(0, int), *parts])) == list(range(len(left)))
    for names in (left, right):
        assert sum(len(np.unique(names[part])) for part in parts) == len(np.unique(names))


def test_parts_do_not_change_the_counts(monkeypatch):
    random = np.random.default_rng(0)
    found, truth = random.random((2, 60, 80)) > 0.97
    expected = len(Pairing(truth, 0.03).match(found))
    monkeypatch.setattr(edge_benchmark, "PART", 3)
    assert len(Pairing(truth, 0.03).match(found)) == expected > 20


def test_the_nearest_partner_is_taken():
    assert set(Pairing(vertical(100)).match(vertical(100, 102)) % SIZE_HW[1]) == {100}


@pytest.mark.parametrize("empty", [(True, False), (False, True), (True, True)])
def test_nothing_found_or_nothing_true_is_no_match(empty):
    found, truth = (np.zeros(SIZE_HW, bool) if none else vertical(100) for none in empty)
    result = figures(found, truth)
    assert four(result) == [0.0] * 4
    assert len(result.curve) == (0 if empty[0] else 5)


def test_an_edge_at_the_image_s_border_is_matched():
    frame = np.ones(SIZE_HW, bool)
    frame[1:-1, 1:-1] = False
    frame = thin(frame)
    assert frame[0, 5:-5].all()
    assert four(figures(frame, frame)) == pytest.approx([1.0] * 4)


def test_thresholds_are_even_and_rising():
    assert even_thresholds() == pytest.approx(np.arange(1, 100) / 100)
    assert even_thresholds(3).tolist() == [0.25, 0.5, 0.75]


def test_higher_thresholds_find_less():
    random = np.random.default_rng(0)
    strength = np.where(vertical(60, 110, 160), random.integers(1, 9, SIZE_HW) / 8, 0)
    counts = count_matches(strength, [vertical(60, 110, 200)])
    assert len(counts.found) == 99
    assert (np.diff(counts.found) <= 0).all()
    assert (np.diff(counts.true_matched) <= 0).all()
    assert counts.found[0] > counts.found[50] > counts.found[-1] > 0
    assert (counts.found_matched <= counts.found).all()
    assert (counts.true_matched <= counts.true).all()


def test_a_threshold_includes_its_own_value():
    counts = count_matches(vertical(100) * 0.5, [vertical(100)], np.array([0.25, 0.5, 0.75]))
    assert counts.found.tolist() == [200, 200, 0]


def test_a_found_band_is_thinned_before_it_is_counted():
    counts = count_matches(vertical(99, 100, 101).astype(float), [vertical(100)], np.array([0.5]))
    assert 190 <= counts.found[0] <= 200
    assert counts.found_matched[0] == counts.found[0]


def test_thinning_leaves_one_pixel():
    band = np.zeros((60, 80), bool)
    band[20:27, 5:75] = True
    thinned = thin(band)
    assert (thinned.sum(axis=0)[10:70] == 1).all()
    assert (thinned <= band).all()


def counts_of(rows: list[tuple[int, int, int]], true: int) -> MatchCounts:
    """(true matched, found matched, found) for each threshold."""
    table = np.array(rows)
    return MatchCounts(even_thresholds(len(rows)), table[:, 0], true, table[:, 1], table[:, 2])


def test_ods_has_one_threshold_for_all_photos_and_ois_one_for_each():
    strong = counts_of([(100, 100, 400), (100, 100, 200), (100, 100, 100)], 100)  # best at the last
    weak = counts_of([(100, 100, 100), (20, 20, 20), (0, 0, 0)], 100)  # best at the first
    found = edge_figures([strong, weak])
    assert found.photos == 2
    assert found.ois == pytest.approx(1.0)
    # Summed: P 200/500, 120/220, 100/100 at R 1, .6, .5; the best F lies at the last threshold.
    assert found.curve == pytest.approx(np.array([[0.25, 0.4, 1.0], [0.5, 120 / 220, 0.6], [0.75, 1.0, 0.5]]))
    assert found.ods == pytest.approx(2 / 3, abs=0.002)
    assert found.ods >= 2 / 3


def test_f_is_looked_for_between_thresholds():
    # At (P, R) = (1, .2) and (.2, 1) F is 1/3; half-way it is .6.
    assert best_f(np.array([0.2, 1.0]), np.array([1.0, 0.2])) == pytest.approx(0.6, abs=1e-4)


@pytest.mark.parametrize(
    ("precision", "recall", "expected"),
    [
        # Linear from (R .2, P 1) to (R .8, P .4): 61 values with mean .7.
        ([0.4, 1.0], [0.8, 0.2], 0.427),
        # Constant .5 over the whole range: 101 values, divided by 100 as the benchmark does.
        ([0.5, 0.5], [1.0, 0.0], 0.505),
        # Never above 1.
        ([1.0, 1.0], [1.0, 0.0], 1.0),
        # Of equal recalls the lowest threshold counts.
        ([0.4, 0.9, 1.0], [0.8, 0.8, 0.2], 0.427),
        # One recall only: the rectangle.
        ([0.5, 0.5], [0.6, 0.6], 0.3),
        ([], [], 0.0),
    ],
)
def test_average_precision_by_hand(precision, recall, expected):
    # One of the 101 recalls may fall off either end of a curve by rounding.
    assert average_precision(np.array(precision), np.array(recall)) == pytest.approx(expected, abs=0.011)
    assert average_precision(np.array(precision), np.array(recall)) <= 1


@pytest.mark.parametrize(
    ("precision", "recall", "expected"),
    [
        ([0.4, 0.6, 1.0], [0.9, 0.7, 0.2], 0.8),  # half-way between the first two
        ([0.6, 1.0], [0.9, 0.2], 0.9),  # precise at every threshold
        ([0.2, 0.4], [0.9, 0.2], 0.0),  # at none
        ([0.3, 0.5, 0.8], [0.9, 0.6, 0.2], 0.6),
        ([0.4, 0.6, 0.4], [0.9, 0.5, 0.1], 0.7),  # a lone strong false edge at the end changes nothing
        ([], [], 0.0),
    ],
)
def test_recall_at_half_precision_by_hand(precision, recall, expected):
    assert recall_at_half(np.array(precision), np.array(recall)) == pytest.approx(expected)


def photo(*annotations: dict) -> Photo:
    return Photo("drawn", Path("drawn.png"), (40, 60), annotations)


def left(columns: int) -> np.ndarray:
    mask = np.zeros((40, 60), bool)
    mask[:, :columns] = True
    return mask


def test_an_edge_lies_between_two_segments_and_is_one_pixel_wide():
    (edge,) = boundaries(photo(annotation(left(20)), annotation(~left(20))))
    assert edge.sum(axis=1).tolist() == [1] * 40
    assert edge[:, 19].all()


def test_the_image_s_border_is_no_edge():
    (edge,) = boundaries(photo(annotation(np.ones((40, 60), bool))))
    assert not edge.any()


def test_each_annotator_has_own_edges():
    both = [annotation(left(20), annotator=0), annotation(~left(20), annotator=0)]
    first, second = boundaries(photo(*both, annotation(left(45), annotator=1)))
    assert np.flatnonzero(first.any(axis=0)).tolist() == [19]
    assert np.flatnonzero(second.any(axis=0)).tolist() == [44]


def test_without_annotators_all_is_one_s_work():
    (edge,) = boundaries(photo(annotation(left(20)), annotation(left(45))))
    assert np.flatnonzero(edge.any(axis=0)).tolist() == [19, 44]


def test_a_slanting_edge_is_thinned():
    triangle = np.tri(40, 60, k=5, dtype=bool)
    stairs = segment_ends(triangle)
    (edge,) = boundaries(photo(annotation(triangle)))
    assert (edge <= stairs).all()
    assert (stairs.sum(axis=1)[5:35] == 2).all()
    assert (edge.sum(axis=1)[5:35] == 1).all()


@pytest.mark.parametrize(
    ("size_hw", "expected"), [((40, 60), (40, 60)), ((640, 400), (640, 400)), ((960, 1280), (480, 640))]
)
def test_large_masks_are_scaled_down(size_hw, expected):
    mask = np.zeros(size_hw, bool)
    mask[:, : size_hw[1] // 2] = True
    (edge,) = boundaries(Photo("drawn", Path("drawn.png"), size_hw, (annotation(mask),)))
    assert edge.shape == expected
    assert np.flatnonzero(edge.any(axis=0)).tolist() == [expected[1] // 2 - 1]


def test_no_annotation_is_no_edge_map():
    assert boundaries(photo()) == []


def test_masks_of_two_sizes_are_refused():
    with pytest.raises(PromptError, match="one size"):
        boundaries(photo(annotation(left(20)), annotation(np.ones((10, 10), bool))))
