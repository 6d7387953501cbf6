"""The vocabulary: what people type, and the name that it means."""

from __future__ import annotations

import pytest

from sam.detection.phrases import fold
from sam.detection.vocabulary import INDEX, NAMES, find_name, nearest, plural


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("car", "car"),
        ("CARS", "car"),
        ("  the  Car ", "car"),
        ("people", "person"),
        ("Women", "person"),
        ("sidewalks", "pavement"),
        ("windows", "window"),
        ("facade", "building"),
        ("trousers", "pants"),
        ("T-Shirts", "t-shirt"),
        ("t shirt", "t-shirt"),
        ("knives", "knife"),
        ("mice", "mouse"),
        ("buses", "bus"),
        ("scarves", "scarf"),
        ("shoe", "shoes"),
        ("skies", "sky"),
        ("a wine glass", "wine glass"),
        ("hot_dogs", "hot dog"),
        ("ｄｏｇ", "dog"),
        ("nuclei", "nucleus"),
        ("front bumpers", "front bumper"),
    ],
)
def test_case_number_and_synonyms_are_understood(typed: str, name: str) -> None:
    found = find_name(typed)
    assert found is not None
    assert found.name == name
    assert NAMES[found.index] is found


@pytest.mark.parametrize("typed", ["", "  ", "zeppelin", "brown dog", "carpet", "the", "собака", "🐶", "x" * 3000])
def test_what_was_not_taught_is_not_guessed(typed: str) -> None:
    assert find_name(typed) is None


@pytest.mark.parametrize(
    ("typed", "near"),
    [("police car", "car"), ("dogg", "dog"), ("windw", "window"), ("red shoes", "shoes"), ("elefant", "elephant")],
)
def test_the_nearest_are_suggested(typed: str, near: str) -> None:
    assert near in nearest(typed)
    assert len(nearest(typed)) <= 3


@pytest.mark.parametrize("typed", ["qqqqqqq", "", "🐶"])
def test_nothing_near_is_no_suggestion(typed: str) -> None:
    assert nearest(typed) == ()


def test_no_word_is_claimed_by_two_names() -> None:
    owner: dict[str, str] = {}
    for name in NAMES:
        for word in (name.name, *name.synonyms):
            assert owner.setdefault(fold(word), name.name) == name.name, word
            found = find_name(word)
            assert found is name, word


def test_rows_do_not_move() -> None:
    assert [name.index for name in NAMES] == list(range(len(NAMES)))
    places = {"person": 0, "toothbrush": 79, "hair": 85, "sky": 120, "nucleus": 151}
    assert {name: INDEX[name] for name in places} == places


@pytest.mark.parametrize(
    ("word", "many"),
    [("box", "boxes"), ("lorry", "lorries"), ("boy", "boys"), ("hot dog", "hot dogs"), ("calf", "calves")],
)
def test_plurals(word: str, many: str) -> None:
    assert plural(word) == many
