"""A whole run's masks as annotations."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pil

from plugins._core.recipes.annotated import check_annotations, is_annotation_format, write_all
from sam import Image, Masks, SamError
from sam.formats import read_annotations
from sam.io.serialization import write_value


def parts(folder: Path, names: list[str]) -> list[tuple[Path, Path]]:
    made = []
    for number, name in enumerate(names):
        photo, file = folder / name, folder / f"{number}.json"
        photo.parent.mkdir(exist_ok=True)
        Pil.fromarray(np.zeros((8, 9, 3), np.uint8)).save(photo)
        mask = np.zeros((8, 9), bool)
        mask[2:5, number : number + 3] = True
        write_value(Masks(mask), Masks, file)
        made.append((photo, file))
    return made


def test_all_photos_come_into_one_file(tmp_path):
    objects, lost = write_all(parts(tmp_path, ["a.png", "b.png"]), tmp_path / "out", "coco")
    assert objects == 2
    assert lost == ["2 objects without a class: saved as “object”."]
    data = json.loads((tmp_path / "out" / "annotations.json").read_text())
    assert [one["file_name"] for one in data["images"]] == ["a.png", "b.png"]
    found = read_annotations(tmp_path / "out")
    assert [one.area for one in found.objects] == [9, 9]


def test_what_a_format_loses_is_said(tmp_path):
    _, lost = write_all(parts(tmp_path, ["a.png"]), tmp_path / "out", "yolo-boxes")
    assert lost


def test_two_photos_of_one_name_are_refused(tmp_path):
    with pytest.raises(SamError, match="have one name"):
        write_all(parts(tmp_path, ["x/a.png", "y/a.png"]), tmp_path / "out", "coco")


@pytest.mark.parametrize(
    ("name", "returns", "out", "words"),
    [
        ("coco", Image, "out", "for recipes that end in masks"),
        ("coco", Masks, "out.json", "give -o a folder"),
        ("coco", Masks, "file", "give -o a folder"),
    ],
)
def test_what_cannot_be_is_refused_before_the_work(tmp_path, name, returns, out, words):
    (tmp_path / "file").write_text("")
    with pytest.raises(SamError, match=words):
        check_annotations(name, returns, tmp_path / out)


def test_pictures_endings_are_no_formats_of_annotations():
    assert is_annotation_format("coco")
    assert not any(is_annotation_format(name) for name in ("png", "webp", "tif", "jpg", "nothing"))
