"""Masks compared, and what each figure is called."""

from __future__ import annotations

import pytest

from sam.evaluation.measures import SIZES, best_iou, figure, mask_iou, size_name

from .conftest import square


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (square(0, 0, 10, 10), square(0, 0, 10, 10), 1.0),
        (square(0, 0, 10, 10), square(0, 0, 10, 5), 0.5),
        (square(0, 0, 10, 10), square(20, 20, 30, 30), 0.0),
        (square(0, 0, 0, 0), square(0, 0, 0, 0), 1.0),
    ],
)
def test_mask_iou(first, second, expected):
    assert mask_iou(first, second) == expected


def test_best_iou_takes_the_best_answer_and_nothing_is_zero():
    truth = square(0, 0, 10, 10)
    assert best_iou([square(0, 0, 10, 2), square(0, 0, 10, 5)], truth) == 0.5
    assert best_iou([], truth) == 0.0


@pytest.mark.parametrize(
    ("area", "expected"),
    [(1, "small"), (1023, "small"), (1024, "medium"), (9215, "medium"), (9216, "large"), (1e8, "large")],
)
def test_sizes_are_cocos(area, expected):
    assert size_name(area) == expected
    assert list(SIZES) == ["small", "medium", "large"]


@pytest.mark.parametrize(
    ("key", "title", "unit"),
    [
        ("box", "box", "IoU"),
        ("clicks_9", "9 clicks", "IoU"),
        ("clicks_3_oracle", "3 clicks, best of 3", "IoU"),
        ("noc_90", "NoC@90", "clicks"),
        ("failed_85", "20 clicks @85", "share"),
    ],
)
def test_figures_have_titles(key, title, unit):
    found = figure(key)
    assert (found.title, found.unit) == (title, unit)
    assert found.about.endswith(".")


@pytest.mark.parametrize("key", ["", "clicks_", "clicks_3_best", "boxes"])
def test_no_figure_of_that_name(key):
    with pytest.raises(KeyError):
        figure(key)
