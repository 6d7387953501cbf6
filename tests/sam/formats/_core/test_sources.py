"""Files from outside: folders, zips, bombs, names that lead out."""

from __future__ import annotations

import io
import os
import stat
import struct
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from sam.formats import Files, FormatError
from sam.formats._core import sources

from ..scenes import photo


def zipped(entries: dict[str, bytes], **options: int) -> io.BytesIO:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    buffer.seek(0)
    return buffer


@pytest.mark.parametrize("name", ["../evil.txt", "/etc/evil.txt", "a/../../evil.txt", "C:\\evil.txt", "C:evil.txt"])
def test_names_that_lead_outside_are_left_out(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = set(tmp_path.rglob("*"))
    files = Files.from_zip(zipped({name: b"x", "good.txt": b"y"}), "a.zip")
    assert list(files) == ["good.txt"]
    assert files.read("good.txt") == b"y"
    assert "leads outside" in files.problems[0]
    assert set(tmp_path.rglob("*")) == before


def test_links_in_a_zip_are_left_out():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        info = zipfile.ZipInfo("link")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    files = Files.from_zip(buffer, "a.zip")
    assert list(files) == []
    assert files.problems == ["a.zip: link is a link. Left out."]


def test_a_bomb_is_refused_before_it_is_unpacked():
    with pytest.raises(FormatError, match="more than its files can be"):
        Files.from_zip(zipped({"a.json": bytes(40 << 20)}), "a.zip")


def test_a_zip_that_lies_about_its_sizes_is_read_to_the_limit_only():
    held = bytearray(zipped({"a.json": bytes(1 << 20)}).getvalue())
    # The directory at the end says 10 bytes.
    at = held.rindex(b"PK\x01\x02")
    struct.pack_into("<I", held, at + 24, 10)
    files = Files.from_zip(io.BytesIO(bytes(held)), "a.zip")
    with pytest.raises(FormatError):
        files.read("a.json", 1000)


def test_large_files_are_refused_with_a_sentence(tmp_path):
    path = tmp_path / "a.json"
    with open(path, "wb") as file:
        file.truncate(sources.MAX_TEXT + 1)
    with pytest.raises(FormatError, match=r"a\.json is too large: at most 512 MB"):
        Files.open(path).json("a.json")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"rubbish", "not a zip"),
        (b"", "not a zip"),
        (zipped({"a": b"x" * 1000}).getvalue()[:60], "not a zip"),
    ],
    ids=["rubbish", "empty", "cut short"],  # a zip holds the time of day
)
def test_what_is_no_zip_is_said(data, said):
    with pytest.raises(FormatError, match=said):
        Files.from_zip(io.BytesIO(data), "a.zip")


def test_a_damaged_entry_is_said():
    held = bytearray(zipped({"a.txt": os.urandom(1000)}).getvalue())
    held[100:120] = bytes(20)
    with pytest.raises(FormatError, match="damaged"):
        Files.from_zip(io.BytesIO(bytes(held)), "a.zip").read("a.txt")


@pytest.mark.parametrize(
    "text",
    [
        b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><x>&a;</x>',
        b'<!DOCTYPE x [<!ENTITY % a SYSTEM "http://127.0.0.1:9/x">%a;]><x/>',
    ],
)
def test_entities_are_refused(text):
    with pytest.raises(FormatError, match="entities"):
        sources.parse_xml(text, "a.xml")


@pytest.mark.parametrize("text", [b"", b"<x>", b"\x00\x01", b"<x>\xff</x>"])
def test_what_is_no_xml_is_said(text):
    with pytest.raises(FormatError, match=r"a\.xml is not XML"):
        sources.parse_xml(text, "a.xml")


def test_json_is_read_in_any_spelling_and_nan_refused():
    files = Files.of({"a.json": b"\xef\xbb\xbf[1]", "b.json": b"[NaN]", "c.json": b"[" * 10_000, "d.json": b"{"})
    assert files.json("a.json") == [1]
    for name in ("b.json", "c.json", "d.json"):
        with pytest.raises(FormatError, match=name):
            files.json(name)


def test_folders_hide_what_is_hidden(tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/a.json").write_text("{}")
    (tmp_path / "b").mkdir()
    (tmp_path / "b/a.json").write_text("{}")
    assert list(Files.open(tmp_path)) == ["b/a.json"]


def test_photos_are_found_by_name_then_by_stem(tmp_path):
    names = ["images/a.jpg", "masks/a.png", "images/b.png", "labels/b.png"]
    files = Files.of(dict.fromkeys(names, b""))
    assert files.photo_of("a.jpg") == "images/a.jpg"
    assert files.photo_of("C:\\old\\a.jpg") == "images/a.jpg"
    assert files.photo_of("b.tif") == "images/b.png"
    assert files.photo_of("c.jpg") == ""
    assert files.photo_of("masks/a.png", "masks/a.png") == "images/a.jpg"


def test_sizes_are_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    Image.new("RGB", (8, 4)).save(buffer, "JPEG", exif=exif.tobytes())
    files = Files.of({"turned.jpg": buffer.getvalue(), "plain.png": photo(4, 8)})
    assert files.size_of("turned.jpg") == (8, 4)
    assert files.size_of("plain.png") == (4, 8)


def test_what_is_not_there(tmp_path: Path):
    with pytest.raises(FormatError, match="is not there"):
        Files.open(tmp_path / "x.json")
    with pytest.raises(FormatError, match="missing"):
        Files.of({"a": b"", "b": b""}).read("c")
