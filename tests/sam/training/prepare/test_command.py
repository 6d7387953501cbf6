"""`python -m sam prepare`, as it is called."""

from __future__ import annotations

from pathlib import Path

import pytest

from sam.cli.main import build_cli, run_cli

from . import layouts


def test_a_set_is_prepared_and_trained_on_next(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layouts.coco(tmp_path / "coco")
    out = tmp_path / "out"
    arguments = ["prepare", "coco", str(tmp_path / "coco"), "-o", str(out), "--limit", "3", "--mix", "open"]
    assert run_cli(build_cli(), arguments) == 0
    said = capsys.readouterr()
    assert f"train on it: python -m sam train --data {out}" in said.out
    assert "Annotations CC BY 4.0" in said.err
    assert "not under an open licence" in said.err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["cocoa", "x"], "Did you mean coco?"),
        (["coco", "x", "--split", "test"], "COCO 2017 has no part 'test'. It has: val, train."),
        (["coco", "x"], "is missing: COCO's annotations"),
        (["sa-1b", "x", "--download"], "SA-1B has terms to accept"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(
    arguments: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name, folder, *rest = arguments
    assert run_cli(build_cli(), ["prepare", name, str(tmp_path / folder), "-o", str(tmp_path / "out"), *rest]) == 1
    assert sentence in capsys.readouterr().err


def test_downloading_asks_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = []
    monkeypatch.setattr("typer.confirm", lambda text, err: asked.append(text))
    assert run_cli(build_cli(), ["prepare", "coco", str(tmp_path), "-o", str(tmp_path / "out"), "--download"]) == 1
    assert asked == [f"Fetch about 1,019 MB into {tmp_path}?"]
    assert not list(tmp_path.iterdir())
