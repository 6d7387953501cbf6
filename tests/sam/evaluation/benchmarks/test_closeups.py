"""Large pictures with small objects: made again by the same seed, and measured as said."""

from __future__ import annotations

import json

import numpy as np
import pytest

import sam
from sam import Masks, SamError
from sam.evaluation.benchmarks import closeups
from sam.evaluation.benchmarks.closeups import LEAST_AREA, MOST_SHARE, drawn_scenes, measure, sheets

from ...subjects import draw_folder


def test_drawn_scenes_are_repeatable_and_their_objects_small_and_apart():
    first, again, other = (next(drawn_scenes(1, seed, (500, 800), 3)) for seed in (0, 0, 1))
    assert np.array_equal(first.image, again.image)
    assert not np.array_equal(first.image, other.image)
    masks = np.stack([first.mask(row) for row in range(3)])
    assert masks.sum(axis=0).max() == 1
    assert masks.any(axis=(1, 2)).all()


def test_sheets_keep_photos_at_their_size(tmp_path, monkeypatch):
    draw_folder(tmp_path)
    monkeypatch.setattr("sam.evaluation.dataset.is_validation", lambda name: True)
    monkeypatch.setattr(closeups, "PHOTO_SIDE", 200)
    (scene,) = sheets(tmp_path, 1, side=3)
    assert scene.image.shape == (600, 600, 3)
    assert scene.objects
    for row in range(len(scene.objects)):
        mask = scene.mask(row)
        assert LEAST_AREA <= mask.sum() <= MOST_SHARE * mask.size
        # Drawn in one colour with a little grain.
        assert scene.image[mask].std(axis=0).max() < 25
    with pytest.raises(SamError, match="at least 25 held-out photos"):
        next(sheets(tmp_path, 1, side=5))


def test_measures_of_known_answers():
    scene = next(drawn_scenes(1, 2, (500, 800), 3))
    truths = Masks(np.stack([scene.mask(row) for row in range(3)]))
    ways = {"truth": lambda *_: truths, "nothing": lambda *_: Masks(np.zeros_like(truths.masks))}
    objects, table = measure(sam.load_model("nano"), iter([scene]), ways)
    assert objects == 3
    assert (table["truth"].iou, table["truth"].boundary, table["truth"].better, table["truth"].worse) == (1, 1, 1, 0)
    assert (table["nothing"].iou, table["nothing"].worse) == (0, 1)
    assert 0.5 < table["whole photo"].iou < 1
    assert measure(sam.load_model("nano"), iter([]))[0] == 0


def test_it_writes_the_table(capsys, monkeypatch):
    monkeypatch.setattr(closeups, "drawn_scenes", lambda count: drawn_scenes(count, 0, (900, 1200), 2))
    closeups.main(("", "nano", "1"))
    table = json.loads(capsys.readouterr().out)
    assert table["objects"] == 2
    assert list(table) == ["objects", "whole photo", "closer", "tiles"]
    for way in ("closer", "tiles"):
        assert table[way]["boundary"] > table["whole photo"]["boundary"]


def test_a_click_is_one_point_inside():
    asked = []

    def note(model, image, prompts, whole):
        asked.extend(prompts)
        return whole

    scene = next(drawn_scenes(1, 2, (500, 800), 3))
    measure(sam.load_model("nano"), iter([scene]), {"note": note}, prompt="click")
    for row, prompt in enumerate(asked):
        ((x, y),) = prompt.points.xy.astype(int)
        assert scene.mask(row)[y, x]
        assert prompt.box is None
    assert len(asked) == 3
