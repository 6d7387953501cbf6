"""What is said above the tables."""

from __future__ import annotations

import pytest

from sam.evaluation.report.facts import facts, heading
from sam.evaluation.report.report import as_markdown

from .samples import ABOUT, EVIL, make_report, make_results


@pytest.mark.parametrize(
    ("split", "sentence"), [("held-out", "Held-out photos only"), ("all", "If a model was trained on some of them")]
)
def test_the_split_is_said(split, sentence):
    report = {**make_report(), "arguments": {**ABOUT["arguments"], "split": split}}
    assert sentence in dict(facts(report))["Split"]
    assert sentence in as_markdown(report)


def test_what_must_be_known_is_there():
    found = dict(facts(make_report()))
    assert found["Data"].startswith("60 objects in 20 photos: first (10 photos, 30 objects)")
    assert "seed 0" in found["Limits"]
    assert found["Weights of nano"] == "abc123"
    assert found["Source"] == "commit unknown"
    assert "Incomplete" not in found
    assert next(iter(dict(facts({**make_report(), "complete": False})))) == "Incomplete"


@pytest.mark.parametrize(
    ("models", "expected"),
    [(("nano",), "Evaluation of nano"), (("nano", EVIL), f"Evaluation of nano and {EVIL}")],
)
def test_headings(models, expected):
    assert heading(make_report(make_results(models))) == expected
