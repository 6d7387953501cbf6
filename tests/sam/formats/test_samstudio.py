"""Project files: there and back to the bit, the documented example, and files from hostile or careless hands."""

from __future__ import annotations

import errno
import hashlib
import io
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sam import SamError
from sam.formats import (
    AnnotatedImage,
    AnnotatedObject,
    FormatError,
    Project,
    ProjectObject,
    ProjectPhoto,
    read_annotations,
    read_project,
    write_annotations,
    write_project,
)
from sam.rle import encode
from tests.sam.formats.scenes import apart, overlapping, photo


def a_photo(number: int = 1, size: tuple[int, int] = (40, 60), **more: Any) -> ProjectPhoto:
    """A photo with two objects, all fields filled."""
    data = photo(*size, number)
    image = AnnotatedImage(f"photo {number}.png", size)
    one, whole = np.zeros(size, bool), np.ones(size, bool)
    one[1, 2] = True
    facts: dict[str, Any] = {
        "label": "tree",
        "name": "Old oak",
        "score": 0.3,
        "prompts": {"points": [[2.5, 1.5]], "labels": [1], "box": None},
        "provenance": {"model": "nano", "source": "clicks, nano"},
    }
    objects = (
        ProjectObject(AnnotatedObject(image.name, encode(one), **facts), "a", "#e69f00", True, False),
        ProjectObject(AnnotatedObject(image.name, encode(whole)), "b", "#56b4e9", False, True),
    )
    fields: dict[str, Any] = {
        "sha256": hashlib.sha256(data).hexdigest(),
        "objects": objects,
        "prompts": {"points": [{"x": 1, "y": 2, "label": 1}], "box": [0, 0, 5, 5]},
        "selected": ("b",),
        "history": ({"steps": [{"tool": "erase"}], "changed": True},),
        "model": "nano",
        "weights": "abc",
        "page": 2,
        "brightness": (0.0, 512.5),
        "data": {"photo": data},
    }
    return ProjectPhoto(f"p{number}", image, **{**fields, **more})


def files_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def pack(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def test_a_project_comes_back_as_it_was(tmp_path):
    made = Project((a_photo(), a_photo(2, (5, 7), extras={}, revised=True)), current="p2")
    write_project(made, tmp_path / "a.samstudio")
    back = read_project(tmp_path / "a.samstudio")
    assert back.problems == ()
    inside = tuple(replace(one, file=f"photos/{one.id}/{one.image.name}") for one in made.photos)
    assert replace(back, photos=()) == replace(made, photos=())
    assert back.photos == inside
    assert [back.read(one) for one in back.photos] == [one.data["photo"] for one in made.photos]
    write_project(back, tmp_path / "b.samstudio")
    assert (tmp_path / "a.samstudio").read_bytes() == (tmp_path / "b.samstudio").read_bytes()


@pytest.mark.parametrize("scene", [apart, overlapping])
def test_it_is_a_format_that_loses_nothing(tmp_path, scene):
    write_annotations(scene(), tmp_path / "a.samstudio", "samstudio")
    back = read_annotations(tmp_path / "a.samstudio")
    assert back == scene()
    assert [one.source for one in back.images] == [one.source for one in scene().images]


def test_other_files_of_a_photo_come_along(tmp_path):
    made = a_photo(
        data={"photo": photo(40, 60, 1), "alpha": b"alpha", "original": b"tiff"}, extras={"original": "x.tif"}
    )
    write_project(Project((made,)), tmp_path / "a.samstudio")
    back = read_project(tmp_path / "a.samstudio")
    assert dict(back.photos[0].extras) == {"alpha": "photos/p1/alpha.png", "original": "photos/p1/original.tif"}
    assert (back.extra(back.photos[0], "alpha"), back.extra(back.photos[0], "original")) == (b"alpha", b"tiff")
    assert back.extra(back.photos[0], "other") == b""


def test_photos_may_lie_beside(tmp_path):
    made = a_photo(data={}, path="in/photo 1.png")
    write_project(Project((made,)), tmp_path / "a.samstudio")
    back = read_project(tmp_path / "a.samstudio")
    with pytest.raises(FormatError, match="should be beside"):
        back.read(back.photos[0])
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "photo 1.png").write_bytes(photo(40, 60, 1))
    assert back.read(back.photos[0]) == photo(40, 60, 1)
    elsewhere = read_project(tmp_path / "a.samstudio", [tmp_path / "in"])
    assert elsewhere.photos[0].image.source == tmp_path / "in" / "photo 1.png"


