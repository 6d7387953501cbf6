"""The log of a training and its curves."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from PIL import Image as PillowImage

from sam.training.history import History, draw_curves, read_log


def test_the_log_has_means_of_every_few_steps(tmp_path: Path) -> None:
    history = History(tmp_path / "log.jsonl", every=2)
    for value in (1.0, 3.0, 9.0):
        history.add({"loss": value}, step=int(value))
    assert [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()] == [
        {"loss": 2.0, "step": 3}
    ]


def test_a_line_cut_off_by_a_stop_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_text('{"loss": 2.0, "step": 3}\n{"loss": 1.')
    assert read_log(tmp_path / "log.jsonl") == [{"loss": 2.0, "step": 3}]
    assert read_log(tmp_path / "none") == []


def test_curves_are_a_picture(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    assert draw_curves(tmp_path) is None
    rows = [{"loss": 2.0 - i / 10, "single": 0.4, "oracle": 0.5, "step": i} for i in range(5)]
    (tmp_path / "log.jsonl").write_text(
        "".join(json.dumps(row | ({"top": 0.45} if row["step"] > 2 else {})) + "\n" for row in rows)
    )
    with PillowImage.open(draw_curves(tmp_path) or "") as picture:
        assert picture.width > 600
        assert len(picture.convert("RGB").getcolors(1 << 24) or []) > 10


def test_no_matplotlib_no_curves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "log.jsonl").write_text('{"loss": 2.0, "single": 0.1, "oracle": 0.2, "step": 3}\n')
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert draw_curves(tmp_path) is None
