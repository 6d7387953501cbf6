"""Writing: whole or not at all, and never outside."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from sam import SamError
from sam.formats import FormatError, Options, Output
from sam.formats import write_annotations as write

from ..scenes import apart


def break_off(place: Path) -> None:
    with Output(place) as out:
        out.add("a.txt", b"1")
        raise RuntimeError


@pytest.mark.parametrize("name", ["../x", "/x", "a/../x", "C:x", "", "a//b", "a\\b"])
def test_names_that_lead_outside_are_refused(name, tmp_path):
    with pytest.raises(FormatError, match="relative file name"), Output(tmp_path / "out") as out:
        out.add(name, b"")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", ["out", "out.zip"])
def test_an_error_leaves_nothing_behind(place, tmp_path):
    with pytest.raises(RuntimeError):
        break_off(tmp_path / place)
    assert list(tmp_path.iterdir()) == []


def test_an_old_zip_stays_where_writing_fails(tmp_path):
    (tmp_path / "out.zip").write_bytes(b"old")
    with pytest.raises(RuntimeError):
        break_off(tmp_path / "out.zip")
    assert (tmp_path / "out.zip").read_bytes() == b"old"


def test_two_files_of_one_name_are_refused():
    out = Output(None)
    out.add("a", b"")
    with pytest.raises(FormatError, match="two files"):
        out.add("a", b"")


def test_links_in_the_folder_do_not_lead_outside(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out/sub").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FormatError, match="leads outside"), Output(tmp_path / "out") as out:
        out.add("sub/a.txt", b"")
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize("place", ["missing/out", "missing/out.zip", "file/out"])
def test_places_that_are_not_there_are_refused(place, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SamError), Output(tmp_path / place):
        pass


def test_a_file_in_place_of_a_folder_is_refused(tmp_path):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(SamError, match="is a file"), Output(tmp_path / "out"):
        pass
    assert (tmp_path / "out").read_text() == "mine"


def test_equal_annotations_make_equal_zips(tmp_path):
    for name in ("a.zip", "b.zip"):
        write(apart(), tmp_path / name, "coco", Options(photos=True))
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.namelist() == ["annotations.json", "images/a/first.png", "images/second.png"]
        assert archive.testzip() is None


def test_one_file_for_two_photos_is_refused(tmp_path):
    with pytest.raises(FormatError, match="2 files"):
        write(apart(), tmp_path / "out.svg", "svg")
    assert list(tmp_path.iterdir()) == []
