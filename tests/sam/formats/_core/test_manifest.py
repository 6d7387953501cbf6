"""The manifest: the documented example, and what hostile or careless hands put into one."""

from __future__ import annotations

import hashlib
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from sam.formats import Project, read_project, write_project
from sam.formats._core.manifest import to_manifest
from tests.sam.formats.test_samstudio import a_photo, files_of, pack

DOCS = (Path(__file__).parents[4] / "docs" / "project-file.md").read_text("utf-8")


def test_the_documented_example_is_read_without_a_problem():
    text = re.findall(r"```json\n(.*?)```", DOCS, re.DOTALL)[0]
    oak = io.BytesIO()
    Image.new("RGB", (6, 4), (60, 140, 70)).save(oak, "PNG")
    value = json.loads(text.replace("PUT-HASH-HERE", hashlib.sha256(oak.getvalue()).hexdigest()))
    project = read_project(pack({"manifest.json": json.dumps(value).encode(), "photos/p1/oak.png": oak.getvalue()}))
    assert project.problems == ()
    assert project.read(project.photos[0]) == oak.getvalue()
    assert to_manifest(project) == value


def test_every_key_is_documented():
    manifest = json.loads(json.dumps(to_manifest(Project((a_photo(revised=True, path="x", extras={"alpha": "x"}),)))))
    keys = {*manifest, *manifest["photos"][0], *manifest["photos"][0]["objects"][0], *manifest["classes"][0]}
    assert sorted(key for key in keys if f"`{key}`" not in DOCS and f'"{key}"' not in DOCS) == []


def change(path: tuple[Any, ...], value: Any) -> Any:
    def run(manifest: dict[str, Any]) -> None:
        held: Any = manifest
        for key in path[:-1]:
            held = held[key]
        held[path[-1]] = value

    return run


def twice(*path: Any) -> Any:
    def run(manifest: dict[str, Any]) -> None:
        held: Any = manifest
        for key in path:
            held = held[key]
        held.append(held[0])

    return run


PHOTO, OBJECT = ("photos", 0), ("photos", 0, "objects", 0)
BAD: list[tuple[str, Any, str, tuple[int, int]]] = [
    ("absolute name", change((*PHOTO, "name"), "/etc/passwd"), "leads outside", (1, 2)),
    ("climbing name", change((*PHOTO, "name"), "../../x.png"), "leads outside", (1, 2)),
    ("climbing file", change((*PHOTO, "file"), "../x.png"), "leads outside", (1, 2)),
    ("absolute path", change((*PHOTO, "path"), "/etc/passwd"), "leads outside", (1, 2)),
    ("missing picture", change((*PHOTO, "file"), "photos/p1/none.png"), "is missing", (1, 2)),
    ("no picture", change((*PHOTO, "file"), None), "photo is missing", (1, 2)),
    ("no hash", change((*PHOTO, "sha256"), "x"), "no hash", (1, 2)),
    ("no size", change((*PHOTO, "width"), None), "height and width", (0, 0)),
    ("huge", change((*PHOTO, "width"), 10**9), "height and width", (0, 0)),
    ("half a pixel", change((*PHOTO, "width"), 60.5), "height and width", (0, 0)),
    ("other size", change((*PHOTO, "width"), 61), "another size", (1, 0)),
    ("mask too long", change((*OBJECT, "mask", "counts"), "0``1000"), "damaged", (1, 1)),
    ("mask no text", change((*OBJECT, "mask", "counts"), None), "object 1", (1, 1)),
    ("mask no mask", change((*OBJECT, "mask"), [1]), "another size", (1, 1)),
    ("empty mask", change((*OBJECT, "mask", "counts"), "P[2"), "empty", (1, 1)),
    ("no object", change(OBJECT, "x"), "object 1", (1, 1)),
    ("no class name", change((*OBJECT, "class"), 5), "class", (1, 1)),
    ("id of nothing", change((*OBJECT, "id"), "a b"), "cannot be used", (1, 2)),
    ("object twice", twice(*PHOTO, "objects"), "there twice", (1, 3)),
    ("photo twice", twice("photos"), "there twice", (2, 4)),
    ("class twice", twice("classes"), "there twice", (1, 2)),
    ("class without color", change(("classes", 0, "color"), "red"), "#rrggbb", (1, 2)),
    ("no photo", change(("photos", 0), 5), "photo 1", (0, 0)),
]


@pytest.mark.parametrize(("what", "spoil", "said", "kept"), BAD, ids=[row[0] for row in BAD])
def test_what_cannot_be_used_is_told_and_the_rest_kept(tmp_path, what, spoil, said, kept):
    write_project(Project((a_photo(),)), tmp_path / "a.samstudio")
    files = files_of(tmp_path / "a.samstudio")
    manifest = json.loads(files["manifest.json"])
    spoil(manifest)
    back = read_project(pack({**files, "manifest.json": json.dumps(manifest).encode()}))
    assert said in " ".join(back.problems)
    assert back.problems
    assert (len(back.photos), back.count) == kept
    assert all(line.endswith(".") for line in back.problems)
