"""Phrases that visitors were puzzled by do not come back."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHOWN = [
    *(ROOT / "plugins").rglob("*.py"),
    *(ROOT / "plugins").rglob("*.mjs"),
    *(ROOT / "webapp").rglob("*.py"),
    *(ROOT / "webapp" / "static").rglob("*.mjs"),
]
BANNED = {
    "Nothing was found": "Nothing found",
    "from a confidence of": "above 30 % confidence",
    "Added {some} object": "2 objects added.",
    "Most overlap": "Maximum overlap",
    "Least quality": "Minimum quality",
    "another number, another filling": "Seed",
    "Blocks across": "Block count",
    "Take its shadow": "Remove shadow too",
    "long press,": "long-press",
    "Nothing is left with these settings": "Nothing found.",
    "masks kept; dropped": "left out",
}
"""What must not be said to a visitor -> what is said instead."""


@pytest.mark.parametrize("phrase", BANNED)
def test_a_phrase_that_puzzled_is_not_said_again(phrase):
    said = [file.relative_to(ROOT) for file in SHOWN if phrase.lower() in file.read_text("utf-8").lower()]
    assert said == [], f"say {BANNED[phrase]!r}"


def test_everything_counts_in_a_visitors_words():
    from sam.everything.proposals import Counts

    counts = str(Counts(proposed=1200, predicted_iou=900, stability=100, duplicates=150, kept=50))
    assert counts == (
        "50 of 1,200 masks; left out: 900 below the minimum quality, 100 not stable enough, 150 duplicates"
    )
    assert str(Counts(proposed=3, kept=3)) == "3 of 3 masks"
