"""The three files."""

from __future__ import annotations

import json

import pytest

from sam import SamError
from sam.evaluation.report.report import check_folder, write_report

from .samples import make_report, make_results


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
