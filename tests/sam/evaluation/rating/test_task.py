"""`sam eval --task rating`, as it is called: the form, then the figures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sam.cli.main import build_cli, run_cli


def called(*arguments: object) -> int:
    return run_cli(build_cli(), ["eval", "--task", "rating", *map(str, arguments)])


def test_a_form_is_made_and_its_ratings_are_counted(data: Path, tmp_path: Path, capsys) -> None:
    out = tmp_path / "study"
    assert called("--data", data, "--masks", 2, "--min-area", 50, "-o", out) == 0
    assert "4 masks to rate" in capsys.readouterr().out
    held = json.loads((out / "key.json").read_text())
    file = tmp_path / "mine.json"
    ratings = {item: 9 if source["method"] == "ground truth" else 4 for item, source in held["key"].items()}
    file.write_text(json.dumps({"study": held["study"], "ratings": ratings}))
    assert called("-o", out, "--ratings", file) == 0
    said = capsys.readouterr().out
    assert "| ground truth | 9.00 |" in said
    assert "| nano | 4.00 |" in said
    assert "-5.00" in said
    assert called("-o", out, "--ratings", file, "--json") == 0
    assert [row["name"] for row in json.loads(capsys.readouterr().out)["methods"]] == ["ground truth", "nano"]


def test_a_study_is_never_written_over_another(data: Path, tmp_path: Path, capsys) -> None:
    out = tmp_path / "study"
    assert called("--data", data, "--masks", 1, "--min-area", 50, "-o", out) == 0
    assert called("--data", data, "--masks", 1, "--min-area", 50, "-o", out) == 0
    before = (out / "rate.html").read_bytes()
    assert called("--data", data, "--masks", 1, "--min-area", 50, "-o", out, "--seed", 5) == 1
    assert "holds another study" in capsys.readouterr().err
    assert (out / "rate.html").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Say what to measure on"),
        (("--ratings", "x.json"), "Say where the form is"),
        (("--ratings", "x.json", "-o", "."), "Make the form first"),
    ],
)
def test_what_is_missing_is_said(arguments: tuple, words: str, tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    assert called(*arguments) == 1
    assert words in capsys.readouterr().err
