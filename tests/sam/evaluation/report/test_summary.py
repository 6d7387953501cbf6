"""Means, intervals and parts, by hand."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sam.evaluation.evaluate import Results, Row, Settings
from sam.evaluation.report.summary import NO_GROUP, left_out, summarise


def make_results(**settings: Any) -> Results:
    """Set a: two photos, .2 .4 and .6; set b: one photo, 1.0."""
    results = Results(Settings(**settings), ["nano", "filled box"], ["nano"], {"a": (2, 2), "b": (1, 5)})
    rows = [
        ("a", "a/1.png", "cat", 500, "x", 0.2),
        ("a", "a/1.png", "dog", 2000, "y", 0.4),
        ("a", "a/2.png", "cat", 2000, "x", 0.6),
        ("b", "b/1.png", "cat", 20000, None, 1.0),
    ]
    for number, (data_set, photo, label, area, group, iou) in enumerate(rows):
        figures = {"nano": {"box": iou, "noc_85": 20.0 * iou}, "filled box": {"box": iou / 2}}
        results.rows.append(Row(data_set, photo, number, label, area, group, figures))
    return results


def test_means_by_set_size_class_and_group():
    report = summarise(make_results(group_by="colour"), {"created": "now"})
    assert report["created"] == "now"
    nano = report["methods"]["nano"]
    assert {name: cells["box"]["mean"] for name, cells in nano["sets"].items()} == {"a": pytest.approx(0.4), "b": 1}
    assert nano["mean_of_sets"]["box"]["mean"] == pytest.approx(0.7), "sets count the same, objects do not"
    assert nano["mean_of_sets"]["noc_85"]["mean"] == pytest.approx(14)
    sizes = {name: cells["box"]["mean"] for name, cells in nano["sizes"].items()}
    assert sizes == {"small": 0.2, "medium": pytest.approx(0.5), "large": 1}
    classes = {name: cells["box"]["objects"] for name, cells in nano["classes"].items()}
    assert classes == {"a: cat": 2, "a: dog": 1, "b: cat": 1}
    groups = {name: cells["box"]["mean"] for name, cells in nano["groups"].items()}
    assert groups == {"x": pytest.approx(0.4), "y": 0.4, NO_GROUP: 1}
    assert report["methods"]["filled box"]["sets"]["a"]["box"]["mean"] == pytest.approx(0.2)
    assert "noc_85" not in report["methods"]["filled box"]["sets"]["a"]
    assert report["sets"]["b"] == {"photos": 1, "chosen": 5, "objects": 1}


def test_without_groups_and_with_one_set():
    results = make_results()
    results.rows, results.sets = results.rows[:3], {"a": (2, 2)}
    report = summarise(results, {})
    assert report["methods"]["nano"]["groups"] == {}
    assert list(report["methods"]["nano"]["classes"]) == ["cat", "dog"]
    assert report["methods"]["nano"]["mean_of_sets"] == report["methods"]["nano"]["sets"]["a"]


def test_intervals_are_of_images():
    cells = summarise(make_results(), {})["methods"]["nano"]["sets"]
    # Photo 1 has a mean of .3 over two objects, photo 2 one object of .6; they are drawn with replacement.
    assert (cells["a"]["box"]["low"], cells["a"]["box"]["high"]) == (pytest.approx(0.3), pytest.approx(0.6))
    assert (cells["b"]["box"]["low"], cells["b"]["box"]["high"]) == (None, None)


def test_the_seed_decides_the_intervals():
    def lows(seed: int) -> str:
        results = make_results(seed=seed)
        results.rows = [
            Row("a", f"a/{n}", n, "cat", 500, None, {"nano": {"box": n / 30}, "filled box": {"box": 0.1}})
            for n in range(30)
        ]
        return json.dumps(summarise(results, {})["methods"])

    assert lows(1) == lows(1)
    assert lows(1) != lows(2)


def test_json_holds_it_all():
    report = json.loads(json.dumps(summarise(make_results(), {})))
    assert report["format"] == 1
    assert report["complete"] is True
    assert [row["figures"]["nano"]["box"] for row in report["objects"]] == [0.2, 0.4, 0.6, 1.0]
    assert report["objects"][0] == {
        "set": "a", "photo": "a/1.png", "annotation": 0, "class": "cat", "area": 500, "size": "small", "group": "x",
        "figures": {"nano": {"box": 0.2, "noc_85": 4.0}, "filled box": {"box": 0.1}},
    }  # fmt: skip
    assert set(report["figures"]) == {"box", "noc_85"}


def test_what_was_left_out_is_counted_by_reason():
    found = left_out([("a", "size: 1 and 2"), ("b", "size: 3 and 4"), ("c", "missing")], examples=1)
    assert found["count"] == 3
    assert found["reasons"] == {"size": 2, "missing": 1}
    assert found["examples"] == [{"what": "a", "why": "size: 1 and 2"}]
