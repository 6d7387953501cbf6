"""Grounding DINO's entries."""

from __future__ import annotations

from sam.models.catalog import family_of
from sam.models.catalog.grounding_dino import MODEL_TYPES, SPECS


def test_they_find_things_by_name():
    assert {spec.tasks for spec in SPECS} == {("detect",)}
    assert {spec.family for spec in SPECS} == {"grounding_dino"}
    assert {"grounding-dino-tiny", "grounding-dino-base"} <= {spec.name for spec in SPECS}


def test_folders_of_their_types_are_theirs(tmp_path):
    for model_type in MODEL_TYPES:
        (tmp_path / "config.json").write_text(f'{{"model_type": "{model_type}"}}')
        assert family_of(tmp_path) == "grounding_dino"
