"""GeoJSON by RFC 7946."""

from __future__ import annotations

import json

import numpy as np
import pytest

from sam.formats import Annotations, Files, geojson
from sam.formats import write_annotations as write

from .scenes import apart, photo


def area(ring: list[list[float]]) -> float:
    x, y = np.array(ring[:-1]).T
    return float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2


@pytest.mark.parametrize("name", ["a/first.geojson"])
def test_rings_are_closed_and_turn_as_the_standard_has_it(name):
    data = json.loads(write(apart(), None, "geojson").files[name])
    assert data["type"] == "FeatureCollection"
    holes = 0
    for feature, one in zip(data["features"], apart().objects):
        assert feature["type"] == "Feature"
        total = 0.0
        for exterior, *inner in feature["geometry"]["coordinates"]:
            for ring in (exterior, *inner):
                assert ring[0] == ring[-1]
                assert len(ring) >= 4
            # Section 3.1.6: exterior rings counter-clockwise in x, y, interior ones clockwise.
            assert area(exterior) > 0
            assert all(area(ring) < 0 for ring in inner)
            holes += len(inner)
            total += area(exterior) + sum(map(area, inner))
        assert total == one.area
    assert holes == 1


def read(*geometries: object) -> Annotations:
    features = [
        {"type": "Feature", "geometry": one, "properties": {"classification": {"name": "Tumor"}}} for one in geometries
    ]
    data = {"type": "FeatureCollection", "features": features}
    return geojson.read(Files.of({"p.geojson": json.dumps(data).encode(), "p.png": photo(10, 20)}))


def test_other_programs_files_are_read_with_the_photo_beside():
    back = read({"type": "Polygon", "coordinates": [[[1, 1], [1, 4], [5, 4], [5, 1], [1, 1]]]})
    assert [(one.label, one.box, one.image) for one in back.objects] == [("Tumor", (1, 1, 5, 4), "p.png")]


@pytest.mark.parametrize(
    ("geometry", "said"),
    [
        ({"type": "Point", "coordinates": [1, 2]}, "no area"),
        ({"type": "Polygon", "coordinates": [[[1, 1], [2, 2], [1, 1]]]}, "2 vertices"),
        ({"type": "Polygon", "coordinates": [[[1, 1, 0], [2, 2, 0], [3, 1, 0]]]}, "list of x, y"),
        ({"type": "Polygon"}, "'coordinates' is missing"),
        (None, "not as the format has it"),
    ],
)
def test_what_has_no_area_is_told_of(geometry, said):
    back = read(geometry, {"type": "Polygon", "coordinates": [[[0, 0], [4, 0], [4, 4]]]})
    assert len(back.objects) == 1
    assert said in back.problems[0]
