"""The watch over written files sees each way to write, and nothing else."""

from __future__ import annotations

import os

import pytest

from tests.fuzz.writes import watched


@pytest.mark.parametrize(
    "write",
    [
        lambda at: (at / "a").write_text("a"),
        lambda at: (at / "a").open("ab").close(),
        lambda at: os.close(os.open(at / "a", os.O_CREAT)),
        lambda at: (at / "a").mkdir(),
        lambda at: (at / "there").unlink(),
        lambda at: (at / "there").rename(at / "a"),
        lambda at: (at / "a").symlink_to(at / "there"),
        lambda at: (at / ".." / at.name / "a").write_text("a"),
    ],
)
def test_what_is_written_outside_is_seen(tmp_path, write):
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    (outside / "there").write_text("there")
    with watched(inside) as seen:
        write(outside)
    assert seen
    assert all(str(outside) in one for one in seen)


def test_reading_and_what_is_inside_are_not(tmp_path):
    (tmp_path / "there").write_text("there")
    with watched(tmp_path) as seen:
        (tmp_path / "there").read_text()
        (tmp_path / "new").write_text("new")
        os.listdir("/")
    assert seen == []
    (tmp_path.parent / f"{tmp_path.name}-after").write_text("no one watches")
    assert seen == []
