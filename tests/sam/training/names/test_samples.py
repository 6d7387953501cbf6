"""Scenes for the names head: maps that lie where the thing is, and silence about what nobody marked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sam import SamError
from sam.detection.vocabulary import INDEX
from sam.training.image_store import Pack
from sam.training.names.samples import SLOTS, NamedPhotos, NamesSampler, maps_of
from sam.training.names.truth import KNOWN, PARTIAL, RULES, UNKNOWN

from ...subjects import draw_folder
from ..conftest import draw_folder as draw_shapes


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> NamedPhotos:
    root = tmp_path_factory.mktemp("drawn")
    draw_folder(root / "shapes")
    return NamedPhotos(Pack(root, root / "pack"), root)


@pytest.mark.parametrize("size", [64, 128])
def test_a_scene_is_whole(photos: NamedPhotos, size: int) -> None:
    sampler = NamesSampler(photos, 1)
    balls = 0
    for _ in range(12):
        scene = sampler.draw(size)
        cells = size // 8
        assert scene.pixels.shape == (3, size, size)
        assert scene.maps.shape == scene.known.shape == scene.things.shape == (SLOTS, cells, cells)
        assert np.isfinite(scene.pixels).all()
        ball = INDEX["sports ball"]
        assert np.flatnonzero(scene.state == KNOWN).tolist() == [ball]
        assert set(scene.names) <= {-1, ball}
        if scene.names[0] == ball:
            balls += 1
            x0, y0, x1, y1 = scene.boxes[1]
            y, x = np.nonzero(scene.maps[0] > 128)
            assert (x * 8 + 8 >= x0).all()
            assert (x * 8 <= x1).all()
            assert (y * 8 + 8 >= y0).all()
            assert (y * 8 <= y1).all()
            assert not scene.maps[0][scene.inside == 0].any()
    assert balls > 6


def test_the_same_seed_draws_the_same(photos: NamedPhotos) -> None:
    one, other = (NamesSampler(photos, 4).draw(64) for _ in range(2))
    assert all((a == b).all() for a, b in zip(one.arrays(), other.arrays()))


def test_folders_without_names_are_refused(tmp_path: Path) -> None:
    draw_shapes(tmp_path / "shapes")
    with pytest.raises(SamError, match=r"expected photos with masks of things that sam/detection/vocabulary\.py lists"):
        NamedPhotos(Pack(tmp_path, tmp_path / "pack"), tmp_path)


def square(x0: int, y0: int, x1: int, y1: int) -> np.ndarray:
    mask = np.zeros((64, 64), np.uint8)
    mask[y0:y1, x0:x1] = 1
    return mask


RANDOM = np.random.default_rng(0)


def test_what_lies_in_front_is_taken_out_and_bare_walls_are_unknown() -> None:
    masks = [("facade", square(0, 0, 32, 64)), ("window", square(8, 8, 16, 16)), ("vegetation", square(0, 32, 32, 64))]
    state, names, maps, known, things, boxes = maps_of(
        RULES["facades"], masks, ["building", "window", "tree"], 128, False, RANDOM
    )
    slot = {int(name): i for i, name in enumerate(names) if name >= 0}
    building = slot[INDEX["building"]]
    assert maps[building][2, 2] == 255
    assert maps[building][12, 2] == 0, "behind the tree"
    assert known[building][12, 2]
    assert not known[building][4, 12], "nobody marked what is there"
    assert known[slot[INDEX["window"]]].all()
    assert not things[building].any(), "stuff has no boxes"
    (number,) = set(np.unique(things[slot[INDEX["window"]]])) - {0}
    assert boxes[number].tolist() == [16, 16, 32, 32]
    assert state[INDEX["building"]] == PARTIAL
    assert state[INDEX["sky"]] == UNKNOWN


def test_a_car_is_sure_outside_the_box_around_its_parts_only() -> None:
    masks = [("wheel", square(16, 40, 24, 48)), ("hood", square(32, 24, 48, 32))]
    _, names, maps, known, things, _ = maps_of(RULES["car_parts"], masks, ["wheel", "hood", "car"], 128, False, RANDOM)
    car = names.tolist().index(INDEX["car"])
    assert known[car][0, 0]
    assert not maps[car][0, 0]
    assert known[car][11, 5]
    assert maps[car][11, 5]
    assert not known[car][7, 6], "between the parts"
    assert not things[car].any()


def test_a_mirrored_left_is_a_right() -> None:
    masks = [("left_mirror", square(0, 0, 16, 16))]
    plain, mirrored = (
        set(maps_of(RULES["car_parts"], masks, ["left mirror"], 128, flip, RANDOM)[1]) for flip in (False, True)
    )
    assert INDEX["left mirror"] in plain
    assert INDEX["right mirror"] in mirrored
    assert INDEX["left mirror"] not in mirrored


def test_too_many_names_leave_some_unknown() -> None:
    rule = RULES["coco_mini"]
    categories = [category for category, names in rule.labels.items() if names][: SLOTS + 5]
    masks = [(category, square(2 * i, 0, 2 * i + 2, 64)) for i, category in enumerate(categories)]
    everything = [rule.labels[category][0] for category in categories]
    state, names, *_ = maps_of(rule, masks, everything, 128, False, RANDOM)
    assert (names >= 0).all()
    left_out = {INDEX[name] for name in everything} - set(names.tolist())
    assert len(left_out) == 5
    assert (state[sorted(left_out)] == UNKNOWN).all()
