"""Objects as layers."""

from __future__ import annotations

import numpy as np

from sam.formats._core import layers

from ..scenes import apart, shapes


def test_groups_follow_the_objects_order():
    groups = layers.grouped(apart().objects)
    assert [label for label, _ in groups] == ["tree", "cat & dog", "tree", "cat & dog", "tree"]
    assert [number for _, members in groups for number, _ in members] == [0, 1, 2, 3, 4, 5]


def test_names_are_never_empty_and_come_back():
    for number, one in enumerate(apart().objects):
        title = layers.title_of(one, number)
        assert title
        assert layers.name_of(title) == one.name


def test_without_the_photo_a_layer_has_its_classs_colour():
    pixels, left, top = layers.layer_of(None, apart().objects[0], apart())
    mask = shapes()["ring"][top : top + pixels.shape[0], left : left + pixels.shape[1]]
    assert (pixels[mask] == (0, 200, 16, 255)).all()
    assert (pixels[~mask] == 0).all()
    merged = layers.merged(None, apart().objects, apart(), (40, 60))
    assert np.count_nonzero(merged[..., 3]) == sum(one.area for one in apart().objects)
