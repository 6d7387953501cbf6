"""COCO's annotation file: what is in none of its fields, and what is not COCO's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sam import SamError
from sam.training.prepare import coco

from . import layouts


def test_photos_come_in_the_order_of_their_numbers_with_their_licence(tmp_path: Path) -> None:
    layouts.coco(tmp_path)
    found = list(coco.read(tmp_path, "val"))
    assert [one.name for one in found] == [f"{number:012}" for number in range(4)]
    assert layouts.BY_NC in found[0].licence
    assert layouts.BY in found[1].licence
    assert [region.label for region in found[0].regions()] == ["dog", "dog"], "crowds are left out"


@pytest.mark.parametrize("text", ["{", "[]", '{"images": [{"id": 1}], "annotations": [], "categories": []}'])
def test_another_json_is_refused_with_its_name(text: str, tmp_path: Path) -> None:
    layouts.coco(tmp_path)
    (tmp_path / "annotations" / "instances_val2017.json").write_text(text)
    with pytest.raises(SamError, match=r"instances_val2017\.json: expected COCO's"):
        list(coco.read(tmp_path, "val"))


def test_a_photo_without_objects_is_a_photo(tmp_path: Path) -> None:
    layouts.coco(tmp_path)
    file = tmp_path / "annotations" / "instances_val2017.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"annotations": []}))
    assert [one.regions() for one in coco.read(tmp_path, "val")] == [[]] * 4
