from __future__ import annotations

from pathlib import Path

import pytest

from webapp.models.settings import Settings


def test_what_is_kept_is_there_at_the_next_start(tmp_path: Path) -> None:
    path = tmp_path / "new" / "settings.json"
    first = Settings(path)
    assert (first.own, first.offline, first.budget) == ([], None, 0)
    first.keep(own=["/models/mine"], offline=False)
    first.keep(budget=3)
    again = Settings(path)
    assert (again.own, again.offline, again.budget) == (["/models/mine"], False, 3)
    assert [file.name for file in path.parent.iterdir()] == ["settings.json"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"own": "x", "offline": 1, "budget": true}',
        '{"own": [3], "offline": "on", "budget": -1}',
    ],
)
def test_a_file_that_makes_no_sense_is_done_without(text: str, tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(text, "utf-8")
    found = Settings(path)
    assert (found.own, found.offline, found.budget) == ([], None, 0)


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings = Settings(tmp_path / "file" / "settings.json")
    settings.keep(budget=5)
    assert settings.budget == 5
