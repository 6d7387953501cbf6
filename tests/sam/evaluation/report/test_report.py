"""The three files."""

from __future__ import annotations

import json

import pytest

from sam import SamError
from sam.evaluation.report.report import as_markdown, check_folder, facts, heading, write_report

from .samples import ABOUT, EVIL, make_report, make_results


def test_files_are_written_and_agree(tmp_path):
    results = make_results(("nano",), ("only",))
    report = make_report(results)
    files, missing = write_report(report, results, tmp_path)
    assert [file.name for file in files] == ["report.json", "report.md", "report.html"]
    assert missing == ""
    assert json.loads((tmp_path / "report.json").read_text()) == report
    mean = f"{report['methods']['nano']['mean_of_sets']['box']['mean']:.3f}"
    assert mean in (tmp_path / "report.md").read_text()
    assert mean in (tmp_path / "report.html").read_text()


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


def test_folders_are_made_before_and_refused_in_words(tmp_path):
    check_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
    (tmp_path / "file").write_text("")
    with pytest.raises(SamError, match="expected a folder for the report"):
        check_folder(tmp_path / "file")
    (tmp_path / "report.json").mkdir()
    results = make_results(("nano",), ("only",))
    results.methods, results.models = ["filled box"], []
    results.edges.clear()
    with pytest.raises(SamError, match=r"report\.json cannot be written"):
        write_report(make_report(results), results, tmp_path)
