"""Every recipe, on a small data set in its makers' form."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from sam import SamError
from sam.evaluation.dataset import find_sets
from sam.training.coco import decode_mask, read_folder
from sam.training.licences import is_open
from sam.training.prepare.catalog import RECIPES
from sam.training.prepare.command import NAMES
from sam.training.prepare.folder import write_folder

from .layouts import SIZE, laid_out, square

FOUND = {
    "coco": (4, {"dog": 8}),
    "lvis": (3, {"dog": 6}),
    "open-images": (3, {"dog": 6}),
    "ade20k": (2, {"car": 4, "sky": 2}),
    "sa-1b": (3, {"object": 3}),
}


def test_the_command_names_every_recipe() -> None:
    assert tuple(RECIPES) == NAMES == tuple(FOUND)


@pytest.mark.parametrize("name", RECIPES)
def test_a_data_set_becomes_a_folder_to_train_and_measure_on(name: str, tmp_path: Path) -> None:
    recipe = RECIPES[name]
    source = laid_out(recipe, tmp_path / "source")
    out = tmp_path / "out"
    written = write_folder(recipe.read(source, recipe.splits[0]), out)
    photos, labels = FOUND[name]
    assert (written.photos, written.objects, written.broken) == (photos, sum(labels.values()), ())
    data = json.loads((out / "annotations.json").read_text())
    names = {row["id"]: row["name"] for row in data["categories"]}
    counted = [names[row["category_id"]] for row in data["annotations"]]
    assert {label: counted.count(label) for label in counted} == labels
    [found] = find_sets(out)
    assert len(found.photos) == photos == len(read_folder(out))
    for photo in read_folder(out):
        assert photo.path.exists()
        whole = np.zeros(SIZE, bool)
        for one in photo.annotations:
            if names[one["category_id"]] != "sky":
                whole |= decode_mask(one, photo.size_hw) > 0
        assert (whole & square()).sum() / (whole | square()).sum() > 0.97


@pytest.mark.parametrize("name", RECIPES)
def test_the_mix_says_which_photos_anyone_may_learn_from(name: str, tmp_path: Path) -> None:
    recipe = RECIPES[name]
    examples = list(recipe.read(laid_out(recipe, tmp_path / "source"), recipe.splits[0]))
    allowed = sum(is_open(one.licence) for one in examples)
    assert allowed == {"coco": 2, "lvis": 3, "open-images": 3}.get(name, 0)
    if allowed:
        written = write_folder(iter(examples), tmp_path / "out", mix="open")
        assert (written.photos, written.closed) == (allowed, len(examples) - allowed)
    else:
        with pytest.raises(SamError, match="Take --mix all"):
            write_folder(iter(examples), tmp_path / "out", mix="open")


@pytest.mark.parametrize("name", RECIPES)
def test_an_empty_folder_is_answered_with_where_the_data_are(name: str, tmp_path: Path) -> None:
    recipe = RECIPES[name]
    with pytest.raises(SamError, match=recipe.page.replace("?", ".")):
        list(recipe.read(tmp_path, recipe.splits[0]))


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize("split", [0, -1])
def test_downloads_are_addresses_of_files(name: str, split: int) -> None:
    recipe = RECIPES[name]
    for one in recipe.downloads(recipe.splits[split]):
        assert one.url.startswith(("https://", "http://"))
        assert one.megabytes > 0
        assert ".." not in one.into
        assert not one.into.startswith("/")