def test_photos_are_not_read_before_they_are_asked_for(tmp_path, monkeypatch):
    write_project(Project((a_photo(), a_photo(2))), tmp_path / "a.samstudio")
    opened: list[str] = []
    real = zipfile.ZipFile.open
    monkeypatch.setattr(
        zipfile.ZipFile, "open", lambda self, name, *more: (opened.append(str(name)), real(self, name, *more))[1]
    )
    project = read_project(tmp_path / "a.samstudio")
    assert len(opened) == 1
    project.read(project.photos[1])
    assert len(opened) == 2


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "not a zip"),
        (b"PK\3\4" + b"\0" * 50, "not a zip"),
        (pack({"x": b""}), "not a SAM Studio project"),
        (pack({"manifest.json": b"[]"}), "not a SAM Studio project"),
        (pack({"manifest.json": b"{"}), "not JSON"),
        (pack({"manifest.json": b'{"format": "sam-studio-project", "version": 1, "photos": [NaN]}'}), "NaN"),
        (pack({"manifest.json": b'{"format": "sam-studio-project", "version": 1e999}'}), "infinity"),
        (pack({"manifest.json": b'{"format": "sam-studio-project", "version": 2}'}), "newer SAM Studio"),
        (pack({"manifest.json": b'{"format": "sam-studio-project", "version": "1"}'}), "version"),
        (pack({"manifest.json": b"[" * 100_000}), "deep"),
        (pack({"manifest.json": b" " * (40 << 20)}), "unpack"),
    ],
)
def test_what_is_no_project_is_refused_in_a_sentence(data, said):
    with pytest.raises(FormatError, match=said) as error:
        read_project(data)
    assert str(error.value).endswith((".", "."))


def test_a_huge_manifest_is_not_parsed(monkeypatch):
    monkeypatch.setattr("sam.formats._core.sources.MAX_TEXT", 10)
    monkeypatch.setattr("sam.formats._core.sources.Files.read.__defaults__", (10,))
    with pytest.raises(FormatError, match="too large"):
        read_project(pack({"manifest.json": b'{"format": "sam-studio-project", "version": 1}'}))


def test_names_in_the_zip_that_lead_outside_are_told(tmp_path):
    write_project(Project((a_photo(),)), tmp_path / "a.samstudio")
    back = read_project(pack({"../evil.png": b"x", **files_of(tmp_path / "a.samstudio")}))
    assert "leads outside" in " ".join(back.problems)
    assert back.count == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.samstudio"]


def test_another_ending_is_refused(tmp_path):
    with pytest.raises(FormatError, match=r"\.samstudio"):
        write_project(Project(), tmp_path / "a.zip")


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 64 kB; where none may be mounted, the system's own refusal is what is missing."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)]
    try:
        mounted = subprocess.run(mount, capture_output=True).returncode == 0
    except OSError:
        mounted = False
    if not mounted:
        pytest.skip("no disk may be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_leaves_the_file_before(small_disk):
    write_project(Project((a_photo(),)), small_disk / "a.samstudio")
    before = (small_disk / "a.samstudio").read_bytes()
    large = a_photo(data={"photo": np.random.default_rng(0).bytes(100_000)}, sha256="")
    with pytest.raises(SamError, match="No space left"):
        write_project(Project((large,)), small_disk / "a.samstudio")
    assert (small_disk / "a.samstudio").read_bytes() == before
    assert [one.name for one in small_disk.iterdir()] == ["a.samstudio"]


def test_a_write_that_fails_leaves_the_file_before(tmp_path, monkeypatch):
    write_project(Project((a_photo(),)), tmp_path / "a.samstudio")
    before = (tmp_path / "a.samstudio").read_bytes()

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", full)
    with pytest.raises(SamError, match="No space left"):
        write_project(Project((a_photo(2),)), tmp_path / "a.samstudio")
    assert (tmp_path / "a.samstudio").read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["a.samstudio"]
