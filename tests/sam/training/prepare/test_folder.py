"""Writing the folder: sizes, what is broken, going on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image as PillowImage

from sam import SamError, rle
from sam.training.coco import decode_mask, read_folder
from sam.training.prepare.folder import chosen, write_folder
from sam.training.prepare.recipe import Example, Region

from .layouts import SIZE, save_photo, square


def examples(folder: Path, count: int = 3) -> list[Example]:
    found = []
    for number in range(count):
        path = folder / f"{number}.png"
        save_photo(path)
        found.append(Example(f"photo-{number}", path, SIZE, lambda: [Region(dict(rle.encode(square())), "box")], "MIT"))
    return found


def test_photos_get_smaller_and_their_masks_with_them(tmp_path: Path) -> None:
    write_folder(examples(tmp_path), tmp_path / "out", longest=40)
    for photo in read_folder(tmp_path / "out"):
        assert photo.size_hw == (30, 40)
        with PillowImage.open(photo.path) as picture:
            assert picture.size == (40, 30)
        assert decode_mask(photo.annotations[0], photo.size_hw).sum() == 300
        assert photo.annotations[0]["bbox"] == [10, 5, 20, 15]
        assert photo.licence.strip() == "MIT"


def test_what_is_broken_is_told_and_the_rest_is_there(tmp_path: Path) -> None:
    three = examples(tmp_path)
    (tmp_path / "1.png").write_bytes(b"no picture")
    wrong = Example("wrong", tmp_path / "0.png", SIZE, lambda: [Region({"size": [9, 9], "counts": "?"})])
    written = write_folder([*three, wrong], tmp_path / "out")
    assert written.photos == 2
    assert [name for name, _ in written.broken] == ["photo-1", "wrong"]
    assert len(read_folder(tmp_path / "out")) == 2


def test_nothing_at_all_is_said_with_the_first_reason(tmp_path: Path) -> None:
    [one] = examples(tmp_path, 1)
    (tmp_path / "0.png").unlink()
    with pytest.raises(SamError, match=r"Check the folder\. The first that is broken: photo-0"):
        write_folder([one], tmp_path / "out")
    assert not (tmp_path / "out" / "annotations.json").exists()


def test_a_second_call_writes_no_photo_again(tmp_path: Path) -> None:
    three = examples(tmp_path)
    write_folder(three[:1], tmp_path / "out")
    first = tmp_path / "out" / "images" / "photo-0.jpg"
    before = first.stat().st_mtime_ns
    write_folder(three, tmp_path / "out")
    assert first.stat().st_mtime_ns == before
    assert len(json.loads((tmp_path / "out" / "annotations.json").read_text())["images"]) == 3


def test_some_are_chosen_by_their_names(tmp_path: Path) -> None:
    many = examples(tmp_path, 9)
    some = [one.name for one in chosen(iter(many), 4)]
    assert len(some) == 4
    assert some == [one.name for one in chosen(reversed(many), 4)], "whatever their order"
    assert list(chosen(many, None)) == many
