"""What is rated: every model's mask of each chosen object and the data set's own, in an order that says nothing."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from sam import SamError
from sam.evaluation.dataset import find_sets
from sam.evaluation.rating.study import TRUTH, make_study

from ..conftest import ScriptedSegmenter, square


def decoded(address: str) -> np.ndarray:
    return np.asarray(PillowImage.open(io.BytesIO(base64.b64decode(address.split(",")[1]))))


@pytest.fixture
def models() -> list:
    return [(name, ScriptedSegmenter(lambda prompt: [square(3, 3, 20, 20)], name)) for name in ("one", "two")]


def test_each_object_is_rated_for_each_model_and_for_its_own_mask(data: Path, models: list) -> None:
    study = make_study(models, find_sets(data), masks=5, min_area=50)
    assert len(study.pictures) == 5
    assert sorted(one.method for one in study.items) == sorted(["one", "two", TRUTH] * 5)
    assert len({one.id for one in study.items}) == 15
    assert len({one.photo for one in study.items}) == 5, "one object a photo"
    for one in study.items:
        mask, photo = decoded(one.mask), decoded(study.pictures[one.picture])
        assert mask.shape == photo.shape[:2]
        if one.method == TRUTH:
            assert mask[int(one.click[1]), int(one.click[0])], "the click is on the object"


def test_the_same_seed_asks_the_same_and_another_does_not(data: Path, models: list) -> None:
    sets = find_sets(data)
    first = make_study(models, sets, masks=3, min_area=50, seed=1)
    assert first == make_study(models, sets, masks=3, min_area=50, seed=1)
    assert first.id != make_study(models, sets, masks=3, min_area=50, seed=2).id
    names = [one.method for one in make_study(models, sets, masks=14, min_area=50).items]
    assert names != sorted(names)


def test_no_object_of_that_size_is_said(data: Path, models: list) -> None:
    with pytest.raises(SamError, match="smaller --min-area"):
        make_study(models, find_sets(data), masks=3, min_area=1e9)
