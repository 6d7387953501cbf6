"""Counting what was rated."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sam import SamError
from sam.evaluation.rating.ratings import as_table, read_ratings, summarise_ratings

KEY: dict[str, Any] = {
    f"{method}{number}": {"method": method, "photo": f"p{number}", "number": 1}
    for method in ("truth", "nano")
    for number in range(4)
}


def save(folder: Path, data: object, name: str = "r.json") -> Path:
    (folder / name).write_text(json.dumps(data))
    return folder / name


def test_means_by_method_best_first_with_the_difference_on_the_same_objects() -> None:
    first = {f"truth{number}": 9 for number in range(4)} | {"nano0": 3, "nano1": 5, "nano2": 7}
    second = {"nano0": 5, "truth0": 7}
    summary = summarise_ratings([first, second], KEY)
    truth, nano = summary["methods"]
    assert (truth["name"], truth["count"], truth["mean"], truth["beside"]) == ("truth", 4, 8.75, None)
    assert (nano["count"], nano["mean"]) == (3, pytest.approx(16 / 3))
    assert nano["good"] == pytest.approx(1 / 3)
    assert nano["beside"]["mean"] == pytest.approx(((4 - 8) + (5 - 9) + (7 - 9)) / 3)
    low, high = nano["interval"]
    assert 4 <= low <= nano["mean"] <= high <= 7
    assert "2 raters" in as_table(summary)
    assert "| nano | 5.33 |" in as_table(summary)


def test_the_form_s_file_is_read(tmp_path: Path) -> None:
    file = save(tmp_path, {"study": "s", "ratings": {"nano1": 10, "truth1": 1}})
    assert read_ratings([file], "s", KEY) == [{"nano1": 10, "truth1": 1}]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ([], "expected ratings as the form saves them"),
        ({"study": "s"}, "expected ratings as the form saves them"),
        ({"study": "s", "ratings": 5}, "expected ratings as the form saves them"),
        ({"study": "other", "ratings": {}}, "are of the study other"),
        ({"study": "s", "ratings": {"nano1": 11}}, "has the rating 11"),
        ({"study": "s", "ratings": {"nano1": 0}}, "has the rating 0"),
        ({"study": "s", "ratings": {"nano1": 5.5}}, "has the rating 5.5"),
        ({"study": "s", "ratings": {"nano1": True}}, "has the rating True"),
        ({"study": "s", "ratings": {"nobody": 5}}, "nobody has the rating 5"),
        ({"study": "s", "ratings": {}}, "Nothing is rated yet"),
    ],
)
def test_what_is_no_rating_is_said(data: object, words: str, tmp_path: Path) -> None:
    with pytest.raises(SamError, match=words):
        read_ratings([save(tmp_path, data)], "s", KEY)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SamError, match="expected ratings"):
        read_ratings([tmp_path / "none.json"], "s", KEY)
